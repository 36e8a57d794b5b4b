"""What a lesson's subject amounts to in this very trace: one sentence of its own values, under the general text."""

from collections.abc import Callable, Mapping
from typing import Any

from visualizer import stages
from visualizer.lessons.kinds.change import changes_said
from visualizer.lessons.kinds.resolver import failed_patterns
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import article, clip, counted, duration, sentences, short, size


def of_stage(reading: Reading, stage: str) -> str:
    """What this stage was like in this trace; empty while that is not known or there is nothing to say."""
    said = _STAGES.get(stage)
    return sentences(reading.once(said)) if said else ""


def of_layer(reading: Reading, event: Event, *, on_the_way_out: bool) -> str:
    """What a layer did in the direction that is not shown now, so that a step tells both; empty if nothing."""
    opened = event if event["phase"] == "enter" else reading.enter(event) or reading.parent(event)
    if opened is None:
        return ""
    if on_the_way_out:
        passed_on = reading.moment(opened, "passed_on")
        changed, way = changes_said(detail(passed_on).get("changed") or []) if passed_on else "", "in"
    else:
        changed, way = changes_said(reading.leaving(opened).get("changed") or []), "out"
    return sentences(f"on the way {way} it {changed}") if changed else ""


def of_outcome(reading: Reading) -> str:
    """How far this request came: how many layers saw it, and what ran at the core."""
    entered, known = _layers(reading)
    if not known:
        return ""
    reached = _all(known) if entered == known else f"{entered} of {counted(known, 'layer')}"
    queries = len(reading.of_kind("database")) + reading.omitted("database")
    asked = f"; {counted(queries, 'query', 'queries')} ran in all" if queries else "; no query ran"
    return sentences(f"it came to {reached}{asked}")


def of_moment(reading: Reading, event: Event) -> str:
    """How often this kind of thing happened in this trace."""
    said = _MOMENTS.get(str(event["kind"]))
    count = len(reading.of_kind(str(event["kind"]))) + reading.omitted(str(event["kind"]))
    return sentences(said(reading, count)) if said and count else ""


def _layers(reading: Reading) -> tuple[int, int]:
    """How many layers the request entered, and how many there are."""
    layers = [event for event in reading.of_kind("middleware") if event["phase"] == "enter"]
    known = max((int(detail(event).get("of") or 0) for event in layers), default=0)
    return len({event["name"] for event in layers}), known


def _all(layers: int) -> str:
    return "the only layer" if layers == 1 else f"all {layers} layers"


def _asked(reading: Reading) -> str:
    asked = reading.trace.get("request") or {}
    headers = counted(len(asked.get("headers") or []), "header")
    return f"{asked.get('method')} {clip(str(asked.get('path')), 60)} came with {headers}" if asked else ""


def _served(reading: Reading) -> str:
    opened = next((e for e in reading.of_kind("server") if e["phase"] == "enter"), None)
    if opened is None:
        return ""
    facts, software = detail(opened), (reading.trace.get("process") or {}).get("server")
    spoken = f" over HTTP/{facts['http_version']}" if facts.get("http_version") else ""
    return f"{opened['name']} was called{f' by {software}' if software else ''}{spoken}"


def _went_in(reading: Reading) -> str:
    entered, known = _layers(reading)
    if not known:
        return ""
    seen = _all(known) if entered == known else f"{entered} of {known} layers"
    return f"{seen} saw the request"


def _resolved(reading: Reading) -> str:
    found = next((e for e in reading.events if e["kind"] == "resolver" and e["phase"] == "exit"), None)
    if found is None:
        return ""
    facts = detail(found)
    failed = failed_patterns(facts) or 0
    tried = counted(failed + 1 if facts.get("matched") else failed, "pattern")
    if not facts.get("matched"):
        return f"{tried} {'was' if failed == 1 else 'were'} tried and none matched"
    return f"{tried} {'was' if not failed else 'were'} tried; {facts.get('route') or 'the empty pattern'} matched"


def _viewed(reading: Reading) -> str:
    opened = next((e for e in reading.of_kind("view") if e["phase"] == "enter"), None)
    took = reading.duration_ns(opened) if opened else None
    if opened is None or took is None:
        return ""
    count = len(list(reading.inside(opened, "database")))
    asked = f"{counted(count, 'query', 'queries')} ran inside it" if count else "no query ran inside it"
    return f"{short(opened['name'])} took {duration(took)}; {asked}"


