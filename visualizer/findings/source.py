"""The text of a line that asked for a query, read from the files that the trace itself names."""

import itertools
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from visualizer.lessons.reading import Event, Reading, detail

# Their line stands in one template, their file is that of the one they ask for.
NODES_OF_ANOTHER = ("include", "import", "inclusion")


def template_file(reading: Reading, template: str | None) -> str:
    """The file of a template by its name, as an event of its rendering names it; empty if none does."""
    return reading.once(_template_files).get(template, "")


def _template_files(reading: Reading) -> dict[str | None, str]:
    files: dict[str | None, str] = {}
    for event in reading.of_kind("template"):
        if detail(event).get("file"):
            files.setdefault(_owner(event), str(detail(event)["file"]))
    return files


def _owner(event: Event) -> str | None:
    """The template of the event's file: an include's or import's is that of what it asks for."""
    facts = detail(event)
    return str(event["name"]) if facts.get("node") in NODES_OF_ANOTHER else facts.get("template")


def asking_line(reading: Reading, event: Event) -> str:
    """The line of the project that asked for a query, with those that continue a chain of calls; empty if unknown."""
    origin = detail(event).get("origin") or {}
    file = origin.get("file")
    if origin.get("where") == "template":
        file = template_file(reading, origin.get("template"))
    elif origin.get("where") != "python":
        return ""
    return _line(Path(str(file)), int(origin.get("line") or 0)) if file else ""


def _line(file: Path, number: int) -> str:
    if number < 1 or not file.is_absolute() or not file.is_file():
        return ""
    try:
        with source_of(file) as source:
            lines = itertools.islice(source, number - 1, None)
            return "".join(_with_continuation(lines))
    except (OSError, UnicodeError, SyntaxError, ValueError):
        return ""


def _with_continuation(lines: Iterator[str]) -> Iterator[str]:
    yield next(lines, "").rstrip("\n")
    yield from (line.strip() for line in itertools.takewhile(lambda line: line.lstrip().startswith("."), lines))


def source_of(file: Path) -> IO[str]:
    """A file opened for reading; a Python file may declare its encoding."""
    return tokenize.open(str(file)) if file.suffix == ".py" else file.open(encoding="utf-8", errors="replace")
