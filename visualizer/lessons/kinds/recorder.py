"""What the recorder has to say of itself."""

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import article, sentences


def sentence(reading: Reading, event: Event) -> str:
    """Which probe failed; the request was not touched by it."""
    facts = detail(event)
    probe = f"The {facts['probe']} probe" if facts.get("probe") else "A probe"
    error = f" with {article(str(facts['error']))}" if facts.get("error") else ""
    return sentences(
        f"{probe} failed here{error}, so something is missing in this trace", "The request went on undisturbed"
    )
