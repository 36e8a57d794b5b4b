"""One SQL statement as the inspector shows it."""

import re
from collections.abc import Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import place, vendor

# Where a statement is broken into lines: clauses, outside of quoted names and texts.
_CLAUSE = re.compile(
    r"""('(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`)"""
    r"""|\s+\b(FROM|WHERE|(?:LEFT OUTER |INNER )?JOIN|GROUP BY|HAVING|ORDER BY|LIMIT|VALUES|SET|RETURNING|UNION)\b"""
)


def statement_of(reading: Reading, event: Event) -> dict[str, Any] | None:
    """`{text, params, vendor, origin, alike, omitted}`; `alike` counts the same statement in the whole trace."""
    if event["kind"] != "database":
        return None
    facts = detail(reading.enter(event) or event)
    sql = str(facts.get("sql") or "")
    alike = sum(1 for other in reading.of_kind("database") if detail(other).get("sql") == facts.get("sql"))
    return {
        "text": broken_into_lines(sql),
        "params": facts.get("params") or [],
        "vendor": vendor(facts.get("vendor")),
        "origin": _origin(facts.get("origin") or {}),
        "alike": alike,
        "omitted": reading.omitted("database"),
    }


def broken_into_lines(sql: str) -> str:
    """The statement with each clause on its own line; quoted names and texts stay as they are."""
    return _CLAUSE.sub(lambda found: found.group(1) or f"\n{found.group(2)}", sql)


def _origin(origin: Mapping[str, Any]) -> str:
    if origin.get("where") == "python":
        function = f", in {origin['function']}" if origin.get("function") else ""
        return f"{place(origin.get('file'), origin.get('line'))}{function}"
    if origin.get("where") == "template":
        return f"{origin.get('template')} line {origin.get('line')}"
    return ""
