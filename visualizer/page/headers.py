"""The headers that a step knows of, request and response, in the order in which they came or went."""

from collections.abc import Iterator, Mapping
from typing import Any

from visualizer.lessons.reading import Event, detail
from visualizer.redaction import HIDDEN

_SENT = ("http.response.start", "start_response")


def headers_of(trace: Mapping[str, Any], event: Event) -> list[dict[str, Any]]:
    """`{id, caption, rows: [{name, parts}], hidden}` of each list; parts are `(is_hidden, text)`, `hidden` counts."""
    found = ((caption, rows) for caption, rows in _lists(trace, event) if rows)
    return [_list(number, caption, rows) for number, (caption, rows) in enumerate(found)]


def _lists(trace: Mapping[str, Any], event: Event) -> Iterator[tuple[str, list[Any]]]:
    request, response = (_rows(trace.get(side)) for side in ("request", "response"))
    facts = detail(event)
    if event["kind"] == "client" and event["stage"] == "client_request":
        yield "Request headers, in the order in which they came", request
    elif event["kind"] == "proxy":
        yield "Headers that proxies add", _rows(facts)
    elif event["kind"] == "server" and event["phase"] == "enter":
        yield from _handed_over(facts, request)
    elif event["stage"] == "client_response" or (event["kind"] == "server" and event["name"] in _SENT):
        yield "Response headers, as sent", response
        yield "Request headers", request
    elif event["kind"] == "response" and isinstance(facts.get("headers"), list):
        yield "Response headers, before the way out", _rows(facts)
        yield "Request headers", request


def _handed_over(facts: Mapping[str, Any], request: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    if facts.get("environ") is not None:
        yield "The environ: the request as CGI names it", list(facts["environ"])
    else:
        yield "Request headers, in the order in which they came", request


def _rows(holder: Any) -> list[Any]:
    return list((holder or {}).get("headers") or [])


def _list(number: int, caption: str, rows: list[Any]) -> dict[str, Any]:
    shown = [{"name": name, "parts": _parts(str(value))} for name, value in rows]
    hidden = sum(1 for row in shown if any(is_hidden for is_hidden, _ in row["parts"]))
    return {"id": f"headers-{number}", "caption": caption, "rows": shown, "hidden": hidden}


def _parts(value: str) -> list[tuple[bool, str]]:
    """The value in parts, each time a secret was replaced as a part of its own."""
    parts: list[tuple[bool, str]] = []
    for number, text in enumerate(value.split(HIDDEN)):
        parts += [(True, HIDDEN)] if number else []
        parts += [(False, text)] if text else []
    return parts
