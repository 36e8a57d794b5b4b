"""Rules by which a chapter finds its moments in a trace, whichever request it is."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from visualizer import stages
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.tour.chapter import Find

_Sort = tuple[Any, ...]


def first(kind: str, *, phase: str = "", stage: str = "", **facts: Any) -> Find:
    """The first event of a kind; of a span its enter, unless another phase is asked for."""

    def find(reading: Reading) -> Event | None:
        return next((event for event in reading.events if _is(event, kind, phase, stage, facts)), None)

    return find


def _is(event: Event, kind: str, phase: str, stage: str, facts: Mapping[str, Any]) -> bool:
    right_phase = event["phase"] == phase if phase else event["phase"] != "exit"
    right_stage = not stage or event["stage"] == stage
    right_facts = all(detail(event).get(name) == value for name, value in facts.items())
    return event["kind"] == kind and right_phase and right_stage and right_facts


def asking(reading: Reading) -> Event | None:
    """The request as it reached the server."""
    return next((event for event in reading.of_kind("client") if event["name"] != "browser"), None)


def browser_report(reading: Reading) -> Event | None:
    """What the browser itself told at the end."""
    return next((e for e in reading.of_kind("client") if e["stage"] == stages.CLIENT_RESPONSE), None)


def layers(reading: Reading) -> list[Event]:
    """The enter of each layer that the request entered, from the outermost."""
    return [event for event in reading.of_kind("middleware") if event["phase"] == "enter"]


def layer_count(reading: Reading) -> int:
    """How many layers there are, entered or not."""
    return max((int(detail(event).get("of") or 0) for event in layers(reading)), default=0)


def changes_on_the_way_in(reading: Reading, layer: Event) -> list[Mapping[str, Any]]:
    """What a layer changed on the request before it passed it on."""
    passed_on = reading.moment(layer, "passed_on")
    return list(detail(passed_on).get("changed") or []) if passed_on else []


def lazy_user_layer(reading: Reading) -> Event | None:
    """The layer that adds request.user without looking it up."""
    for layer in layers(reading):
        for change in changes_on_the_way_in(reading, layer):
            if change.get("what") == "request.user" and "not evaluated" in str(change.get("value")):
                return layer
    return None


def queries_on_the_way_in(reading: Reading, layer: Event) -> list[Event]:
    """The queries that ran in a layer before it passed the request on, or answered."""
    passed_on = reading.moment(layer, "passed_on") or reading.exit(layer)
    until = passed_on["seq"] if passed_on else len(reading.events)
    return [query for query in reading.inside(layer, "database") if query["seq"] < until]


def querying_layer(reading: Reading) -> Event | None:
    """The first layer on the way in that asks the database."""
    asked = {layer["seq"]: queries_on_the_way_in(reading, layer) for layer in reversed(layers(reading))}
    inner = next((seq for seq in sorted(asked, reverse=True) if asked[seq]), None)
    return reading.event(inner) if inner is not None else None


def first_way_out(reading: Reading) -> Event | None:
    """The first layer that gets the response of somebody further in: its exit."""
    exits = (event for event in reading.events if event["kind"] == "middleware" and event["phase"] == "exit")
    return next((each for each in exits if reading.moment(reading.enter(each) or each, "came_back")), None)


def shrinking_exit(reading: Reading) -> Event | None:
    """The exit of the layer that changed the body on the way out."""
    for event in reading.events:
        changes = detail(event).get("changed") or []
        if event["kind"] == "middleware" and event["phase"] == "exit" and any(c.get("what") == "body" for c in changes):
            return event
    return None


def stopper(reading: Reading) -> Event | None:
    """Where the request turned round: the hook that answered, or the layer's enter, or its exit if it replaced."""
    by = str((reading.trace.get("outcome") or {}).get("by") or "")
    if (reading.trace.get("outcome") or {}).get("kind") != "stopped":
        return None
    for event in reading.events:
        if event["kind"] == "hook" and event["phase"] == "exit" and detail(event).get("result") == "answered":
            return reading.enter(event)
    layer = next((event for event in layers(reading) if event["name"] == by), None)
    if layer is None:
        return None
    return reading.exit(layer) if reading.moment(layer, "passed_on") else layer


def sending_start(reading: Reading) -> Event | None:
    """The moment at which status and headers go to the server."""
    return next((e for e in reading.of_kind("server") if e["name"] in ("http.response.start", "start_response")), None)


def parts_sent(reading: Reading) -> list[Event]:
    """The parts of the body that went to the server, empty ones left out."""
    names = ("http.response.body", "body")
    return [e for e in reading.of_kind("server") if e["name"] in names and detail(e).get("bytes")]


def in_stage(kind: str, stage: str) -> Callable[[Reading], list[Event]]:
    """All events of a kind in a stage, without the exits."""
    return lambda reading: [event for event in reading.of_kind(kind) if event["stage"] == stage]


queries_of_view = in_stage("database", stages.VIEW)
queries_of_template = in_stage("database", stages.TEMPLATE)


def most_alike(reading: Reading) -> list[Event]:
    """The largest group of like queries: one statement, its parameters aside, from one line; empty under two."""
    queries = reading.of_kind("database")
    counts = Counter(_sort(query) for query in queries)
    if not counts:
        return []
    sort, count = counts.most_common(1)[0]
    return [query for query in queries if _sort(query) == sort] if count > 1 else []


def _sort(query: Event) -> _Sort:
    origin = detail(query).get("origin") or {}
    return detail(query).get("sql"), origin.get("template"), origin.get("file"), origin.get("line")


def cache_question(reading: Reading) -> Event | None:
    """The get that decided: the first miss, or the first hit where all were hits."""
    gets = [event for event in reading.of_kind("cache") if isinstance(reading.leaving(event).get("hit"), bool)]
    misses = [event for event in gets if not reading.leaving(event)["hit"]]
    return next(iter(misses or gets), None)


def outcome_is(*kinds: str) -> Callable[[Reading], bool]:
    """Whether a request ended in one of these ways."""
    return lambda reading: (reading.trace.get("outcome") or {}).get("kind") in kinds
