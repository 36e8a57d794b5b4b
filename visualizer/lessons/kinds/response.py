"""The response as it left the view, before any layer touched it on the way out."""

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import article, listed, sentences, short, size


def sentence(reading: Reading, event: Event) -> str:
    """Class, status, type and size; the cookies that it sets."""
    facts = detail(event)
    status = " ".join(str(part) for part in (facts.get("status"), facts.get("reason")) if part)
    parts = [part for part in (status, facts.get("content_type"), _body(facts)) if part]
    cookies = facts.get("cookies") or []
    return sentences(
        f"The response is {article(short(event['name']))}" + (f": {', '.join(parts)}" if parts else ""),
        f"It sets the {'cookie' if len(cookies) == 1 else 'cookies'} {listed(cookies)}" if cookies else "",
    )


def _body(facts: object) -> str:
    if not isinstance(facts, dict):
        return ""
    if facts.get("streaming"):
        return "a body that is made while it is sent"
    return f"{size(facts['body_bytes'])} of body" if facts.get("body_bytes") is not None else ""
