"""One statement sent to a database, and where the application asked for it."""

from visualizer.lessons.kinds.sql import asks, verb_of
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import counted, duration, error_said, place, sentences, short, short_hook, vendor

_LAYERS = ("middleware", "hook")


def sentence(reading: Reading, event: Event) -> str:
    """What is asked of which database, for whom, and what came of it."""
    opened = reading.enter(event) or event
    facts = detail(opened)
    many = " with many sets of parameters" if facts.get("many") else ""
    asked = f"Django asks {vendor(facts.get('vendor'))} {asks(str(facts.get('sql') or ''))}{many}"
    return sentences(f"{asked}; {_for_whom(reading, opened)}", _lazy(reading, opened), _outcome(reading, opened))


def _lazy(reading: Reading, opened: Event) -> str:
    """What a query that a line of a template asked for teaches."""
    facts = detail(opened)
    if (facts.get("origin") or {}).get("where") != "template" or verb_of(str(facts.get("sql") or "")) != "SELECT":
        return ""
    where = ", not in the view" if reading.of_kind("view") else ""
    return f"It ran here, as this line was rendered{where}: querysets and related objects ask when they are used"


def asked_by(opened: Event) -> str:
    """The line that asked for it, of the application or else of a library; empty if none was seen."""
    origin = detail(opened).get("origin") or {}
    if origin.get("where") == "template":
        return f"{origin.get('template')} line {origin.get('line')}"
    return place(origin.get("file"), origin.get("line"))


def _for_whom(reading: Reading, opened: Event) -> str:
    """The line that asked for it; without one, the layer in which it ran."""
    if asked_by(opened):
        library = (detail(opened).get("origin") or {}).get("where") == "library"
        return f"{asked_by(opened)} asked for it{', no line of the project' if library else ''}"
    around = reading.parent(opened)
    if around is None or around["kind"] not in _LAYERS:
        return "no line of the project was seen to ask for it"
    name = short_hook(around["name"]) if around["kind"] == "hook" else short(around["name"])
    return f"it ran inside {name}"


def _outcome(reading: Reading, opened: Event) -> str:
    closed, took = reading.exit(opened), reading.duration_ns(opened)
    if closed is None or took is None:
        return f"It {reading.unclosed_said}"
    facts = detail(closed)
    if facts.get("error"):
        return f"It fails after {duration(took)}: {error_said(facts['error'])}"
    return f"It took {duration(took)}{_rows(opened, facts.get('rows'))}"


def _rows(opened: Event, rows: int | None) -> str:
    """How many rows were touched; drivers give a number for reading statements too, or -1, which say less."""
    writes = verb_of(str(detail(opened).get("sql") or "")) in ("INSERT", "UPDATE", "DELETE")
    return f" and touched {counted(rows, 'row')}" if writes and rows is not None and rows >= 0 else ""
