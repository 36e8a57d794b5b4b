"""The facts of one step as labels and values, from its enter and its exit together."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from visualizer.lessons.kinds.hop import hops_said
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import counted, duration, size


class Fact(NamedTuple):
    """One line of the table: `is_code` for what is to be set in the fixed-width font."""

    label: str
    value: str
    is_code: bool = False

    @property
    def pieces(self) -> list[str]:
        """The value in parts between which a line may break."""
        return re.split(r"(?<=[._/@-])", self.value)


# Which keys of a kind's detail are shown, in this order, and how they are called.
_KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "client": (
        ("method", "Method"),
        ("path", "Path"),
        ("query_string", "Query string"),
        ("cookies", "Cookies"),
        ("body_bytes", "Body"),
        ("user_agent", "User agent"),
        ("queued_ns", "Queued in the browser"),
        ("connect_ns", "Connecting"),
        ("protocol", "Protocol"),
        ("first_byte_ns", "To the first byte"),
        ("download_ns", "Download"),
        ("total_ns", "In all"),
        ("transfer_bytes", "Over the wire"),
        ("decoded_bytes", "Unpacked"),
        ("status", "Status"),
        ("rendered", "Rendered"),
        ("clock", "Clocks"),
    ),
    "proxy": (
        ("hops", "Through"),
        ("peer", "Connected from"),
        ("for", "Client, it says"),
        ("scheme", "Scheme, it says"),
        ("host", "Host, it says"),
        ("port", "Port, it says"),
        ("prefix", "Prefix, it says"),
        ("believed", "Django acts on"),
        ("started_by", "When it came, says"),
        ("queued_ns", "From there to here"),
        ("exact_to_ns", "Exact to"),
        ("skew_ns", "Its clock is ahead by"),
        ("clock", "Clocks"),
    ),
    "server": (
        ("software", "Software"),
        ("interface", "Interface"),
        ("handler", "Handler"),
        ("http_version", "HTTP version"),
        ("scheme", "Scheme"),
        ("client", "Client"),
        ("server", "Server"),
        ("raw_path", "Path, not decoded"),
        ("root_path", "Mounted under"),
        ("asgi", "ASGI version"),
        ("asgi_http", "ASGI's HTTP version"),
        ("extensions", "Extensions"),
        ("multithread", "Many threads"),
        ("multiprocess", "Many processes"),
        ("environ_others", "Other variables, not kept"),
        ("status", "Status"),
        ("reason", "Reason"),
        ("headers", "Headers"),
        ("bytes", "Bytes"),
        ("left", "Still to be read"),
        ("more", "More to come"),
        ("early", "Before its end"),
        ("made_ns", "Time to make it"),
        ("wait_ns", "Time waited"),
        ("took_ns", "Closing took"),
        ("body_bytes", "Body sent"),
        ("chunks", "Chunks"),
    ),
    "middleware": (
        ("is_async", "Async"),
        ("hooks", "Its hooks"),
        ("in_ns", "On the way in"),
        ("out_ns", "On the way out"),
        ("result", "Result"),
        ("status", "Status"),
    ),
    "hook": (("middleware", "Middleware"), ("hook", "Hook"), ("result", "Result"), ("status", "Status")),
    "resolver": (
        ("route", "Route"),
        ("url_name", "URL name"),
        ("namespaces", "Namespaces"),
        ("view", "View"),
        ("urlconf", "URLconf"),
    ),
    "view": (
        ("is_async", "Async"),
        ("method", "Method of the class"),
        ("atomic", "Transaction on"),
        ("response", "Response"),
        ("status", "Status"),
    ),
    "permission": (("allowed", "Granted"),),
    "database": (("vendor", "Database"), ("many", "Many at once"), ("rows", "Rows affected")),
    "transaction": (("alias", "Database alias"),),
    "template": (
        ("node", "Node"),
        ("engine", "Engine"),
        ("tag", "Tag"),
        ("defined_in", "Defined in"),
        ("owner", "Stands in"),
        ("line", "Line"),
        ("characters", "Text made"),
    ),
    "hop": (
        ("function", "Carries"),
        ("to", "Runs in"),
        ("to_ns", "Until it began there"),
        ("ran_ns", "Ran"),
        ("back_ns", "Until this side went on"),
    ),
    "exception": (("module", "Module"), ("raised_in", "Raised in"), ("handled_by", "Handled by"), ("status", "Status")),
    "response": (
        ("status", "Status"),
        ("reason", "Reason"),
        ("content_type", "Content type"),
        ("body_bytes", "Body"),
        ("streaming", "Streaming"),
        ("cookies", "Cookies set"),
    ),
    "recorder": (("probe", "Probe"), ("error", "Error")),
}
_WORDS = (
    "Threads",
    "Method",
    "Async",
    "Status",
    "Reason",
    "Granted",
    "More to come",
    "Many at once",
    "Many threads",
    "Many processes",
    "Before its end",
    "Result",
    "Streaming",
    "Line",
    "Text made",
    "Rendered",
    "Clocks",
)
_ONLY_IF_SO = ("many", "streaming", "early", "environ_others")
_DRIVER_CANNOT_TELL = -1


def facts_of(reading: Reading, event: Event) -> list[Fact]:
    """What is known of this step, most telling first; what is not known is left out."""
    found = _merged(reading, event)
    keyed = [_fact(label, key, found[key]) for key, label in _KEYS.get(event["kind"], ()) if _is_known(found, key)]
    timed = [*_about_time(reading, event, found), *_about_sending(reading, event)]
    return [*keyed, *_captured(found), *timed, *_about_thread(event), *_about_hops(reading, event)]


def _merged(reading: Reading, event: Event) -> dict[str, Any]:
    """The details of the whole step: of enter, points and exit. A layer's two directions stay apart."""
    opened = reading.enter(event) or event
    if event["kind"] == "middleware":
        passed_on = reading.moment(opened, "passed_on")
        if passed_on is None:
            # It did not let the request through: there is no way in and no way out, only its time.
            return {**detail(opened), **reading.leaving(opened), "out_ns": None}
        return {**detail(opened), **detail(passed_on if event["phase"] == "enter" else event)}
    if event["kind"] == "server" and event["phase"] == "enter":
        return {**detail(event), "software": (reading.trace.get("process") or {}).get("server")}
    if event["kind"] == "view" and event["phase"] == "enter":
        return dict(detail(event))
    found = {**detail(opened), **reading.leaving(event), **detail(event)}
    return {**found, **_of_template(event, found)} if event["kind"] == "template" else found


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
    return Fact(label, text_of(key, value), is_code=label not in _WORDS and isinstance(value, str | list))


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
        kind = f" ({item['type']})" if item.get("type") else ""
        yield Fact(str(item.get("name")), f"{item.get('value')}{kind}", is_code=True)


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
    around = reading.parent(opened)
    carrying = (h for h in (reading.children(around) if around else ()) if detail(h).get("function") == opened["name"])
    # A layer passes the request on in the resolver's stage: that hop is of what is further in.
    own = (h for h in reading.children(opened) if opened["kind"] != "middleware" or h["stage"].endswith("_middleware"))
    hops = [hop for hop in (*carrying, *own) if hop["kind"] == "hop"]
    if hops:
        yield Fact("Threads", hops_said(hops))


def _about_thread(event: Event) -> Iterator[Fact]:
    if event.get("thread"):
        yield Fact("Thread", str(event["thread"]), is_code=True)
