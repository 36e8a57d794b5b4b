"""Secrets in the application's hands are found in no text that is told of its request."""

import json
import sys
from types import ModuleType

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from tests.driving import INTERFACES, ask, observe, one
from tests.site.settings import TEMPLATES
from visualizer.application_secrets import Holdings, held_by_frames
from visualizer.redaction import HIDDEN

pytestmark = pytest.mark.usefixtures("shop")
SECRET = "se cret/123"
FORM = ("Content-Type", "application/x-www-form-urlencoded")


@pytest.fixture
def send(monkeypatch, traces):
    """Return a function that sends a request to this view and returns the message of the exception that was seen."""

    def send(view, interface="wsgi", route="", url="/", **request):
        module = ModuleType("tests_application_secrets")
        module.urlpatterns = [path(route, view)]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        with override_settings(ROOT_URLCONF=module.__name__, MIDDLEWARE=[], TEMPLATES=TEMPLATES):
            observe(lambda: ask(interface, url, **request))
        assert SECRET not in json.dumps(traces.only)
        return one(traces.only, "exception")["detail"]["message"]

    return send


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_form_field_with_a_secret_s_name(interface, send):
    def view(request):
        raise ValueError(f"{request.POST['user']} {request.POST['password']}")

    body = b"user=ann-with-a-name&password=se+cret%2F123"
    assert send(view, interface, method="POST", headers=(FORM,), body=body) == f"ann-with-a-name {HIDDEN}"


@pytest.mark.parametrize("names", [("word",), ()], ids=["named", "all"])
def test_a_form_field_that_the_view_calls_sensitive(names, send):
    @sensitive_post_parameters(*names)
    def view(request):
        raise ValueError(f"not {request.POST['word']}")

    assert send(view, method="POST", headers=(FORM,), body=b"word=se+cret%2F123") == f"not {HIDDEN}"


@pytest.mark.parametrize("body", [{"password": SECRET}, [{"user": {"token": [{"value": SECRET}]}}]])
def test_a_field_of_a_json_body(body, send):
    def view(request):
        raise ValueError(f"not {SECRET} in {len(request.body)} bytes")

    headers = (("Content-Type", "application/json"),)
    message = send(view, method="POST", headers=headers, body=json.dumps(body).encode())
    assert message.startswith(f"not {HIDDEN} in ")


def test_a_body_that_nobody_read_is_not_read(send):
    def view(request):
        assert "_body" not in vars(request) and not request._read_started
        raise ValueError("not read")

    assert send(view, method="POST", headers=(FORM,), body=b"password=se+cret%2F123") == "not read"


@pytest.mark.parametrize("interface", INTERFACES)
def test_what_the_path_captured(interface, send):
    def view(request, token):
        raise ValueError(f"unknown: {token}")

    assert send(view, interface, "t/<str:token>/", "/t/abcdefgh-1/") == f"unknown: {HIDDEN}"


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_variable_with_a_secret_s_name(interface, send):
    def view(request):
        user_token = SECRET
        raise ValueError(f"not {user_token}")

    assert send(view, interface) == f"not {HIDDEN}"


def test_a_variable_that_the_function_calls_sensitive(send):
    @sensitive_variables("word")
    def check(word, other):
        raise ValueError(f"not {word} but {other}")

    def view(request):
        return check(SECRET, "another-word")

    assert send(view) == f"not {HIDDEN} but another-word"


def test_a_variable_that_a_coroutine_calls_sensitive(send):
    @sensitive_variables()
    async def check(word):
        raise ValueError(f"not {word}")

    async def view(request):
        return await check(SECRET)

    assert send(view, "asgi") == f"not {HIDDEN}"


def test_a_key_that_is_missing_is_told(send):
    def view(request):
        return request.GET["product_id"]

    assert send(view) == "product_id"


def test_the_frames_are_let_go_with_the_request():
    held = []
    holdings = Holdings(held)

    def fails():
        token = SECRET
        raise ValueError(token)

    with pytest.raises(ValueError, match="se cret") as caught:
        fails()
    held += held_by_frames(caught.value)
    assert ("token", SECRET, False) in held
    holdings.request = HttpResponse()
    holdings.let_go()
    assert holdings.request is None and held == []
    assert SECRET in holdings.secrets()


def test_only_so_many_frames_and_variables_are_looked_at():
    def deep(left):
        token = f"token-{left}"
        if left:
            deep(left - 1)
        raise ValueError(token)

    with pytest.raises(ValueError, match="token") as caught:
        deep(200)
    assert 40 < len(held_by_frames(caught.value)) <= 50
