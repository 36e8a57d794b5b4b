"""Lines of source around a place, read only from files that the trace itself names."""

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from visualizer.findings.source import source_of
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import place

# Who may name a file: what the recorder saw itself. The browser's report is not among them.
_NAMING_KINDS = frozenset(
    ["middleware", "hook", "view", "permission", "cache", "outbound", "database", "template", "hop", "exception"]
)
_AROUND = 4
_AFTER_A_DEFINITION = 10
_MOST_OF_A_FUNCTION = 60
_LONGEST_LINE = 400


def named_files(reading: Reading) -> set[str]:
    """Every file that an event of the recorder's names, exactly as it names it."""
    return {file for event in reading.events if event["kind"] in _NAMING_KINDS for file in _files_of(event)}


def _files_of(event: Event) -> Iterator[str]:
    facts = detail(event)
    for holder in (facts, facts.get("origin") or {}, *(facts.get("frames") or ())):
        if holder.get("file"):
            yield str(holder["file"])


def excerpt(
    reading: Reading, file: str, line: int, *, defined: bool = False, function: tuple[int, int] | None = None
) -> dict[str, Any] | None:
    """`{place, role, lines: [{number, text, marked}], problem, changed}`; None for a file that the trace does not name.

    A line that ran is shown with what stands around it, a definition with what follows it. Where the first and the last
    line of the `function` are known, all of it is shown unless it is long.
    """
    if file not in reading.once(named_files) or line < 1:
        return None
    shown: dict[str, Any] = {"place": place(file, line), "role": "defined here" if defined else "ran here"}
    try:
        lines = _lines(Path(file), line, _range(line, defined, function))
        return {**shown, "lines": lines, "changed": _changed_since(reading, Path(file)), "problem": ""}
    except LookupError:
        return {**shown, "lines": [], "changed": True, "problem": f"This file has no line {line} any more."}
    except (OSError, UnicodeError, SyntaxError, ValueError):
        return {**shown, "lines": [], "changed": False, "problem": "This file cannot be read here."}


def _range(line: int, defined: bool, function: tuple[int, int] | None) -> tuple[int, int]:
    first, last = (line, line + _AFTER_A_DEFINITION) if defined else (max(1, line - _AROUND), line + _AROUND)
    if function is None:
        return first, last
    if defined or function[1] - function[0] < _MOST_OF_A_FUNCTION:
        return function[0], min(function[1], function[0] + _MOST_OF_A_FUNCTION)
    half = _MOST_OF_A_FUNCTION // 2
    return max(function[0], line - half), min(function[1], line + half)


def _lines(file: Path, line: int, shown: tuple[int, int]) -> list[dict[str, Any]]:
    first, last = shown
    numbered = list(_read(file, first, last))
    if len(numbered) <= line - first:
        raise LookupError(line)
    return [{"number": number, "text": text, "marked": number == line} for number, text in numbered]


def view_around(reading: Reading, event: Event, file: str, line: int) -> tuple[int, int] | None:
    """First and last line of the view inside which this event happened, if this line of this file is one of its."""
    around = reading.parent(event)
    while around is not None and around["kind"] != "view":
        around = reading.parent(around)
    facts = detail(around) if around is not None else {}
    first, last = int(facts.get("line") or 0), int(facts.get("end_line") or 0)
    return (first, last) if facts.get("file") == file and first <= line <= last else None


def _read(file: Path, first: int, last: int) -> Iterator[tuple[int, str]]:
    if not file.is_absolute() or not file.is_file():
        raise FileNotFoundError(file)
    with source_of(file) as source:
        for number, text in enumerate(itertools.islice(source, first - 1, last), first):
            yield number, text.rstrip()[:_LONGEST_LINE]


def _changed_since(reading: Reading, file: Path) -> bool:
    started = dt.datetime.fromisoformat(reading.trace["started_at"]) if reading.trace.get("started_at") else None
    return started is not None and file.stat().st_mtime > started.timestamp()
