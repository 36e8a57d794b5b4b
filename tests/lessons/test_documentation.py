"""Every lesson leads to a place that Django's documentation has, in each release that may run.

documentation.json holds the pages and anchors of 5.2, 6.0 and 6.1, read from the `docs/` of Django's source archives
by tests/lessons/documentation.py, which says how to write it anew.
"""

import pytest

from tests.lessons.documentation import FILE, anchors_of, every_lesson, known

KNOWN = known()
# What came after 5.2, and so cannot run in what is older.
SINCE = {"django.middleware.csp.ContentSecurityPolicyMiddleware": "6.0"}


def releases(name):
    return [release for release in KNOWN if release >= SINCE.get(name, "")]


def test_three_releases_are_known():
    assert sorted(KNOWN) == ["5.2", "6.0", "6.1"]


@pytest.mark.parametrize(("name", "lesson"), every_lesson(), ids=[name for name, _ in every_lesson()])
def test_the_place_to_which_a_lesson_leads_exists(name, lesson):
    page, _, anchor = lesson.page.partition("#")
    if page.startswith("https://"):
        assert not name.startswith("django.")
        return
    for release in releases(name):
        assert page in KNOWN[release], f"{page} is not in {FILE.name}: see tests/lessons/documentation.py"
        assert not anchor or anchor in KNOWN[release][page], f"Django {release} has no {page}#{anchor}"


def test_anchors_are_made_as_sphinx_makes_them():
    source = """
.. _my-label:

The ``process_view()`` hook
===========================

.. module:: django.core.signals

.. data:: request_started

:class:`~django.http.HttpResponse` objects
------------------------------------------
"""
    assert anchors_of(source) == {
        "my-label",
        "the-process-view-hook",
        "request_started",
        "django.core.signals.request_started",
        "httpresponse-objects",
    }
