"""A message for the user, left for the next page that shows messages."""

from collections.abc import Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import article, capital, clip, error_said, sentences


def sentence(reading: Reading, event: Event) -> str:
    """What the user will be told, or why not."""
    facts = detail(event)
    message = f"{article(str(event['name']))} message"
    if facts.get("error"):
        return sentences(f"Adding {message} fails: {error_said(facts['error'])}")
    if facts.get("kept") is False:
        return sentences(
            f"{capital(message)} for the user is not kept: it is empty, or below the level that is recorded"
        )
    return sentences(
        f"{capital(message)} is left for the user{_text(facts)}", "The next page that shows messages shows it"
    )


def _text(facts: Mapping[str, Any]) -> str:
    if facts.get("text") is None:
        return f"; its text, {article(str(facts.get('type') or 'object'))}, is made when it is shown"
    return f": “{clip(str(facts['text']))}”"
