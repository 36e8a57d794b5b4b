"""One question to the permission system."""

from visualizer.lessons.kinds.database import asked_by
from visualizer.lessons.reading import Event, Reading
from visualizer.lessons.wording import capital, counted, sentences


def sentence(reading: Reading, event: Event) -> str:
    """The permission and the answer."""
    if reading.exit(event) is None:
        return sentences(f"{capital(_what(event))} is asked for")
    allowed = reading.leaving(event).get("allowed")
    answer = "No answer was seen" if allowed is None else "Yes" if allowed else "No"
    opened = reading.enter(event)
    queries, _ = reading.totals_inside(opened, "database") if opened else (0, 0)
    ran = f"{counted(queries, 'query', 'queries')} ran to find out" if queries else ""
    if not ran and not reading.omitted("database"):
        ran = "It took no query"
    asker = asked_by(opened) if opened else ""
    asks = f"Asked for by {asker}" if asker else ""
    return sentences(f"Is {_what(event)} granted? {answer}", ran, asks)


def _what(event: Event) -> str:
    """`has_perm` asks for a permission of an app, `has_module_perms` for any of an app, which it names alone."""
    name = str(event["name"])
    return f"the permission {name}" if "." in name else f"any permission of the app {name}"
