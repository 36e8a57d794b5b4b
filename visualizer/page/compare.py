"""Two requests beside each other, as `visualizer/compare/compare.html` shows them."""

from typing import Any

from visualizer.findings.comparing.comparison import (
    DIFFERS,
    FIRST_ONLY,
    SECOND_ONLY,
    Comparison,
    Row,
    StageRows,
)
from visualizer.findings.comparing.items import Item
from visualizer.findings.comparing.words import comparison_said
from visualizer.lessons.outcomes import outcome_said
from visualizer.lessons.reading import Reading
from visualizer.lessons.wording import counted, duration
from visualizer.recorder import Trace
from visualizer.visitors import visitor_of

MOST_ROWS = 60
_FULL = 100.0
# What others run inside of takes as long as those: the bars of the stages tell it apart.
_TIMED = ("database", "cache", "permission", "signal", "outbound")
_STATES = {DIFFERS: "not the same", FIRST_ONLY: "in the first only", SECOND_ONLY: "in the second only"}
_GROUPS = {
    "request": "The request",
    "header": "Headers",
    "middleware": "Layers",
    "change": "What they changed",
    "hook": "Hooks",
    "database": "Queries",
    "cache": "Cache",
    "permission": "Permissions",
    "template": "Templates",
    "exception": "Exceptions",
    "signal": "Signals",
}


def compare_context(first: Trace, second: Trace) -> dict[str, Any]:
    """What the template needs to show `first` on the left and `second` on the right."""
    readings = Reading(first.as_dict()), Reading(second.as_dict())
    comparison = Comparison(*readings)
    longest = max((reading.trace["duration_ns"] or 0) for reading in readings)
    stages = [_stage(stage, longest) for stage in comparison.stages]
    return {
        "sentence": comparison_said(comparison),
        "first": _side(first, readings[0], longest, "first", 1),
        "second": _side(second, readings[1], longest, "second", 2),
        "stages": stages,
        "differences": counted(sum(stage["count"] for stage in stages), "difference"),
        "longest": duration(longest),
    }


def _side(trace: Trace, reading: Reading, longest: int, name: str, number: int) -> dict[str, Any]:
    request, took = reading.trace["request"], reading.trace["duration_ns"]
    status = (reading.trace.get("response") or {}).get("status")
    return {
        "id": trace.id,
        "name": name,
        "number": number,
        "method": request["method"],
        "path": request["path"] + (f"?{request['query_string']}" if request["query_string"] else ""),
        "user": visitor_of(trace),
        "status": status or "···",
        "status_class": f"s{status // 100}" if status else "s0",
        "outcome": outcome_said(reading),
        "took": duration(took) if took is not None else "running",
        "width": _share(took, longest),
    }


def _share(part: int | None, whole: int) -> float:
    """Percent, exact enough for a bar; what there is can be seen."""
    return round(max(_FULL * part / whole, 0.4), 2) if part and whole else 0.0


def _stage(stage: StageRows, longest: int) -> dict[str, Any]:
    different = stage.different
    return {
        "name": stage.stage.name,
        "number": stage.stage.number,
        "title": stage.stage.title,
        "count": len(different),
        "times": [_time(ns, longest) for ns in (stage.first_ns, stage.second_ns)],
        "has_time": stage.first_ns is not None or stage.second_ns is not None,
        "groups": _groups(different[:MOST_ROWS]),
        "omitted": max(0, len(different) - MOST_ROWS),
        "same": _names(stage.same),
        "same_count": len(stage.same),
    }


def _time(ns: int | None, longest: int) -> dict[str, Any]:
    return {"took": duration(ns) if ns is not None else "–", "width": _share(ns, longest)}


def _names(rows: list[Row]) -> list[str]:
    return [row.item.label if row.item.kind == "change" else f"{row.item.label} {row.item.says}" for row in rows]


def _groups(rows: list[Row]) -> list[dict[str, Any]]:
    """The rows of a stage by what they are of, in the order in which each kind begins."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(_GROUPS.get(row.item.kind, ""), []).append(_row(row))
    return [{"title": title, "rows": found} for title, found in groups.items()]


def _row(row: Row) -> dict[str, Any]:
    return {
        "label": row.item.label,
        "note": row.item.says if row.item.kind == "database" else "",
        "state": row.state,
        "state_said": _STATES[row.state],
        "first": _cell(row.first),
        "second": _cell(row.second),
    }


def _cell(item: Item | None) -> dict[str, Any] | None:
    if item is None:
        return None
    says = "" if item.kind in ("database", "template") else item.says
    count = f"{item.count:,} ×" if item.count > 1 or item.kind in ("database", "template") else ""
    took = duration(item.duration_ns) if item.duration_ns is not None and item.kind in _TIMED else ""
    return {"seq": item.seq, "says": says, "count": count, "took": took}
