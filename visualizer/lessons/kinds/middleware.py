"""One layer of middleware, on its way in and on its way out."""

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from visualizer.lessons.kinds.change import Change, changes_said
from visualizer.lessons.kinds.database import asked_by
from visualizer.lessons.kinds.sql import table_of
from visualizer.lessons.packing import packs_in_parts
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import capital, clip, counted, duration, error_said, listed, sentences, short

# What Django's own lazy attributes read when somebody looks, with the models that it ships.
_TABLES = {"request.session": "django_session", "request.user": "auth_user"}
_SESSIONS = ("<SessionStore>",)


def sentence(reading: Reading, event: Event) -> str:
    """What the layer did in this direction, as far as it has come."""
    opened = event if event["phase"] != "point" else reading.parent(event)
    if opened is None:
        return sentences(f"{short(event['name'])} was seen")
    coming_back = event["phase"] == "exit" or detail(event).get("moment") == "came_back"
    return sentences(*(_way_out(reading, event) if coming_back else _way_in(reading, opened)))


def _way_in(reading: Reading, opened: Event) -> list[str]:
    passed_on, name = reading.moment(opened, "passed_on"), short(opened["name"])
    if passed_on is not None:
        return [_passed_on(name, passed_on), _queries(reading, opened, passed_on)]
    leaving = reading.leaving(opened)
    if not leaving:
        return [f"{name} has the request and has not passed it on yet"]
    if leaving.get("result") == "raised":
        return [_raised(name, leaving), "The layers below it never saw the request"]
    return [_answered(reading, opened), _what_never_ran(reading, opened)]


def _passed_on(name: str, passed_on: Event) -> str:
    facts = detail(passed_on)
    after = f" after {duration(facts['in_ns'])} of its own" if facts.get("in_ns") is not None else ""
    changed = changes_said(facts.get("changed") or [])
    if changed:
        return f"{name} {changed}, then passes the request on{after}"
    return f"{name} passes the request on{after}; no change to it was seen"


def _queries(reading: Reading, opened: Event, passed_on: Event) -> str:
    """The queries that ran on its way in; of something lazy, that none did and who asked later: only what was seen."""
    before = takewhile(lambda query: query["seq"] < passed_on["seq"], reading.of_kind("database"))
    ran = [query for query in before if reading.is_inside(query, opened)]
    if ran:
        return f"{counted(len(ran), 'query', 'queries')} ran inside it"
    lazy = [change["what"] for change in detail(passed_on).get("changed") or [] if _waits(change)]
    if not lazy or reading.omitted("database"):
        return ""
    later = next(filter(None, (_asked_later(reading, passed_on, what) for what in lazy)), "no query has run for it")
    return f"{listed(lazy)} {'is' if len(lazy) == 1 else 'are'} lazy: {later}"


def _asked_later(reading: Reading, passed_on: Event, what: str) -> str:
    """The first query on the table behind it, and who asked."""
    table = _TABLES.get(what)
    later = (query for query in reading.of_kind("database") if query["seq"] > passed_on["seq"])
    query = next((query for query in later if table and table_of(str(detail(query).get("sql") or "")) == table), None)
    asker = asked_by(query) if query else ""
    return f"the first query on {table} comes later, from {asker}" if asker else ""


def _waits(change: Change) -> bool:
    """Whether this was added without being evaluated; Django's session is so by its own design."""
    unread = change.get("what") == "request.session" and change.get("value") in _SESSIONS
    return change.get("op") == "add" and (unread or "not evaluated" in str(change.get("value")))


def _answered(reading: Reading, opened: Event) -> str:
    leaving, took = reading.leaving(opened), reading.duration_ns(opened)
    status = f" {leaving['status']}" if leaving.get("status") else ""
    after = f" after {duration(took)}" if took is not None else ""
    return f"{short(opened['name'])} answers{status} itself{after}; it never passes the request on"


def _what_never_ran(reading: Reading, opened: Event) -> str:
    facts = detail(opened)
    below = (facts.get("of") or 0) - (facts.get("position") or 0)
    never = [f"the {'layer' if below == 1 else f'{below} layers'} below it"] if below > 0 else []
    if (reading.trace.get("outcome") or {}).get("view_ran") is False:
        never.append("the view")
    return capital(f"{listed(never)} never ran") if never else ""


def _way_out(reading: Reading, event: Event) -> list[str]:
    name = short(event["name"])
    if event["phase"] == "point":
        return [_came_back(name, event)]
    leaving, opened = detail(event), reading.enter(event)
    came_back = reading.moment(opened, "came_back") if opened else None
    result = leaving.get("result")
    if result == "raised" or leaving.get("error"):
        return [_raised(name, leaving)]
    if result == "answered" and opened:
        return [_answered(reading, opened), _what_never_ran(reading, opened)]
    if result == "replaced":
        return [_replaced(name, event, came_back), _redirect(leaving.get("changed") or [])]
    return [_passed_back(name, event), _in_parts(reading, event), _waited(reading, event, opened)]


def _came_back(name: str, event: Event) -> str:
    status = detail(event).get("status")
    return f"A response{f' with status {status}' if status else ''} comes back to {name}"


def _passed_back(name: str, event: Event) -> str:
    facts = detail(event)
    took = f"{duration(facts['out_ns'])} of its own" if facts.get("out_ns") is not None else ""
    changed = changes_said(facts.get("changed") or [])
    if changed:
        return f"On the way out {name} {changed}" + (f"; that took {took}" if took else "")
    status = f" ({facts['status']})" if facts.get("status") else ""
    return f"{name} hands the response{status} back{f' after {took}' if took else ''}; no change to it was seen"


def _in_parts(reading: Reading, event: Event) -> str:
    if not packs_in_parts(reading, event):
        return ""
    return "It compresses each part of the async stream by itself, and browsers unpack only the first"


def _waited(reading: Reading, event: Event, opened: Event | None) -> str:
    """The rest of its passage: its own time on the way in, and what it waited for."""
    passed_on = reading.moment(opened, "passed_on") if opened else None
    took, out_ns = reading.duration_ns(event), detail(event).get("out_ns")
    in_ns = detail(passed_on).get("in_ns") if passed_on else None
    if took is None or in_ns is None or out_ns is None:
        return ""
    waited = took - in_ns - out_ns
    told = f", and it waited {duration(waited)} for what is inside it" if waited > 0 else ""
    return f"On the way in it took {duration(in_ns)} of its own{told}"


def _replaced(name: str, event: Event, came_back: Event | None) -> str:
    was, now = detail(came_back).get("status") if came_back else None, detail(event).get("status")
    if was and now:
        return f"{name} returns another response than the one it got: {was} came back to it, {now} goes on"
    return f"{name} returns another response than the one it got"


def _redirect(changes: list[Change]) -> str:
    target = next((change.get("value") for change in changes if change.get("what") == "header Location"), None)
    return f"The new one leads to {clip(str(target))}" if target else ""


def _raised(name: str, leaving: Mapping[str, Any]) -> str:
    error = leaving.get("error")
    return f"{name} ends with {error_said(error)}" if error else f"{name} ends with an exception"
