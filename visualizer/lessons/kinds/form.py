"""A form or a formset being validated."""

from collections.abc import Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import counted, duration, error_said, listed, sentences, short

_WHOLE = "__all__"


def sentence(reading: Reading, event: Event) -> str:
    """Whether it is valid, and which fields are not, by the codes of their errors."""
    opened = reading.enter(event) or event
    closed, took = reading.exit(opened), reading.duration_ns(opened)
    name = short(str(opened["name"]))
    if closed is None or took is None:
        return sentences(f"{name} validates what was sent", f"It {reading.unclosed_said}")
    facts = detail(closed)
    if facts.get("error"):
        return sentences(f"Validating {name} fails after {duration(took)}: {error_said(facts['error'])}")
    validated = f"{name} validated what was sent in {duration(took)}"
    return sentences(f"{validated}; it is {'valid' if facts.get('valid') else 'not valid'}", *_refused(facts))


def _refused(facts: Mapping[str, Any]) -> list[str]:
    if facts.get("forms") is not None and facts.get("refused"):
        of = counted(facts["forms"], "form")
        return [f"{facts['refused']:,} of {of} {'has' if facts['refused'] == 1 else 'have'} errors", *_fields(facts)]
    return _fields(facts)


def _fields(facts: Mapping[str, Any]) -> list[str]:
    fields = [f"{_field(each)} ({_codes(each)})" for each in facts.get("errors") or []]
    return [f"Refused: {listed(fields)}"] if fields else []


def _field(refused: Mapping[str, Any]) -> str:
    return "the whole" if refused.get("field") == _WHOLE else str(refused.get("field"))


def _codes(refused: Mapping[str, Any]) -> str:
    return ", ".join(code or "no code" for code in refused.get("codes") or [])
