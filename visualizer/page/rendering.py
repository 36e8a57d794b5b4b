"""Where a step stands in the tree of templates: what is around it, what it renders itself, what it was given."""

from collections.abc import Iterator
from typing import Any

from visualizer.findings.like import around_of
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import duration

_MOST_INSIDE = 40

Row = dict[str, Any]


def rendering_of(reading: Reading, event: Event) -> dict[str, Any] | None:
    """`{around, inside, more, names, of}`; None for a step that no template has to do with.

    `around` begins with the outermost and ends with this step's own node, `inside` is what that renders directly, like
    ones folded; `names` are those of the context that `of` was given.
    """
    own = (reading.enter(event) or event) if event["kind"] == "template" else None
    around = [each for each in around_of(reading, event) if each["kind"] == "template"][::-1]
    if own is None and not around:
        return None
    nodes = [*around, own] if own is not None else around
    inside = _folded(reading, own) if own is not None else []
    giver = next((each for each in reversed(nodes) if detail(each).get("context")), None)
    return {
        "around": [_row(reading, each, own) for each in nodes],
        "inside": inside[:_MOST_INSIDE],
        "more": max(0, len(inside) - _MOST_INSIDE),
        "names": _context_names(giver) if giver is not None else [],
        "of": str(giver["name"]) if giver is not None and giver is not own else "",
    }


def _row(reading: Reading, node: Event, own: Event | None) -> Row:
    facts, took = detail(node), reading.duration_ns(node)
    line = facts.get("line")
    return {
        "node": facts.get("node") or "template",
        "name": str(node["name"]),
        "place": f"{facts.get('template')} line {line}" if line else "",
        "took": duration(took) if took is not None else "",
        "seq": node["seq"],
        "is_this": node is own,
        "count": 1,
    }


def _folded(reading: Reading, own: Event) -> list[Row]:
    """The nodes right inside, those of one name from one line as one."""
    rows: dict[tuple[Any, ...], Row] = {}
    total: dict[tuple[Any, ...], int] = {}
    for node in _nearest(reading, own):
        facts = detail(node)
        key = (facts.get("node"), node["name"], facts.get("template"), facts.get("line"))
        total[key] = total.get(key, 0) + (reading.duration_ns(node) or 0)
        if key in rows:
            rows[key] |= {"count": rows[key]["count"] + 1, "took": duration(total[key])}
        else:
            rows[key] = _row(reading, node, None)
    return list(rows.values())


def _nearest(reading: Reading, own: Event) -> Iterator[Event]:
    """The template nodes inside with no other in between."""
    for child in reading.children(own):
        if child["kind"] == "template":
            yield child
        else:
            yield from _nearest(reading, child)


def _context_names(event: Event) -> list[dict[str, str]]:
    """The names that a template was given, each with the last part of its type's name and the whole."""
    facts = detail(event)
    types = facts.get("types") or {}
    names = ((name, str(types.get(name, ""))) for name in facts.get("context") or [])
    return [{"name": name, "type": kind.rpartition(".")[2], "path": kind} for name, kind in names]
