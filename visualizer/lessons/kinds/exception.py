"""An exception: out of what it came, where it was raised, and what became of it."""

from collections.abc import Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import capital, clip, error_said, place, sentences, short

_DJANGOS_OWN = "django.core.handlers.exception."


def sentence(reading: Reading, event: Event) -> str:
    """The exception with its message and its line, and who made a response of it."""
    facts = detail(event)
    said = capital(error_said({"type": facts.get("type") or event["name"]}))
    came_from = f" came out of {_origin(event, str(facts['raised_in']))}" if facts.get("raised_in") else " was raised"
    where = place(facts.get("file"), facts.get("line"))
    raised_at = f", raised at {where}" if where else ""
    message = f": {clip(str(facts['message']), 160)}" if facts.get("message") else ""
    return sentences(
        f"{said}{came_from}{raised_at}{message}", _became(facts, facts.get("status") or _next_status(reading, event))
    )


def _origin(event: Event, raised_in: str) -> str:
    if event["stage"] == "template":
        # Its name has dots of its own.
        return raised_in
    return "the URL resolver" if raised_in == "url_resolver" else short(raised_in)


def _next_status(reading: Reading, event: Event) -> int | None:
    """The status of the response that was seen next in the same place."""
    after = (e for e in reading.of_kind("response") if e["seq"] > event["seq"] and e["parent"] == event["parent"])
    return next((detail(response).get("status") for response in after), None)


def _became(facts: Mapping[str, Any], status: int | None) -> str:
    handler = str(facts.get("handled_by") or "")
    if not handler:
        return ""
    who = "Django's own error handling" if handler.startswith(_DJANGOS_OWN) else short(handler)
    return f"{who} made a{f' {status}' if status else ''} response of it"
