"""Sends requests through Django's real handlers, and takes the probes out to see the difference."""

import asyncio
import gc
import io
import logging
import re
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async
from django.apps import apps
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler

from visualizer.apps import FIRST_PROBES
from visualizer.probes import jinja, message, permission, test_client

ALL_PROBES = [*FIRST_PROBES, test_client.PROBE, permission.PROBE, message.PROBE, jinja.PROBE]
INTERFACES = ("wsgi", "asgi")
Headers = tuple[tuple[str, str], ...]


@dataclass
class Reply:
    """What a server would have sent to the client."""

    status: int = 0
    reason: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(interface: str, path: str, *, handler: Any = None, **request: Any) -> Reply:
    """Send a request through a fresh handler by `wsgi` or `asgi`; see `ask_wsgi` and `ask_asgi`."""
    if interface == "wsgi":
        return ask_wsgi(path, handler=handler or WSGIHandler(), **request)
    return asyncio.run(ask_asgi(path, handler=handler or ASGIHandler(), **request))


def ask_wsgi(
    path: str, *, handler: Any, method: str = "GET", headers: Headers = (), body: bytes = b"", **environ: Any
) -> Reply:
    """One request as a WSGI server makes it: call, iterate, close."""
    reply = Reply()

    def start_response(status: str, pairs: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        code, _, reply.reason = status.partition(" ")
        reply.status, reply.headers = int(code), list(pairs)
        return reply.chunks.append

    result = handler({**environ_of(path, method, headers, body), **environ}, start_response)
    try:
        reply.chunks.extend(result)
    finally:
        if hasattr(result, "close"):
            result.close()
    return reply


def handler_for(view: Callable[..., Any], interface: str = "wsgi") -> Any:
    """A handler whose resolver finds this view whatever is asked for."""
    handler = WSGIHandler() if interface == "wsgi" else ASGIHandler()
    handler.resolve_request = lambda request: (view, (), {})
    return handler


def environ_of(path: str, method: str = "GET", headers: Headers = (), body: bytes = b"") -> dict[str, Any]:
    """What a WSGI server would hand over."""
    path, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return environ


def scope_of(path: str, method: str = "GET", headers: Headers = (), body: bytes = b"") -> dict[str, Any]:
    """What an ASGI server would hand over."""
    path, _, query = path.partition("?")
    length: Headers = (("content-length", str(len(body))),) if body else ()
    pairs: Headers = (("host", "localhost"), *headers, *length)
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs],
        "client": ("127.0.0.1", 50000),
        "server": ("localhost", 80),
    }


async def ask_asgi(
    path: str,
    *,
    handler: Any,
    method: str = "GET",
    headers: Headers = (),
    body: bytes = b"",
    gone: asyncio.Event | None = None,
) -> Reply:
    """One request as an ASGI server makes it; the client goes away when `gone` is set."""
    reply = Reply()
    messages = [{"type": "http.request", "body": body, "more_body": False}]
    stays = gone or asyncio.Event()

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await stays.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = [(name.decode(), value.decode("latin-1")) for name, value in message["headers"]]
        else:
            reply.chunks.append(message.get("body", b""))

    await handler(scope_of(path, method, headers, body), receive, send)
    return reply


def sign_in(username: str) -> tuple[str, str]:
    """The Cookie header of a session of this user."""
    user = get_user_model().objects.get(username=username)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return "Cookie", f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


asign_in = sync_to_async(sign_in)


@contextmanager
def probes_off() -> Iterator[None]:
    """Run with Django's very own functions."""
    for probe in reversed(ALL_PROBES):
        probe.uninstall()
    try:
        yield
    finally:
        apps.get_app_config("visualizer").start_recording()


@dataclass
class Seen:
    """All that somebody outside could see of a request."""

    reply: Reply | None = None
    raised: str = ""
    logged: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)


