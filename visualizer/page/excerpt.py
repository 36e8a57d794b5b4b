"""Lines of source around a place, read only from files that the trace itself names."""

import datetime as dt
import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from visualizer.conf import get_settings
from visualizer.editors import editor_url
from visualizer.findings.source import source_of
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import place
from visualizer.page.colouring import coloured, suffix_of
from visualizer.page.markup import markup

# Who may name a file: what the recorder saw itself. The browser's report is not among them.
_NAMING_KINDS = frozenset(
    ["middleware", "hook", "view", "permission", "cache", "outbound", "database", "template", "hop", "exception"]
)
_AROUND = 4
_AFTER_A_DEFINITION = 10
_MOST_OF_A_FUNCTION = 60
_LONGEST_LINE = 400
# A file that is read from here on is neither inside a text of several lines nor inside brackets.
_DEFINITION = re.compile(r"\s*(?:async\s+def|def|class)\b|@")
_STARTED_AT = time.time()


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
    """`{place, location, role, lines: [{number, text, pieces, html, marked}], editor, problem, doubt, changed}`.

    None for a file that the trace does not name. A line that ran is shown with what stands around it, a definition with
    what follows it. Where first and last line of the `function` are known, all of it is shown unless it is long.
    """
    if file not in reading.once(named_files) or line < 1:
        return None
    shown = {**_named(file, line), "role": "defined here" if defined else "ran here", "lines": [], "changed": False}
    try:
        if _changed_since(reading, Path(file)):
            return {**shown, "changed": True, "problem": _CHANGED}
        lines = _lines(Path(file), line, _range(line, defined, function))
        return {**shown, "lines": lines, "doubt": _doubt(Path(file)), "problem": ""}
    except LookupError:
        return {**shown, "problem": f"This file has no line {line}."}
    except (OSError, UnicodeError, SyntaxError, ValueError):
        return {**shown, "problem": "This file cannot be read here."}


_CHANGED = (
    "This file was changed after the request ran: what stands on this line now need not be what ran, so it is not "
    "shown. Send the request again to see it."
)
_OLDER_CODE = (
    "This file was changed after the server started. Unless the server has loaded it again, what ran is the older text."
)


def _named(file: str, line: int) -> dict[str, Any]:
    """How a line is called, to be read, copied and opened."""
    editor = get_settings().editor
    opens = editor_url(editor, file, line) if editor and Path(file).is_absolute() else ""
    return {"place": place(file, line), "location": f"{file}:{line}", "editor": opens, "doubt": ""}


def _doubt(file: Path) -> str:
    """Templates are read anew, modules are not."""
    return _OLDER_CODE if file.suffix == ".py" and file.stat().st_mtime > _STARTED_AT else ""


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
    texts = _read(file, last)
    if len(texts) < line:
        raise LookupError(line)
    begin = _begin(texts, first, file.suffix)
    pieces = coloured("\n".join(texts[begin - 1 :]), suffix_of(str(file)))[first - begin :]
    return [
        {"number": number, "text": text, "pieces": each, "html": markup(each), "marked": number == line}
        for number, text, each in zip(itertools.count(first), texts[first - 1 :], pieces, strict=False)
    ]


def _begin(texts: list[str], first: int, suffix: str) -> int:
    """The line from which a file is read to know what the first shown line is part of."""
    if suffix != ".py":
        return 1
    return next((number for number in range(first, 0, -1) if _DEFINITION.match(texts[number - 1])), 1)


def view_around(reading: Reading, event: Event, file: str, line: int) -> tuple[int, int] | None:
    """First and last line of the view inside which this event happened, if this line of this file is one of its."""
    around = reading.parent(event)
    while around is not None and around["kind"] != "view":
        around = reading.parent(around)
    facts = detail(around) if around is not None else {}
    first, last = int(facts.get("line") or 0), int(facts.get("end_line") or 0)
    return (first, last) if facts.get("file") == file and first <= line <= last else None


def _read(file: Path, last: int) -> list[str]:
    if not file.is_absolute() or not file.is_file():
        raise FileNotFoundError(file)
    with source_of(file) as source:
        return [text.rstrip()[:_LONGEST_LINE] for text in itertools.islice(source, last)]


def _changed_since(reading: Reading, file: Path) -> bool:
    started = dt.datetime.fromisoformat(reading.trace["started_at"]) if reading.trace.get("started_at") else None
    return started is not None and file.stat().st_mtime > started.timestamp()
