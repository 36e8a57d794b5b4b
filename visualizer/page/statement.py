"""One SQL statement as the inspector shows it."""

import re
from typing import Any

from visualizer.lessons.kinds.database import asked_by
from visualizer.lessons.kinds.sql import limit_of
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import clip, vendor

# Where a statement is broken into lines: clauses, outside of quoted names and texts.
_CLAUSE = re.compile(
    r"""('(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`)"""
    r"""|\s+\b(FROM|WHERE|(?:LEFT OUTER |INNER )?JOIN|GROUP BY|HAVING|ORDER BY|LIMIT|VALUES|SET|RETURNING|UNION)\b"""
)
# django.db.models.query.MAX_GET_RESULTS: enough to say "it returned more than 20".
_LIMIT_OF_GET = 21
# Django names every column: the list of a wide table would push all else out of sight.
_LONGEST_CLAUSE = 150


def statement_of(reading: Reading, event: Event) -> dict[str, Any] | None:
    """`{text, whole, params, vendor, origin, is_get, alike, omitted}`; `alike` counts it in the trace."""
    if event["kind"] != "database":
        return None
    facts = detail(reading.enter(event) or event)
    sql = str(facts.get("sql") or "")
    alike = sum(1 for other in reading.of_kind("database") if detail(other).get("sql") == facts.get("sql"))
    whole = broken_into_lines(sql)
    short = "\n".join(clip(line, _LONGEST_CLAUSE) for line in whole.splitlines())
    return {
        "text": short,
        "whole": whole if short != whole else "",
        "params": facts.get("params") or [],
        "vendor": vendor(facts.get("vendor")),
        "origin": _origin(reading.enter(event) or event),
        "is_get": limit_of(sql) == _LIMIT_OF_GET,
        "alike": alike,
        "omitted": reading.omitted("database"),
    }


def broken_into_lines(sql: str) -> str:
    """The statement with each clause on its own line; quoted names and texts stay as they are."""
    return _CLAUSE.sub(lambda found: found.group(1) or f"\n{found.group(2)}", sql)


def _origin(opened: Event) -> dict[str, Any] | None:
    """`{place, function, is_ours}` of the line that asked, if one was seen."""
    origin = detail(opened).get("origin") or {}
    if not asked_by(opened):
        return None
    return {"place": asked_by(opened), "function": origin.get("function"), "is_ours": origin.get("where") != "library"}