def _queries_of_templates(reading: Reading) -> int:
    return sum(1 for query in reading.of_kind("database") if query["stage"] == stages.TEMPLATE)


def _rendered(reading: Reading) -> str:
    nodes = reading.of_kind("template")
    count = reading.once(_queries_of_templates)
    asked = f"{counted(count, 'query', 'queries')} ran in them" if count else "no query ran in them"
    rendered = f"{counted(len(nodes), 'template was', 'templates, blocks and includes were')} rendered"
    return f"{rendered}; {asked}" if nodes else ""


def _responded(reading: Reading) -> str:
    made = reading.of_kind("response")
    if not made:
        return ""
    status = detail(made[-1]).get("status")
    return f"{article(str(made[-1]['name']))} with the status {status}"


def _went_out(reading: Reading) -> str:
    leaving = [e for e in reading.events if e["kind"] == "middleware" and e["phase"] == "exit"]
    changing = [e for e in leaving if detail(e).get("changed") or detail(e).get("result") == "replaced"]
    if not leaving:
        return ""
    return f"{len(changing) or 'none'} of {counted(len(leaving), 'layer')} changed the response"


def _sent(reading: Reading) -> str:
    closed = next((e for e in reading.events if e["kind"] == "server" and e["phase"] == "exit"), None)
    facts: Mapping[str, Any] = detail(closed) if closed else {}
    if facts.get("body_bytes") is None:
        return ""
    parts = f" in {counted(facts['chunks'], 'part')}" if facts.get("chunks") else ""
    return f"{size(facts['body_bytes'])} of body went out{parts}"


def _shown(reading: Reading) -> str:
    report = next((e for e in reading.of_kind("client") if e["stage"] == stages.CLIENT_RESPONSE), None)
    if report is None:
        return ""
    facts = detail(report)
    first = f"the first byte came after {duration(facts['first_byte_ns'])}" if facts.get("first_byte_ns") else ""
    more = counted(len(facts.get("subrequests") or []), "further request")
    return f"{first}; the page asked for {more}" if first else f"the page asked for {more}"


_STAGES: dict[str, Callable[[Reading], str]] = {
    stages.CLIENT_REQUEST: _asked,
    stages.SERVER_REQUEST: _served,
    stages.REQUEST_MIDDLEWARE: _went_in,
    stages.URL_RESOLVER: _resolved,
    stages.VIEW: _viewed,
    stages.TEMPLATE: _rendered,
    stages.RESPONSE: _responded,
    stages.RESPONSE_MIDDLEWARE: _went_out,
    stages.SERVER_RESPONSE: _sent,
    stages.CLIENT_RESPONSE: _shown,
}


def _queries(reading: Reading, count: int) -> str:
    later = reading.once(_queries_of_templates)
    where = f", {later} of them while a template was rendered" if later else ""
    return f"{counted(count, 'query', 'queries')} in this request{where}"


def _answers_of_caches(reading: Reading) -> list[Any]:
    return [reading.leaving(event).get("hit") for event in reading.of_kind("cache")]


def _cached(reading: Reading, count: int) -> str:
    answers = reading.once(_answers_of_caches)
    told = f": {counted(answers.count(True), 'hit')}, {counted(answers.count(False), 'miss', 'misses')}"
    return f"the cache was asked {counted(count, 'time')}{told if True in answers or False in answers else ''}"


def _own_hops(reading: Reading) -> int:
    return sum(1 for hop in reading.of_kind("hop") if (detail(hop).get("origin") or {}).get("where") == "unseen")


def _hops(reading: Reading, count: int) -> str:
    return f"{counted(count, 'hop')} in this request, {reading.once(_own_hops)} of them Django's own"


_MOMENTS: dict[str, Callable[[Reading, int], str]] = {
    "database": _queries,
    "cache": _cached,
    "permission": lambda reading, count: f"{counted(count, 'check')} in this request",
    "signal": lambda reading, count: f"{counted(count, 'signal')} with receivers in this request",
    "hop": _hops,
    "form": lambda reading, count: f"{counted(count, 'form')} in this request",
    "message": lambda reading, count: f"{counted(count, 'message')} in this request",
}
