"""What a request consists of, as things that another request may have as well: each with a key to find it by.

An item says the same of both requests or not; how long it took is told apart, since no two times are the same.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from visualizer.findings.requests import MARK_HEADER
from visualizer.lessons.kinds.database import asked_by
from visualizer.lessons.kinds.sql import table_of, verb_of
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import clip, short, short_hook, size
from visualizer.stages import (
    CLIENT_REQUEST,
    CLIENT_RESPONSE,
    REQUEST_MIDDLEWARE,
    RESPONSE_MIDDLEWARE,
    SERVER_RESPONSE,
)

_LONGEST = 120
_ALLOWED: dict[Any, str] = {True: "yes", False: "no"}
_FOUND: dict[Any, str] = {True: "hit", False: "miss"}
_VALID: dict[Any, str] = {True: "valid", False: "not valid"}


@dataclass(frozen=True)
class Item:
    """One thing of one request; like ones are counted. `seq` is the event at which it is to be seen."""

    stage: str
    kind: str
    key: str
    label: str
    says: str
    seq: int
    duration_ns: int | None = None
    count: int = 1

    @property
    def place(self) -> tuple[str, str, str]:
        """What the same thing of another request has in common with it."""
        return self.stage, self.kind, self.key


def items_of(reading: Reading) -> list[Item]:
    """Everything that can be compared, in the order in which it happened; like things come once, with their count."""
    found: dict[tuple[str, str, str], Item] = {}
    for item in _all_items(reading):
        known = found.get(item.place)
        found[item.place] = item if known is None else _joined(known, item)
    return list(found.values())


def _joined(one: Item, other: Item) -> Item:
    took = [ns for ns in (one.duration_ns, other.duration_ns) if ns is not None]
    says = one.says if other.says in one.says.split(", ") else f"{one.says}, {other.says}"
    return replace(
        one, says=clip(says, _LONGEST), duration_ns=sum(took) if took else None, count=one.count + other.count
    )


def _all_items(reading: Reading) -> Iterator[Item]:
    yield from _request(reading)
    for event in reading.events:
        make = _MAKERS.get(str(event["kind"]))
        if make is not None:
            yield from make(reading, event)
    yield from _sent(reading)


def _request(reading: Reading) -> Iterator[Item]:
    request = reading.trace["request"]
    facts = (("method", "Method"), ("path", "Path"), ("query_string", "Query string"))
    for name, label in facts:
        if request[name]:
            yield Item(CLIENT_REQUEST, "request", name, label, clip(request[name], _LONGEST), 0)
    for name, value in request["headers"]:
        if name.lower() != MARK_HEADER.lower():
            yield Item(CLIENT_REQUEST, "header", name.lower(), name, clip(value, _LONGEST), 0)


def _sent(reading: Reading) -> Iterator[Item]:
    response = reading.trace.get("response")
    if not response:
        return
    starts = (e["seq"] for e in reading.of_kind("server") if e["name"] in ("http.response.start", "start_response"))
    seq = next(starts, reading.events[-1]["seq"] if reading.events else 0)
    yield Item(SERVER_RESPONSE, "response", "status", "Status", str(response["status"]), seq)
    for name, value in response["headers"] or []:
        yield Item(SERVER_RESPONSE, "header", name.lower(), name, clip(value, _LONGEST), seq)
    if response["body_bytes"] is not None:
        yield Item(SERVER_RESPONSE, "response", "body", "Body", size(response["body_bytes"]), seq)


def _middleware(reading: Reading, event: Event) -> Iterator[Item]:
    path, facts = str(event["name"]), detail(event)
    if event["phase"] == "enter":
        said = "runs" if reading.moment(event, "passed_on") else "does not pass it on"
        took = detail(reading.moment(event, "passed_on") or {"detail": None}).get("in_ns")
        yield Item(REQUEST_MIDDLEWARE, "middleware", path, short(path), said, event["seq"], took)
    elif event["phase"] == "exit":
        said = str(facts.get("result") or "")
        yield Item(RESPONSE_MIDDLEWARE, "middleware", path, short(path), said, event["seq"], facts.get("out_ns"))
    opened = reading.enter(event) or reading.parent(event) or event
    where = event if event["phase"] == "exit" else opened
    for change in facts.get("changed") or []:
        yield _change(path, where, event["stage"], change)


def _change(path: str, event: Event, stage: str, change: Mapping[str, Any]) -> Item:
    what, op = str(change.get("what")), str(change.get("op"))
    value = "" if change.get("value") is None else str(change["value"])
    said = "removed" if op == "remove" else value or {"add": "added"}.get(op, "changed")
    return Item(stage, "change", f"{path} {what}", f"{short(path)}: {what}", clip(said, _LONGEST), event["seq"])


def _hook(reading: Reading, event: Event) -> Iterator[Item]:
    if event["phase"] == "enter":
        result = str(reading.leaving(event).get("result") or "")
        said = {"none": "lets it pass", "answered": "answers", "raised": "raises"}.get(result, result)
        yield _span(reading, event, short_hook(str(event["name"])), said)


def _resolver(reading: Reading, event: Event) -> Iterator[Item]:
    if event["phase"] != "enter":
        return
    found = reading.leaving(event)
    route = clip(str(found.get("route") or ""), _LONGEST) if found.get("matched") else "no pattern matches"
    yield _span(reading, event, "Pattern", route, key="pattern")
    for captured in found.get("captured") or []:
        name = str(captured["name"])
        yield Item(event["stage"], "captured", name, f"captured {name}", str(captured["value"]), event["seq"])


def _view(reading: Reading, event: Event) -> Iterator[Item]:
    if event["phase"] == "enter":
        yield _span(reading, event, "View", str(event["name"]), key="view")


def _database(reading: Reading, event: Event) -> Iterator[Item]:
    if event["phase"] == "enter":
        sql = str(detail(event).get("sql") or "")
        label = f"{verb_of(sql)} {table_of(sql)}".strip() or "statement"
        said = f"from {asked_by(event)}" if asked_by(event) else ""
        yield _span(reading, event, label, said, key=f"{event['name']} {sql} {said}")


def _cache(reading: Reading, event: Event) -> Iterator[Item]:
    if event["phase"] == "enter":
        key = str(detail(event).get("key") or "")
        said = _FOUND.get(reading.leaving(event).get("hit"), "done")
        yield _span(reading, event, f"cache {event['name']}", said, key=f"{event['name']} {key}")


def _permission(reading: Reading, event: Event) -> Iterator[Item]:
    if event["phase"] == "enter":
        said = _ALLOWED.get(reading.leaving(event).get("allowed"), "no answer")
        yield _span(reading, event, str(event["name"]), said)


def _template(reading: Reading, event: Event) -> Iterator[Item]:
    if event["phase"] == "enter":
        node = str(detail(event).get("node") or "template")
        yield _span(reading, event, f"{node} {event['name']}", "", key=f"{node} {event['name']}")


def _plain(reading: Reading, event: Event) -> Iterator[Item]:
    """Signals, forms and requests that the application itself sends."""
    if event["phase"] == "enter":
        left = reading.leaving(event)
        said = _VALID.get(left.get("valid"), str(left.get("status") or ""))
        yield _span(reading, event, short(str(event["name"])), said)


def _response(reading: Reading, event: Event) -> Iterator[Item]:
    facts = detail(event)
    yield Item(event["stage"], "response", "class", "Class", str(event["name"]), event["seq"])
    for name, label in (("status", "Status"), ("content_type", "Content type"), ("form", "Form")):
        if facts.get(name):
            yield Item(event["stage"], "response", name, label, clip(str(facts[name]), _LONGEST), event["seq"])
    for cookie in facts.get("cookies") or []:
        name = str(cookie["name"])
        yield Item(event["stage"], "cookie", name, f"cookie {name}", "set", event["seq"])


def _exception(reading: Reading, event: Event) -> Iterator[Item]:
    said = clip(str(detail(event).get("message") or "raised"), _LONGEST)
    yield Item(event["stage"], "exception", str(event["name"]), short(str(event["name"])), said, event["seq"])


def _client(reading: Reading, event: Event) -> Iterator[Item]:
    if event["stage"] != CLIENT_RESPONSE:
        return
    facts = detail(event)
    if facts.get("rendered"):
        yield Item(CLIENT_RESPONSE, "client", "rendered", "Shows", clip(str(facts["rendered"]), _LONGEST), event["seq"])
    loaded = len(facts.get("subrequests") or [])
    if loaded:
        yield Item(CLIENT_RESPONSE, "client", "loaded", "Loads besides", f"{loaded}", event["seq"])


def _span(reading: Reading, event: Event, label: str, says: str, key: str = "") -> Item:
    took = reading.duration_ns(event)
    return Item(event["stage"], str(event["kind"]), key or str(event["name"]), label, says, event["seq"], took)


_MAKERS: dict[str, Callable[[Reading, Event], Iterator[Item]]] = {
    "middleware": _middleware,
    "hook": _hook,
    "resolver": _resolver,
    "view": _view,
    "database": _database,
    "cache": _cache,
    "permission": _permission,
    "template": _template,
    "signal": _plain,
    "form": _plain,
    "outbound": _plain,
    "response": _response,
    "exception": _exception,
    "client": _client,
}
