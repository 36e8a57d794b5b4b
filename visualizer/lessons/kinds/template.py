"""A template, or one of its nodes that bring in another part: extends, block, include."""

from collections.abc import Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import counted, duration, error_said, sentences, short


def sentence(reading: Reading, event: Event) -> str:
    """What is rendered, from where, and what came of it."""
    opened = reading.enter(event) or event
    return sentences(_what(opened), _result(reading, opened))


def _what(opened: Event) -> str:
    facts, name = detail(opened), str(opened["name"])
    line = f" line {facts['line']}" if facts.get("line") else ""
    where = f"{facts['template']}{line}" if facts.get("template") else ""
    said = {
        "template": f"{_engine(facts.get('engine'))} renders {name}",
        "extends": f"{where or 'The template'} extends {name}",
        "block": f"The block {name}{f' of {where}' if where else ''} is rendered{_filled_by(facts)}",
        "include": f"{where or 'A template'} includes {name}",
        "tag": f"{where or 'A template'} calls its tag {name}{_by(facts)}, and a template shows what that gives",
        "inclusion": f"{where or 'A template'} shows {name} by {_tag(facts)}",
        "partial": f"{where or 'A template'} renders its partial {name}",
        "import": f"{where or 'A template'} imports names of {name}, whose text is rendered for that and thrown away",
        "macro": f"{where or 'A template'} calls the macro {name}{_defined_in(facts)}",
    }
    return said.get(str(facts.get("node")), f"{name} is rendered")


def _filled_by(facts: Mapping[str, Any]) -> str:
    filler = facts.get("filled_by")
    return f", filled by {filler}" if filler and filler != facts.get("template") else ""


def _tag(facts: Mapping[str, Any]) -> str:
    return f"its tag {facts['tag']}" if facts.get("tag") else "a tag"


def _by(facts: Mapping[str, Any]) -> str:
    function = short(str(facts.get("function") or ""))
    # A function made inside another one has no name by which somebody would look for it.
    return f": {function}() runs" if function.isidentifier() else ": its function runs"


def _defined_in(facts: Mapping[str, Any]) -> str:
    home = facts.get("defined_in")
    return f" of {home}" if home and home != facts.get("template") else ""


def _engine(engine: str | None) -> str:
    names = {"django": "Django's template engine", "jinja2": "Jinja2"}
    return names.get(str(engine).lower(), f"The engine {engine}" if engine else "The template engine")


def _result(reading: Reading, opened: Event) -> str:
    took, closed = reading.duration_ns(opened), reading.exit(opened)
    if closed is None or took is None:
        return f"It {reading.unclosed_said}"
    facts = detail(closed)
    if facts.get("error"):
        return f"It ends after {duration(took)} with {error_said(facts['error'])}"
    made = f" and made {counted(facts['bytes'], 'character')} of text" if facts.get("bytes") is not None else ""
    return f"It took {duration(took)}{made}{_queries(reading, opened)}"


def _queries(reading: Reading, opened: Event) -> str:
    queries, _ = reading.totals_inside(opened, "database")
    return f"; {counted(queries, 'query', 'queries')} ran meanwhile" if queries else ""
