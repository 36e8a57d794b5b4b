"""Phrases that several chapters say: where a line is, how long, how many."""

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.tour.moments import layer_count, layers
from visualizer.lessons.wording import counted, duration, place, short


def request_line(reading: Reading) -> str:
    """GET /products/."""
    asked = reading.trace.get("request") or {}
    return f"{asked.get('method', '')} {asked.get('path', '')}".strip()


def status(reading: Reading) -> str:
    """The response's status as text; empty without a response."""
    return str((reading.trace.get("response") or {}).get("status") or "")


def queries(count: int) -> str:
    """No query, 1 query, 24 queries."""
    return counted(count, "query", "queries") if count else "no query"


def asked_at(query: Event) -> str:
    """shop/views.py line 71, or shop/list.html line 14; empty where the line was not seen."""
    origin = detail(query).get("origin") or {}
    if origin.get("where") == "template":
        return f"{origin.get('template')} line {origin.get('line')}"
    return place(origin.get("file"), origin.get("line"))


def position(reading: Reading, layer: Event) -> str:
    """Layer 9 of 13."""
    opened = reading.enter(layer) or layer
    return f"layer {detail(opened).get('position')} of {layer_count(reading)}"


def not_reached(reading: Reading) -> str:
    """Why a stage has nothing to show: who answered before, or that nothing of it was seen."""
    outcome = reading.trace.get("outcome") or {}
    if outcome.get("kind") == "stopped":
        return f"This request did not get here: {short(str(outcome.get('by')))} answered before."
    if outcome.get("kind") == "not_found" and outcome.get("by") == "url_resolver":
        return "This request did not get here: no pattern matched its path."
    return "This request has no such moment."


def took(reading: Reading) -> str:
    """The whole request's time."""
    total = reading.trace.get("duration_ns")
    return duration(total) if total else ""


def database_ns(reading: Reading) -> int:
    """The time of all queries together."""
    return sum(reading.duration_ns(query) or 0 for query in reading.of_kind("database"))


def way_through(reading: Reading) -> str:
    """Through all 13 layers, or as far as 9 of 13."""
    entered, known = len(layers(reading)), layer_count(reading)
    return f"through all {known} layers" if entered == known else f"as far as {entered} of {known} layers"
