"""A call that went over to another thread or loop and came back: what it carried, and what the way cost."""

from collections.abc import Iterable, Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import counted, duration, place, sentences, short_hook


def sentence(reading: Reading, event: Event) -> str:
    """Who waited while what ran where, and how much of the time was the way there and back."""
    facts = detail(event)
    goes = f"{event['thread']} waits while {short_hook(str(facts.get('function')))} runs in {facts.get('to')}"
    if facts.get("to") is None:
        return sentences(
            f"{short_hook(str(facts.get('function')))} was to run in another thread; no beginning was seen"
        )
    return sentences(f"{goes}{_asked(facts)}", _cost(facts))


def _asked(facts: Mapping[str, Any]) -> str:
    origin = facts.get("origin") or {}
    if origin.get("where") == "template":
        return f"; {origin.get('template')} line {origin.get('line')} asked for it"
    where = place(origin.get("file"), origin.get("line"))
    return f"; {where} asked for it" if where else "; Django asked for it, no line of the project"


def _cost(facts: Mapping[str, Any]) -> str:
    there, ran, back = (facts.get(key) for key in ("to_ns", "ran_ns", "back_ns"))
    if there is None or ran is None or back is None:
        return "It had not ended when the waiting side went on"
    return f"It ran for {duration(ran)}; the way there took {duration(there)}, the way back {duration(back)}"


def hops_said(hops: Iterable[Event]) -> str:
    """How many hops there were and what they cost together; empty if there was none."""
    costs = [(detail(hop).get("to_ns") or 0) + (detail(hop).get("back_ns") or 0) for hop in hops]
    return (
        f"{counted(len(costs), 'hop')} to another thread and back, {duration(sum(costs))} for the way" if costs else ""
    )
