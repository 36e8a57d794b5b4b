"""The end of a transaction."""

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import sentences

_SAID = {
    "commit": "The transaction on {alias} is committed: what it wrote is kept",
    "rollback": "The transaction on {alias} is rolled back: nothing of what it wrote is kept",
}


def sentence(reading: Reading, event: Event) -> str:
    """Whether what was written is kept."""
    alias = detail(event).get("alias") or "the database"
    return sentences(_SAID.get(event["name"], "The transaction on {alias} ends").format(alias=alias))
