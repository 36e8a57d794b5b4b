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
_NAMING_KINDS = ("middleware", "hook", "view", "permission", "database", "template", "hop", "exception")
_AROUND = 4
_AFTER_A_DEFINITION = 10
_LONGEST_LINE = 400


def named_files(reading: Reading) -> set[str]:
    """Every file that an event of the recorder's names, exactly as it names it."""
    return {file for event in reading.events if event["kind"] in _NAMING_KINDS for file in _files_of(event)}


def _files_of(event: Event) -> Iterator[str]:
    facts = detail(event)
    for holder in (facts, facts.get("origin") or {}, *(facts.get("frames") or ())):
        if holder.get("file"):
            yield str(holder["file"])


def excerpt(reading: Reading, file: str, line: int, *, defined: bool = False) -> dict[str, Any] | None:
    """`{place, role, lines: [{number, text, marked}], problem, changed}`; None for a file that the trace does not name.

    A line that ran is shown with what stands around it, a definition with what follows it.
    """
    if file not in named_files(reading) or line < 1:
        return None
    shown: dict[str, Any] = {"place": place(file, line), "role": "defined here" if defined else "ran here"}
    try:
        lines = _lines(Path(file), line, defined)
        return {**shown, "lines": lines, "changed": _changed_since(reading, Path(file)), "problem": ""}
    except LookupError:
        return {**shown, "lines": [], "changed": True, "problem": f"This file has no line {line} any more."}
    except (OSError, UnicodeError, SyntaxError, ValueError):
        return {**shown, "lines": [], "changed": False, "problem": "This file cannot be read here."}


def _lines(file: Path, line: int, defined: bool) -> list[dict[str, Any]]:
    first, last = (line, line + _AFTER_A_DEFINITION) if defined else (max(1, line - _AROUND), line + _AROUND)
    numbered = list(_read(file, first, last))
    if len(numbered) <= line - first:
        raise LookupError(line)
    return [{"number": number, "text": text, "marked": number == line} for number, text in numbered]


def _read(file: Path, first: int, last: int) -> Iterator[tuple[int, str]]:
    if not file.is_absolute() or not file.is_file():
        raise FileNotFoundError(file)
    with source_of(file) as source:
        for number, text in enumerate(itertools.islice(source, first - 1, last), first):
            yield number, text.rstrip()[:_LONGEST_LINE]


def _changed_since(reading: Reading, file: Path) -> bool:
    started = dt.datetime.fromisoformat(reading.trace["started_at"]) if reading.trace.get("started_at") else None
    return started is not None and file.stat().st_mtime > started.timestamp()
