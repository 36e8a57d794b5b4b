from pathlib import Path

import django
import pytest

from tests.lessons.documentation import middleware_of, shipped
from visualizer.lessons.middleware import MIDDLEWARE_LESSONS, middleware_lesson

DJANGO = Path(django.__file__).parent


def of_django():
    """What the Django here ships, and what the other releases do."""
    return sorted({*middleware_of(DJANGO), *shipped()})


def test_django_has_more_than_a_dozen():
    assert len(middleware_of(DJANGO)) > 15
    assert "django.middleware.csp.ContentSecurityPolicyMiddleware" in shipped()


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
