"""The facts of one step as labels and values, from its enter and its exit together."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from visualizer.lessons.cookies import cookies_in_head, cookies_of_changes
from visualizer.lessons.kinds.hop import hops_said
from visualizer.lessons.kinds.resolver import who_set_urlconf
from visualizer.lessons.kinds.response import cookie_said
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import counted, duration, size
from visualizer.page.fact_labels import KEYS, WORDS


class Fact(NamedTuple):
    """One line of the table: `is_code` for what is to be set in the fixed-width font."""

    label: str
    value: str
    is_code: bool = False

    @property
    def pieces(self) -> list[str]:
        """The value in parts between which a line may break."""
        return re.split(r"(?<=[._/@-])", self.value)


_ONLY_IF_SO = ("many", "streaming", "early", "environ_others")
_DRIVER_CANNOT_TELL = -1


def facts_of(reading: Reading, event: Event) -> list[Fact]:
    """What is known of this step, most telling first; what is not known is left out."""
    found = _merged(reading, event)
    keyed = [_fact(label, key, found[key]) for key, label in KEYS.get(event["kind"], ()) if _is_known(found, key)]
    return [
        *keyed,
        *_captured(found),
        *_receivers(found),
        *_refused(found),
        *_about_time(reading, event, found),
        *_about_sending(reading, event),
        *_about_thread(event),
        *_about_hops(reading, event),
    ]


def _merged(reading: Reading, event: Event) -> dict[str, Any]:
    """The details of the whole step: of enter, points and exit. A layer's two directions stay apart."""
    opened = reading.enter(event) or event
    if event["kind"] == "middleware":
        passed_on = reading.moment(opened, "passed_on")
        if passed_on is None:
            # It did not let the request through: there is no way in and no way out, only its time.
            return {**detail(opened), **reading.leaving(opened), "out_ns": None}
        told = detail(passed_on if event["phase"] == "enter" else event)
        return {**detail(opened), **told, **_as_sent(cookies_of_changes(reading, told.get("changed") or []))}
    if event["kind"] == "server" and event["phase"] == "enter":
        return {**detail(event), "software": (reading.trace.get("process") or {}).get("server")}
    if event["kind"] == "view" and event["phase"] == "enter":
        return {**detail(event), **_of_view(detail(event))}
    found = {**detail(opened), **reading.leaving(event), **detail(event)}
    if event["kind"] == "server":
        return {**found, **_as_sent(cookies_in_head(reading, event))}
    if event["kind"] == "response":
        return {**found, **_of_response(found)}
    if event["kind"] == "resolver" and found.get("is_root") is False:
        found["urlconf_by"] = who_set_urlconf(reading, opened)
    return {**found, **_of_template(event, found)} if event["kind"] == "template" else found


def _as_sent(cookies: list[Mapping[str, Any]]) -> dict[str, Any]:
    return {"cookies_sent": [cookie_said(each) for each in cookies]}