class _Log(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(plain(f"{record.name} {record.levelname} {self.format(record)}"))


def observe(run: Callable[[], Reply]) -> Seen:
    """Run a request and write down all that could be seen of it."""
    seen = Seen()
    handler, logger = _Log(seen.logged), logging.getLogger("django")
    logger.addHandler(handler)
    # Where Django says what it adapted and left out of the chain.
    logging.getLogger("django.request").setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                seen.reply = run()
            except Exception as error:
                seen.raised = plain("".join(traceback.format_exception(error)))
                error.__traceback__ = None
                _collect_body()
        seen.warned = [plain(f"{each.category.__name__}: {each.message}") for each in caught]
    finally:
        logger.removeHandler(handler)
        logging.getLogger("django.request").setLevel(logging.NOTSET)
    return seen


def _collect_body() -> None:
    """Collect the request's body that Django leaves open where an error leaves the handler: when it goes is chance."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def both_ways(run: Callable[[], Reply]) -> tuple[Seen, Seen]:
    """Run the same request with the probes and without them."""
    observed = []
    for context in (nullcontext(), probes_off()):
        with context:
            observed.append(observe(run))
    return observed[0], observed[1]


def plain(text: str) -> str:
    """A text without what differs between any two runs: addresses, moments, durations, random names."""
    text = re.sub(r"0x[0-9a-f]{6,}", "0x", text)
    text = re.sub(r"\b\d{1,2}:\d\d:\d\d(\.\d+)?|\(\d+\.\d{3}\)", "TIME", text)
    text = re.sub(r"\b\w+ \d+, \d{4}|\w+, \d+ \w+ \d{4}", "DAY", text)
    return re.sub(r"\d{14,}", "ID", text)


# Reading a trace.


def enters(trace: dict[str, Any], kind: str) -> list[str]:
    """The names of the spans of one kind, in order."""
    return [event["name"] for event in of(trace, kind, "enter")]


def of(trace: dict[str, Any], kind: str, phase: str | None = None, name: str | None = None) -> list[dict[str, Any]]:
    """The events of one kind, and of one phase and name if given."""
    return [
        event
        for event in trace["events"]
        if event["kind"] == kind and phase in (None, event["phase"]) and name in (None, event["name"])
    ]


def one(trace: dict[str, Any], kind: str, phase: str | None = None, name: str | None = None) -> dict[str, Any]:
    """The only such event."""
    found = of(trace, kind, phase, name)
    assert len(found) == 1, [(event["phase"], event["kind"], event["name"]) for event in trace["events"]]
    return found[0]


def exit_of(trace: dict[str, Any], enter: dict[str, Any]) -> dict[str, Any]:
    """The event that closes what this one opened."""
    return next(each for each in trace["events"] if each["phase"] == "exit" and each["span"] == enter["span"])


def ancestors(trace: dict[str, Any], event: dict[str, Any]) -> list[str]:
    """Kind and name of the spans around an event, from the innermost out."""
    opened = {each["span"]: each for each in trace["events"] if each["phase"] == "enter"}
    found, parent = [], event["parent"]
    while parent is not None:
        found.append(f"{opened[parent]['kind']} {opened[parent]['name']}")
        parent = opened[parent]["parent"]
    return found


def assert_well_formed(trace: dict[str, Any]) -> None:
    """Numbers without gaps, parents open while their children run, each span exited once and after its enter."""
    open_spans: dict[int, dict[str, Any]] = {}
    closed: set[int] = set()
    for number, event in enumerate(trace["events"]):
        assert event["seq"] == number
        if event["phase"] == "exit":
            assert event["span"] in open_spans, f"{event} was not open"
            del open_spans[event["span"]]
            closed.add(event["span"])
            continue
        assert event["parent"] is None or event["parent"] in open_spans, f"the parent of {event} is not open"
        if event["phase"] == "enter":
            assert event["span"] not in open_spans and event["span"] not in closed, f"{event} was open already"
            open_spans[event["span"]] = event
    assert not open_spans, f"never exited: {list(open_spans.values())}"
