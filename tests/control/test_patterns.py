"""The project's URLconf gives paths to try, or a reason why there are none."""

import sys
from types import ModuleType

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.utils.translation import gettext_lazy

from visualizer.control.patterns import MAX_PATTERNS, project_patterns


def view(request):
    raise NotImplementedError


@pytest.fixture
def paths_of(settings, monkeypatch):
    """Return a function that gives the paths found in a URLconf of these patterns."""

    def found(*patterns):
        module = ModuleType("tests_patterns_urls")
        module.urlpatterns = list(patterns)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        settings.ROOT_URLCONF = module.__name__
        return project_patterns().paths

    return found


def test_patterns_are_paths_in_their_order(paths_of):
    assert paths_of(path("b/", view), path("", view), path("a/<slug:slug>/", view)) == ("/b/", "/", "/a/<slug:slug>/")


def test_included_patterns_have_their_prefix(paths_of):
    inner = [path("", view), path("<int:pk>/", include([path("edit/", view)]))]
    assert paths_of(path("shop/", include(inner))) == ("/shop/", "/shop/<int:pk>/edit/")


@pytest.mark.parametrize(
    ("regex", "shown"),
    [
        (r"^books/(?P<pk>[0-9]+)/$", "/books/<pk>/"),
        (r"^books/([0-9]{4})/$", "/books/<var>/"),
        (r"^(?:books|tomes)/$", "/<var>/"),
        (r"^$", "/"),
        (r"^files/(?P<path>.*)$", "/files/<path>"),
    ],
)
def test_regular_expressions_are_made_readable(paths_of, regex, shown):
    assert paths_of(re_path(regex, view)) == (shown,)


def test_the_same_path_is_offered_once(paths_of):
    assert paths_of(path("a/", view), path("a/", view)) == ("/a/",)


def test_languages_and_translated_paths_are_those_of_the_site(paths_of, settings):
    settings.LANGUAGE_CODE = "de"
    assert paths_of(*i18n_patterns(path("about/", view))) == ("/de/about/",)
    assert paths_of(path(gettext_lazy("about/"), view)) == ("/about/",)


def test_there_are_not_too_many(paths_of):
    assert len(paths_of(*(path(f"{number}/", view) for number in range(1000)))) == MAX_PATTERNS


@pytest.mark.parametrize(
    "source", ["import no_such_module", "urlpatterns = 7", "urlpatterns = [", "raise SystemError('x')"]
)
def test_a_broken_urlconf_gives_a_reason(settings, tmp_path, monkeypatch, source):
    (tmp_path / "tests_patterns_broken.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tests_patterns_broken", raising=False)
    settings.ROOT_URLCONF = "tests_patterns_broken"
    patterns = project_patterns()
    assert patterns.paths == ()
    assert patterns.problem.startswith("The URLconf cannot be read: ")