def _of_view(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Decorators by their dotted names, those that `method_decorator` keeps with it; loop or thread; its lines."""
    wrappers = facts.get("wrappers") or []
    through = [f"{each['module']}.{each['name']}{_applies(each.get('applies') or [])}" for each in wrappers]
    lines = f"{facts['line']} to {facts['end_line']}" if facts.get("line") and facts.get("end_line") else None
    runs_in = None if facts.get("is_async") is None else "the event loop" if facts["is_async"] else "a thread"
    return {"through": through, "defined": lines, "runs_in": runs_in, "method": _method(facts)}


def _method(facts: Mapping[str, Any]) -> str | None:
    """The method of the class that answers; for which method of HTTP, where that is not its name."""
    asked, answers = facts.get("method"), str(facts.get("handler") or "").rpartition(".")[2]
    if not asked or answers in ("", asked):
        return asked
    return f"none for {asked.upper()}" if answers == "http_method_not_allowed" else f"{answers}, for {asked.upper()}"


def _applies(names: list[str]) -> str:
    return f" ({', '.join(names)})" if names else ""


def _of_response(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "form": _FORMS.get(str(facts.get("form"))),
        "cookies_set": [cookie_said(c) for c in facts.get("cookies") or []],
    }


_FORMS = {
    "redirect": "redirect",
    "file": "file",
    "json": "JSON",
    "not_modified": "not modified",
    "stream": "stream",
}


def _of_template(event: Event, found: Mapping[str, Any]) -> dict[str, Any]:
    """A template's `bytes` is the length of its text; and it stands in itself, which says nothing."""
    made, owner = found.get("bytes"), found.get("template")
    characters = counted(made, "character") if made is not None else None
    return {"characters": characters, "owner": owner if owner != event["name"] else None}


def _is_known(found: Mapping[str, Any], key: str) -> bool:
    if key in _ONLY_IF_SO:
        return bool(found.get(key))
    return found.get(key) not in (None, "", [], _DRIVER_CANNOT_TELL)


def _fact(label: str, key: str, value: Any) -> Fact:
    return Fact(label, text_of(key, value), is_code=label not in WORDS and isinstance(value, str | list))


def text_of(key: str, value: Any) -> str:
    """A value as the table shows it, by its key's unit."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key == "left":
        return size(value)
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if key.endswith("_ns"):
        return duration(value)
    if key.endswith("bytes"):
        return size(value) if value < 1_000 else f"{size(value)} ({value:,} bytes)"
    return f"{value:,}" if isinstance(value, int) and key != "status" else str(value)


def _captured(found: Mapping[str, Any]) -> Iterator[Fact]:
    for item in found.get("captured") or []:
        given = ", given by the pattern" if item.get("is_given") else ""
        kind = f" ({item['type']}{given})" if item.get("type") else ""
        yield Fact(str(item.get("name")), f"{item.get('value')}{kind}", is_code=True)


def _receivers(found: Mapping[str, Any]) -> Iterator[Fact]:
    for each in found.get("receivers") or []:
        took = each.get("duration_ns")
        yield Fact("Receiver", f"{each['name']} ({duration(took) if took is not None else 'not called'})", is_code=True)


def _refused(found: Mapping[str, Any]) -> Iterator[Fact]:
    """Of a form each field with the codes of its errors."""
    for each in found.get("errors") or []:
        yield Fact(f"Field {each['field']}", ", ".join(code or "no code" for code in each["codes"]), is_code=True)


def _about_time(reading: Reading, event: Event, found: Mapping[str, Any]) -> Iterator[Fact]:
    took, told_at_exit = reading.duration_ns(event), event["kind"] in ("view", "server", "middleware")
    if took is not None and (not told_at_exit or event["phase"] == "exit" or found.get("result") == "answered"):
        yield Fact("In all" if event["kind"] in ("middleware", "server") else "Took", duration(took))
        own = reading.own_ns(event) if event["kind"] == "template" else None
        if own is not None and own != took:
            yield Fact("Own time", duration(own))
    sign = "−" if event["t_ns"] < 0 else "+"
    yield Fact("At", f"{sign}{duration(abs(event['t_ns']))}")


def _about_sending(reading: Reading, event: Event) -> Iterator[Fact]:
    since_ns = reading.since_sent_ns(event)
    if since_ns is not None:
        yield Fact("Since the response was sent", duration(since_ns))


def _about_hops(reading: Reading, event: Event) -> Iterator[Fact]:
    """What the way between threads cost: to what this is, by whom it was carried there, and from it."""
    opened = reading.enter(event)
    if opened is None:
        return
    found = reading.once(_hops_by_parent)
    carrying = (h for h in found.get(opened.get("parent"), ()) if detail(h).get("function") == opened["name"])
    # A layer passes the request on in the resolver's stage: that hop is of what is further in.
    inside = found.get(opened["span"], ())
    own = (h for h in inside if opened["kind"] != "middleware" or h["stage"].endswith("_middleware"))
    hops = [*carrying, *own]
    if hops:
        yield Fact("Threads", hops_said(hops))


def _hops_by_parent(reading: Reading) -> dict[int | None, list[Event]]:
    found: dict[int | None, list[Event]] = defaultdict(list)
    for hop in reading.of_kind("hop"):
        found[hop.get("parent")].append(hop)
    return found


def _about_thread(event: Event) -> Iterator[Fact]:
    if event.get("thread"):
        yield Fact("Thread", str(event["thread"]), is_code=True)
