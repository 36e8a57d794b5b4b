"""Cookies that a middleware sets, told with their flags from what was sent; the client's own reading is the witness."""

import json
from http.cookies import SimpleCookie

import pytest
from django.http import HttpResponse

from tests.driving import INTERFACES, ask, handler_for, of, one
from tests.site.settings import site
from visualizer.export.tree import render_tree
from visualizer.lessons.cookies import sent_cookies
from visualizer.lessons.reading import Reading
from visualizer.lessons.sentences import sentence_for
from visualizer.page.inspector import inspector_context

pytestmark = pytest.mark.usefixtures("shop")

SECRET = "value-that-is-secret"
LAYER = "tests.lessons.test_cookies.setting_cookies"


def setting_cookies(get_response):
    """A middleware that sets one cookie with every flag, one with none, and takes one away."""

    def middleware(request):
        response = get_response(request)
        response.set_cookie("whole", SECRET, 60, secure=True, httponly=True, samesite="Strict", domain="shop.example")
        response.set_cookie("bare", SECRET, path=None)
        response.delete_cookie("gone")
        return response

    return middleware


def view(request):
    response = HttpResponse("seen")
    response.set_cookie("own", SECRET, samesite="Lax")
    return response


@pytest.fixture(params=INTERFACES)
def answered(request, traces):
    """The client's reply and the trace."""
    with site(LAYER):
        reply = ask(request.param, "/", handler=handler_for(view, request.param))
    return reply, traces.only


def test_flags_are_those_that_the_client_got_and_no_value_is_told(answered):
    reply, trace = answered
    got = SimpleCookie()
    for name, value in reply.headers:
        if name.lower() == "set-cookie":
            got.load(value)
    told = sent_cookies(Reading(trace))
    assert [each["name"] for each in told] == list(got) == ["own", "whole", "bare", "gone"]
    for each in told:
        morsel = got[each["name"]]
        assert (each["secure"], each["httponly"]) == (bool(morsel["secure"]), bool(morsel["httponly"]))
        for key, name in (("max_age", "max-age"), *((key, key) for key in ("path", "domain", "samesite", "expires"))):
            assert each.get(key, "") == morsel[name]
    assert SECRET not in json.dumps(trace)


def test_the_message_with_the_headers_tells_them_all_and_the_layer_its_own(answered):
    _, trace = answered
    head = next(event for event in of(trace, "server", "point") if event["name"].endswith(("start", "start_response")))
    whole = "whole (Secure, HttpOnly, SameSite=Strict, Path=/, Domain=shop.example, Max-Age=60"
    assert "It sets the cookies own (SameSite=Lax, Path=/), whole (Secure" in sentence_for(trace, head["seq"])
    assert whole in dict_of(trace, head)["Cookies set"]
    layer = one(trace, "middleware", "exit")
    own = dict_of(trace, layer)["Its cookies, as sent"]
    assert whole in own
    assert "bare, gone (" in own
    assert "own (" not in own
    assert f"sets {whole}" in render_tree(trace)
    assert "Its cookies, as sent" not in dict_of(trace, one(trace, "middleware", "enter"))


def dict_of(trace, event):
    return {fact.label: fact.value for fact in inspector_context(trace, event["seq"])["facts"]}
