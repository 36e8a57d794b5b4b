"""Secrets in paths, by the routes of the project."""

import sys
from types import ModuleType

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path, re_path
from django.utils.translation import gettext_lazy

from tests.driving import INTERFACES, ask, handler_for, observe
from tests.site.settings import site
from visualizer import secret_paths
from visualizer.redaction import HIDDEN, cut
from visualizer.secret_paths import hide_in_paths, learn_routes


def view(request, **captured):
    return HttpResponse("seen")


class Strange:
    """No pattern at all."""


@pytest.fixture
def learn(monkeypatch):
    """Return a function that makes these patterns the project's, and the only ones that are known."""

    def learn(*patterns):
        module = ModuleType("tests_secret_paths")
        module.urlpatterns = list(patterns)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(secret_paths, "_tables", {})
        monkeypatch.setattr(secret_paths, "_secret_routes", [])
        learn_routes(module.__name__)

    return learn


@pytest.mark.parametrize(
    ("pattern", "text", "hidden"),
    [
        (path("reset/<uidb64>/<token>/", view), "/reset/MQ/abc-123/", "/reset/MQ/*/"),
        (path("reset/<uidb64>/<token>/", view), "GET /reset/MQ/abc-123/", "GET /reset/MQ/*/"),
        (path("reset/<uidb64>/<token>/", view), "http://a.b/app/reset/MQ/abc/?x=1", "http://a.b/app/reset/MQ/*/?x=1"),
        (
            path("reset/<token>/", view),
            "no user for '/reset/abc/' or /reset/def/",
            "no user for '/reset/*/' or /reset/*/",
        ),
        (path("reset/<token>/", view), "/reset/abc/more/", "/reset/abc/more/"),
        (path("reset/<token>/", view), "/reset/a b?c/", "/reset/*/"),
        (path("page/<slug:slug>/", view), "/page/abc/", "/page/abc/"),
        (path("f/<path:secret>", view), "/f/a/b/c", "/f/*"),
        (re_path(r"^reset/(?P<token>[a-z]+)/(\d+)/$", view), "/reset/abc/12/", "/reset/*/12/"),
        (re_path(r"^reset/(?P<token>(a|b)+)$", view), "/reset/abab", "/reset/*"),
        (path("t/<token>/", include([path("a/", view), path("b/<api_key>/", view)])), "/t/x/b/y/", "/t/*/b/*/"),
        (path("", include([path("reset/<token>/", view)])), "/reset/abc/", "/reset/*/"),
        (path("<uuid:token>/", view), "/00000000-0000-0000-0000-000000000001/", "/*/"),
        (path("<int:pass_number>/", view), "/words/", "/words/"),
        (i18n_patterns(path("reset/<token>/", view))[0], "/de/reset/abc/", "/de/reset/*/"),
        (i18n_patterns(path("reset/<token>/", view))[0], "see /de/reset/abc/", "see /de/reset/*/"),
        (path(gettext_lazy("shop/"), include([path("reset/<token>/", view)])), "/laden/reset/abc/", "/laden/reset/*/"),
        (re_path("(?P<token>x)(?P=token)", view), "/xx", "/xx"),
    ],
)
def test_what_a_route_captures_as_a_secret_is_hidden(pattern, text, hidden, learn):
    learn(pattern)
    assert hide_in_paths(text) == hidden.replace("*", HIDDEN)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("/products/", "/products/"),
        ("GET /abcdef/", f"GET /{HIDDEN}/"),
        ("https://shop.example/abcdef/?page=1", f"https://shop.example/{HIDDEN}/?page=1"),
        ("a text with /slashes/ in it", "a text with /slashes/ in it"),
    ],
)
def test_a_route_that_begins_with_its_secret_leaves_the_routes_before_it_alone(text, hidden, learn):
    learn(path("products/", view), path("more/", include([])), path("<token>/", view))
    assert hide_in_paths(text) == hidden


def test_a_secret_in_a_path_at_the_end_of_what_is_kept_is_hidden_before_it_is_cut(learn):
    learn(path("reset/<token>/", view))
    with override_settings(VISUALIZER={"MAX_VALUE_BYTES": 40}):
        assert "abc" not in cut("x" * 25 + " /reset/abcdefghijklmnopqrstuvwxyz/")


def test_what_cannot_be_read_teaches_nothing_and_breaks_nothing(learn):
    learn(path("reset/<token>/", view), Strange())
    assert hide_in_paths("/reset/abc/") == "/reset/abc/"
    learn_routes("no.such.module")
    learn_routes(Strange())


def test_a_urlconf_that_is_not_loaded_stays_so(learn):
    learn()
    with override_settings(ROOT_URLCONF="tests.site.broken_urls"):
        sys.modules.pop("tests.site.broken_urls", None)
        learn_routes()
        assert "tests.site.broken_urls" not in sys.modules


def test_a_urlconf_that_was_replaced_is_read_again(learn):
    learn(path("a/<token>/", view))
    sys.modules["tests_secret_paths"].urlpatterns = [path("b/<token>/", view)]
    learn_routes("tests_secret_paths")
    assert hide_in_paths("/a/abc/ /b/abc/") == f"/a/abc/ /b/{HIDDEN}/"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("interface", INTERFACES)
def test_a_token_in_the_path_of_a_request_is_in_no_text_of_its_trace(interface, traces):
    with site("AllHooks"):
        headers = (("Referer", "http://localhost/token/abcdefghijkl/"), ("X-Original-Url", "/token/abcdefghijkl/"))
        assert ask(interface, "/token/abcdefghijkl/", headers=headers).status == 200
    trace = traces.only
    assert "abcdefghijkl" not in str(trace)
    assert trace["request"]["path"] == f"/token/{HIDDEN}/"
    assert trace["events"][0]["name"] == f"GET /token/{HIDDEN}/"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("interface", INTERFACES)
def test_a_token_in_the_address_of_a_redirect_or_in_a_message_is_hidden(interface, traces):
    def redirects(request):
        return HttpResponse(status=302, headers={"Location": "/token/abcdefghijkl/"})

    def raises(request):
        raise ValueError("nothing at /token/abcdefghijkl/ any more")

    with site():
        ask(interface, "/plain/")
        for view in (redirects, raises):
            observe(lambda view=view: ask(interface, "/", handler=handler_for(view, interface)))
    assert len(traces) == 3
    assert "abcdefghijkl" not in str([trace.as_dict() for trace in traces])


@pytest.mark.usefixtures("shop")
def test_a_request_is_seen_running_without_the_token_of_its_path(traces):
    seen = []

    def looks(request):
        seen.append(f"{traces[-1].head()} {traces[-1].events()}")
        return HttpResponse()

    with site():
        ask("wsgi", "/plain/")
        ask("wsgi", "/token/abcdefghijkl/", handler=handler_for(looks))
    assert "abcdefghijkl" not in seen[0]
    assert f"/token/{HIDDEN}/" in seen[0]
