"""The resolver's search as the inspector shows it: a tree of includes and patterns, and what came close."""

from collections.abc import Iterator, Mapping
from typing import Any

from visualizer.lessons.kinds.resolver import close_in_a_sentence, why_failed
from visualizer.lessons.reading import Event, Reading
from visualizer.lessons.wording import counted, sentences

Facts = Mapping[str, Any]


def tried_of(reading: Reading, event: Event) -> dict[str, Any] | None:
    """`{rows, caption, close}`; a row is `{number, depth, text, name, state, said}`; an include has no number."""
    found = reading.leaving(event) if event["kind"] == "resolver" else {}
    tried = found.get("tried") or []
    if not tried:
        return None
    omitted = int(found.get("tried_omitted") or 0)
    caption = f"{counted(len(tried) + omitted, 'pattern')} tried, in this order"
    caption += f"; the {omitted:,} before the last are not kept" if omitted else ""
    return {
        "rows": list(_rows(tried, found.get("includes") or [], omitted)),
        "caption": caption,
        "close": list(_close(found)),
    }


def _rows(tried: list[Facts], includes: list[Facts], omitted: int) -> Iterator[dict[str, Any]]:
    told: set[int] = set()
    for number, facts in enumerate(tried, 1):
        around = _around(facts, includes)
        for depth, each in enumerate(around):
            if each not in told:
                told.add(each)
                yield _include_row(includes, each, depth)
        yield _pattern_row(facts, number + (omitted if number == len(tried) else 0), len(around), includes)


def _around(facts: Facts, includes: list[Facts]) -> list[int]:
    """The includes that a pattern stands in, outermost first."""
    found: list[int] = []
    number = facts.get("include")
    while number is not None and number < len(includes):
        found.insert(0, number)
        number = includes[number].get("include")
    return found


def _own_text(facts: Facts, includes: list[Facts]) -> str:
    within = facts.get("include")
    whole = str(facts.get("pattern") or "")
    return whole.removeprefix(str(includes[within]["pattern"])) if within is not None and includes else whole


def _include_row(includes: list[Facts], number: int, depth: int) -> dict[str, Any]:
    facts = includes[number]
    held = (facts.get("urlconf"), f"namespace {facts['namespace']}" if facts.get("namespace") else "")
    said = f"stood for {facts['stood_for'] or 'nothing'}" if "stood_for" in facts else "its beginning matches"
    return {
        "number": None,
        "depth": depth,
        "text": _own_text(facts, includes),
        "name": ", ".join(part for part in held if part),
        "state": "entered",
        "said": said,
    }


def _pattern_row(facts: Facts, number: int, depth: int, includes: list[Facts]) -> dict[str, Any]:
    return {
        "number": number,
        "depth": depth,
        "text": _own_text(facts, includes),
        "name": facts.get("name"),
        "state": "matched" if facts.get("matched") else "failed",
        "said": "matches" if facts.get("matched") else why_failed(facts),
    }


def _close(found: Facts) -> Iterator[str]:
    close = found.get("close") or {}
    if close.get("slash"):
        yield sentences(close_in_a_sentence(close))
    for each in close.get("nearest") or []:
        would = f"; it would match {each['would_match']}" if each.get("would_match") else ""
        yield sentences(f"{each['pattern'] or 'The empty pattern'} is {each['likeness'] * 100:.0f} % like it{would}")
    for pattern in close.get("begins") or []:
        yield sentences(f"{pattern} matches its beginning, but the path goes on")
