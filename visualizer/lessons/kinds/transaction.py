"""Where a transaction begins and ends."""

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import duration, sentences

_SAID = {
    "begin": "A transaction begins on {alias}: what is written from here on is kept whole or not at all",
    "commit": "The transaction on {alias} is committed: what it wrote is kept{took}",
    "rollback": "The transaction on {alias} is rolled back: nothing of what it wrote is kept{took}",
}


def sentence(reading: Reading, event: Event) -> str:
    """Whether what was written is kept."""
    facts = detail(event)
    alias = facts.get("alias") or "the database"
    if error := facts.get("error"):
        return sentences(f"{event['name'].upper()} on {alias} fails with {error['type']}")
    took = f"; that took {duration(facts['took_ns'])}" if facts.get("took_ns") else ""
    return sentences(_SAID.get(event["name"], "The transaction on {alias} ends").format(alias=alias, took=took))
