"""The guided tour as its templates show it: the chapters, and a chapter as a row of cards filled from traces."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from visualizer.control.scenarios import Scenario
from visualizer.lessons.reading import Reading
from visualizer.lessons.tour.chapter import Chapter, Part, halts
from visualizer.lessons.tour.chapters import CHAPTERS, offered
from visualizer.stores.memory import store

Card = dict[str, Any]
_GONE = "This request is no longer kept. Begin the chapter again: it sends a new one."
_MISSING = "This request was not sent, or not seen."


def chapters_context(scenarios: Iterable[Scenario]) -> dict[str, Any]:
    """What `visualizer/tour/chapters.html` needs."""
    chapters = offered(_samples(scenarios))
    return {"chapters": chapters, "left_out": len(CHAPTERS) - len(chapters)}


def chapter_context(
    slug: str, scenarios: Iterable[Scenario], sent: Sequence[Sequence[str]], open_id: str
) -> dict[str, Any] | None:
    """What `visualizer/tour/chapter.html` needs; None for a chapter that is not offered.

    `sent` has for each sample of the chapter that was sent already the ids of its traces, `open_id` the trace that is
    open on the page, which may do instead.
    """
    samples = _samples(scenarios)
    chapters = offered(samples)
    chapter = next((each for each in chapters if each.slug == slug), None)
    if chapter is None:
        return None
    number = chapters.index(chapter)
    following = chapters[number + 1] if number + 1 < len(chapters) else None
    cards = _cards(chapter, samples, sent, open_id)
    return {"chapter": chapter, "number": number + 1, "next": following, "cards": _numbered(cards)}


def _samples(scenarios: Iterable[Scenario]) -> dict[str, Scenario]:
    """The scenario of each sample; the first that says so."""
    found: dict[str, Scenario] = {}
    for scenario in scenarios:
        if scenario.tour:
            found.setdefault(scenario.tour, scenario)
    return found


def _cards(
    chapter: Chapter, samples: Mapping[str, Scenario], sent: Sequence[Sequence[str]], open_id: str
) -> list[Card]:
    """All cards until the next request has to be sent; with every request there, up to the closing one."""
    order = list(dict.fromkeys(part.sample for part in chapter.parts))
    cards: list[Card] = []
    readings: list[Reading] = []
    for part in chapter.parts:
        number = order.index(part.sample)
        if number >= len(sent):
            return [*cards, _send_card(chapter, part, samples[part.sample], open_id)]
        reading = _reading(sent[number], part.which)
        if reading is None:
            return [*cards, _lost_card(sent[number], part.which)]
        readings.append(reading)
        cards += [_stop_card(reading, halt._asdict()) for halt in halts(part, reading)]
    return [*cards, {"kind": "closing", "title": "To take home", "text": chapter.closing(readings)}]


def _reading(ids: Sequence[str], which: int) -> Reading | None:
    trace = store.get(ids[which]) if which < len(ids) else None
    return Reading(trace.as_dict()) if trace and trace.finished else None


def _lost_card(ids: Sequence[str], which: int) -> Card:
    return {"kind": "lost", "title": "Not here", "text": _GONE if which < len(ids) else _MISSING}


def _stop_card(reading: Reading, halt: Card) -> Card:
    return {"kind": "stop", "trace": reading.trace.get("id"), **halt}


def _send_card(chapter: Chapter, part: Part, scenario: Scenario, open_id: str) -> Card:
    is_first = part is chapter.parts[0]
    return {
        "kind": "send",
        "title": chapter.title if is_first else "And now",
        "text": chapter.opening if is_first else part.lead,
        "scenario": scenario,
        "open": open_id if _will_do(part, open_id) else "",
    }


def _will_do(part: Part, open_id: str) -> bool:
    reading = _reading([open_id], 0)
    return reading is not None and part.fits(reading)


def _numbered(cards: list[Card]) -> list[Card]:
    return [{**card, "number": number, "is_first": number == 1} for number, card in enumerate(cards, 1)]
