"""Sends what no browser lets a page send, such as a CORS preflight: through the project's handler in this process."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

from visualizer.control.in_process import Answer, OutgoingRequest, exchange, is_header
from visualizer.control.scenarios import METHODS

SERVER_NAME = "the page, in this process"
MAX_BODY_CHARACTERS = 200_000
_KEYS = {"method", "path", "headers", "body", "abort_after_ms"}


def parse_request(told: Any) -> OutgoingRequest:
    """The request that `{method, path, headers: [[name, value]], body, abort_after_ms}` tells; ValueError if wrong."""
    if not isinstance(told, dict) or told.keys() != _KEYS:
        raise ValueError(f"Expected an object with the keys {', '.join(sorted(_KEYS))}.")
    method, path, headers, body, abort_after_ms = (
        told[key] for key in ("method", "path", "headers", "body", "abort_after_ms")
    )
    if method not in METHODS:
        raise ValueError(f"The method must be one of {', '.join(METHODS)}, not {method!r}.")
    if not isinstance(path, str) or not path.startswith("/") or path.startswith("//"):
        raise ValueError(f"The path must begin with one slash: {path!r}.")
    if not isinstance(body, str):
        raise ValueError(f"The body must be a text, not {body!r}.")
    if abort_after_ms is not None and not (isinstance(abort_after_ms, int) and abort_after_ms > 0):
        raise ValueError(f"abort_after_ms must be a number of milliseconds, not {abort_after_ms!r}.")
    return OutgoingRequest(method, path, _headers(headers), body.encode(), abort_after_ms)


def _headers(told: Any) -> list[tuple[str, str]]:
    headers = []
    for pair in told if isinstance(told, list) else [told]:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
            raise ValueError(f"A header must be a name and a value, not {pair!r}.")
        if not is_header(*pair):
            raise ValueError(f"“{': '.join(pair)}” is not a header.")
        headers.append((pair[0], pair[1]))
    return headers


def send_for(request: HttpRequest, outgoing: OutgoingRequest) -> dict[str, Any]:
    """Send it with the browser's own cookies, by the interface that served the page; `{status, headers, body}`."""
    cookie = request.headers.get("Cookie")
    if cookie and not any(name.lower() == "cookie" for name, _ in outgoing.headers):
        outgoing = replace(outgoing, headers=[*outgoing.headers, ("Cookie", cookie)])
    interface = "asgi" if isinstance(request, ASGIRequest) else "wsgi"
    # A thread of its own has no event loop yet, and nothing in it keeps the recorder from recording.
    with ThreadPoolExecutor(1) as thread:
        answer: Answer = thread.submit(exchange, outgoing, interface, SERVER_NAME).result()
    body = answer.body.decode(errors="replace")[:MAX_BODY_CHARACTERS]
    return {"status": answer.status, "headers": answer.headers, "body": body}
