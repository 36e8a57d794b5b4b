import ast
from pathlib import Path

import django
import pytest

from visualizer.lessons.middleware import MIDDLEWARE_LESSONS, middleware_lesson

DJANGO = Path(django.__file__).parent


def of_django():
    """Every middleware class that Django ships, by its dotted path; read, as not every app of theirs is installed."""
    files = [*DJANGO.glob("middleware/*.py"), *DJANGO.glob("contrib/*/middleware.py")]
    return sorted(path for file in files for path in _classes(file))


def _classes(file):
    module = ".".join(["django", *file.relative_to(DJANGO).with_suffix("").parts])
    nodes = ast.parse(file.read_text("utf-8")).body
    names = [node.name for node in nodes if isinstance(node, ast.ClassDef)]
    return [f"{module}.{name}" for name in names if name.endswith("Middleware")]


def test_django_has_more_than_a_dozen():
    assert len(of_django()) > 15


@pytest.mark.parametrize("path", of_django())
def test_each_of_djangos_middleware_has_a_lesson(path):
    assert path in MIDDLEWARE_LESSONS


@pytest.mark.parametrize("path", MIDDLEWARE_LESSONS)
@pytest.mark.parametrize("on_the_way_out", [False, True], ids=["in", "out"])
def test_a_lesson_is_short_and_says_something_in_each_direction(path, on_the_way_out):
    lesson = middleware_lesson(path, on_the_way_out=on_the_way_out)
    assert lesson.title == path.rpartition(".")[2]
    assert 20 < len(lesson.text) < 400
    assert lesson.text.endswith(".")
    assert "  " not in lesson.text
    assert lesson.link("5.2").startswith("https://")


def test_the_projects_own_middleware_has_none():
    assert middleware_lesson("shop.middleware.BannedUserMiddleware", on_the_way_out=False) is None
