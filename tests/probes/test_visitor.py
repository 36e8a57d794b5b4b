"""Who `request.user` turned out to be: in the list of requests, in no trace, and without calling the project."""

import asyncio
import traceback

import pytest
from django.contrib import auth
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse

from tests.driving import INTERFACES, asign_in, ask, ask_asgi, handler_for, sign_in
from tests.site.settings import site
from visualizer.probes.visitor import PROBE
from visualizer.visitors import visitor_of

pytestmark = pytest.mark.usefixtures("shop")
AUTH = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


def asks(request):
    return HttpResponse(request.user.get_username())


async def aasks(request):
    return HttpResponse((await request.auser()).get_username())


def looks_away(request):
    return HttpResponse("whoever")


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(("user", "name"), [("john", "john"), (None, "anonymous")])
def test_the_user_is_known_once_somebody_asked(user, name, interface, traces):
    with site(*AUTH):
        ask(interface, "/", headers=(sign_in(user),) if user else (), handler=handler_for(asks, interface))
    assert visitor_of(traces[0]) == name


@pytest.mark.parametrize("interface", INTERFACES)
def test_nothing_is_known_where_nobody_asked(interface, traces):
    with site(*AUTH):
        ask(interface, "/", headers=(sign_in("john"),), handler=handler_for(looks_away, interface))
    assert visitor_of(traces[0]) == ""


def test_async_code_asks_likewise(traces):
    with site(*AUTH):
        ask("asgi", "/", headers=(sign_in("john"),), handler=handler_for(aasks, "asgi"))
    assert visitor_of(traces[0]) == "john"


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_error_is_the_projects_own_without_a_frame_of_ours(interface, traces, monkeypatch):
    def fail(self):
        raise LookupError("no session today")

    seen = []

    def view(request):
        try:
            request.user.get_username()
        except LookupError as error:
            seen.extend(frame.filename for frame in traceback.extract_tb(error.__traceback__))
        return HttpResponse("ok")

    monkeypatch.setattr(SessionBase, "__getitem__", lambda self, key: fail(self))
    with site(*AUTH):
        ask(interface, "/", headers=(sign_in("john"),), handler=handler_for(view, interface))
    assert seen
    assert not [file for file in seen if "visualizer/probes/visitor" in file]
    assert visitor_of(traces[0]) == ""


async def test_overlapping_requests_each_have_their_own(traces):
    headers = [await asign_in("john"), await asign_in("sarah")]
    with site(*AUTH):
        handler = handler_for(aasks, "asgi")
        await asyncio.gather(*(ask_asgi("/", headers=(header,), handler=handler) for header in headers))
    assert {visitor_of(trace) for trace in traces} == {"john", "sarah"}


def test_a_name_whose_field_is_hidden_is_not_told(traces, settings):
    settings.VISUALIZER = {"HIDE": ["username"]}
    with site(*AUTH):
        ask("wsgi", "/", headers=(sign_in("john"),), handler=handler_for(asks, "wsgi"))
    assert visitor_of(traces[0]) == ""


def test_uninstalled_django_has_its_own_back(traces):
    ours = auth.get_user
    PROBE.uninstall()
    try:
        assert auth.get_user.__module__ == "django.contrib.auth"
        assert auth.get_user is not ours
        with site(*AUTH):
            ask("wsgi", "/", headers=(sign_in("john"),), handler=handler_for(asks, "wsgi"))
        assert visitor_of(traces[0]) == ""
    finally:
        PROBE.install()
        PROBE.install()
    assert not hasattr(auth.get_user.__wrapped__, "__wrapped__")
