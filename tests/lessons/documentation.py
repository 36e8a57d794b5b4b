"""Which pages and anchors Django's documentation has; `python -m tests.lessons.documentation FOLDER ...` lists them.

Each FOLDER is an unpacked source archive of a Django release from PyPI (its `docs/` are the sources of
docs.djangoproject.com). Of every page to which a lesson leads, the anchors are kept that Sphinx makes: one for each
title, label, class, function, attribute, setting and signal.
The names of the middleware that they ship are kept as well.
"""

import ast
import json
import re
import sys
from pathlib import Path

from visualizer.lessons.hooks import HOOK_LESSONS
from visualizer.lessons.lesson import Lesson, MiddlewareLesson
from visualizer.lessons.middleware import MIDDLEWARE_LESSONS, OTHER_MIDDLEWARE
from visualizer.lessons.moments import MOMENT_LESSONS
from visualizer.lessons.outcomes import OUTCOME_LESSONS
from visualizer.lessons.signals import SIGNAL_LESSON, SIGNAL_LESSONS
from visualizer.lessons.stages import STAGE_LESSONS

FILE = Path(__file__).with_name("documentation.json")
_ROLE = re.compile(r":[\w:]+:`(?:~[\w.]*\.)?!?([^`<]*?)(?:\s*<[^>]*>)?`")
_OBJECT = re.compile(r"( *)\.\. (?:class|function|method|attribute|data|exception|decorator):: +([\w.]+)")
_MODULE = re.compile(r"\.\. (?:current)?module:: +([\w.]+)")
_LABEL = re.compile(r"\.\. _([\w. -]+):\s*$")
_TITLE = re.compile(r"([=\-~*^\"])\1{2,}\s*$")


def every_lesson() -> list[tuple[str, Lesson | MiddlewareLesson]]:
    """Every lesson that there is, with a name to tell it by."""
    return [
        *STAGE_LESSONS.items(),
        *OUTCOME_LESSONS.items(),
        *HOOK_LESSONS.items(),
        *MOMENT_LESSONS.items(),
        *SIGNAL_LESSONS.items(),
        *MIDDLEWARE_LESSONS.items(),
        ("any", OTHER_MIDDLEWARE),
        ("signal", SIGNAL_LESSON),
    ]


def pages() -> set[str]:
    """The pages of Django's documentation to which the lessons lead, without anchors."""
    targets = (lesson.page for _, lesson in every_lesson())
    return {page.partition("#")[0] for page in targets if not page.startswith("https://")}


def anchors_of(source: str) -> set[str]:
    """The anchors of a page, by docutils' rules: what is no letter or digit becomes a hyphen."""
    found, module = set(), ""
    lines = source.splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        if match := _MODULE.match(line):
            module = match[1]
        elif match := _LABEL.match(line):
            found.add(_slug(match[1]))
        elif match := _OBJECT.match(line):
            found |= {match[2], f"{module}.{match[2]}"}
        elif _TITLE.match(line) and before.strip() and not _TITLE.match(before):
            found.add(_slug(_ROLE.sub(r"\1", before)))
    return found


def _slug(title: str) -> str:
    plain = title.replace("\\s", "s").replace("\\", "")
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def read(folder: Path) -> tuple[str, dict[str, list[str]]]:
    """The release of an unpacked archive, and the anchors of each of the pages in it."""
    version = re.search(r"^Version: (\d+\.\d+)", (folder / "PKG-INFO").read_text("utf-8"), re.MULTILINE)
    if version is None:
        raise ValueError(f"{folder} is no unpacked source archive of Django: its PKG-INFO names no version.")
    return version[1], {page: sorted(anchors_of(_source(folder / "docs", page))) for page in sorted(pages())}


def _source(docs: Path, page: str) -> str:
    file = docs / f"{page.rstrip('/')}.txt"
    return (file if file.is_file() else docs / page / "index.txt").read_text("utf-8")


def known() -> dict[str, dict[str, set[str]]]:
    """The list as it was written: the anchors of each page of each release."""
    told = json.loads(FILE.read_text("utf-8"))
    common = told.pop("in all")
    del told["middleware"]
    return {
        release: {page: {*common.get(page, ()), *own.get(page, ())} for page in {*common, *own}}
        for release, own in told.items()
    }


def middleware_of(django: Path) -> list[str]:
    """Every middleware class below Django's own folder, by its dotted path; read, as not all of it can be imported."""
    files = [*django.glob("middleware/*.py"), *django.glob("contrib/*/middleware.py")]
    return sorted(path for file in files for path in _classes(file, django))


def _classes(file: Path, django: Path) -> list[str]:
    module = ".".join(["django", *file.relative_to(django).with_suffix("").parts])
    names = [node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.ClassDef)]
    return [f"{module}.{name}" for name in names if name.endswith("Middleware")]


def shipped() -> list[str]:
    """The middleware that the releases of the list ship between them."""
    names: list[str] = json.loads(FILE.read_text("utf-8"))["middleware"]
    return names


def as_text(releases: dict[str, dict[str, list[str]]], middleware: set[str]) -> str:
    """What all releases have is written once."""
    common = {page: sorted(set.intersection(*(set(each[page]) for each in releases.values()))) for page in pages()}
    own = {
        release: {page: left for page, found in each.items() if (left := sorted({*found} - {*common[page]}))}
        for release, each in releases.items()
    }
    told = {"in all": common, "middleware": sorted(middleware), **own}
    return json.dumps(told, indent=0, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    folders = [Path(folder) for folder in sys.argv[1:]]
    names = {name for folder in folders for name in middleware_of(folder / "django")}
    FILE.write_text(as_text(dict(map(read, folders)), names), "utf-8")
