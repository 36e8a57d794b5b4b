"""A request that the application itself sends to another server."""

from collections.abc import Mapping
from typing import Any

from visualizer.lessons.kinds.database import asked_by
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import clip, counted, duration, error_said, sentences


def sentence(reading: Reading, event: Event) -> str:
    """What is asked of whom, by which line, and what came back."""
    opened = reading.enter(event) or event
    facts = detail(opened)
    by = f"{asked_by(opened)} asked for it" if asked_by(opened) else ""
    what = clip(f"{facts.get('method') or 'a request'} {facts.get('url') or opened['name']}", 120)
    sent = f"The application sends {what} with {facts.get('library') or 'an HTTP library'}"
    return sentences(f"{sent}; {by}" if by else sent, _outcome(reading, opened))


def _outcome(reading: Reading, opened: Event) -> str:
    closed, took = reading.exit(opened), reading.duration_ns(opened)
    if closed is None or took is None:
        return f"It {reading.unclosed_said}"
    facts = detail(closed)
    if facts.get("status") is None and facts.get("error"):
        return f"It fails after {duration(took)}: {error_said(facts['error'])}"
    return f"{_answer(facts)} after {duration(took)}"


def _answer(facts: Mapping[str, Any]) -> str:
    status = f"A response with status {facts['status']}" if facts.get("status") else "A response"
    followed = f", by way of {counted(facts['redirects'], 'redirect')}," if facts.get("redirects") else ""
    return f"{status} came{followed}"
