import pytest

from visualizer.lessons.lesson import Lesson, MiddlewareLesson

VIEWS = Lesson("Views", "Text.", "topics/http/views/")


@pytest.mark.parametrize(
    ("version", "release"),
    [("5.2.19", "5.2"), ("6.0", "6.0"), ("6.1rc1", "6.1"), ("6.2.dev20261101", "dev"), ("", "stable")],
)
def test_the_link_leads_to_the_documentation_of_the_version_that_ran(version, release):
    assert VIEWS.link(version) == f"https://docs.djangoproject.com/en/{release}/topics/http/views/"


def test_a_page_elsewhere_is_linked_as_it_is():
    assert Lesson("W", "T.", "https://example.org/w/").link("5.2") == "https://example.org/w/"


def test_each_direction_has_its_own_half():
    both = MiddlewareLesson("It looks.", "It writes.", "ref/")
    assert both.lesson("M", on_the_way_out=False).text == "It looks."
    assert both.lesson("M", on_the_way_out=True).text == "It writes."


def test_a_direction_without_work_says_so_and_tells_the_other():
    out_only = MiddlewareLesson("", "It writes.", "ref/")
    assert out_only.lesson("M", on_the_way_out=False).text == "It has work only on the way out. It writes."
