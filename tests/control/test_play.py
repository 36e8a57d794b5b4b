"""A scenario is played as one visitor would: cookies, redirects and a CSRF token."""

import sys
from types import ModuleType

import pytest
from django.contrib.sessions.models import Session
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.csrf import csrf_protect

from tests.driving import INTERFACES
from visualizer.control.play import MAX_REDIRECTS, play
from visualizer.control.scenarios import Scenario
from visualizer.control.session import UnknownUser

pytestmark = pytest.mark.usefixtures("shop", "traces")


def moved(request, status, where):
    """Send the visitor on, by GET or by the same method, to `there` or to another site."""
    response = HttpResponseRedirect("/there/?a=1" if where == "there" else "https://elsewhere.example/")
    response.status_code = status
    response.set_cookie("been", "here")
    return response


def there(request):
    told = f"{request.method} {request.GET.get('a')} {request.COOKIES.get('been')} {request.body.decode()}"
    return HttpResponse(headers={"X-Told": told.strip()})


@csrf_protect
def guarded(request):
    return HttpResponse("welcome")


@pytest.fixture
def visit(settings, monkeypatch):
    """Return a function that plays a scenario on a site of these views, and gives the traces."""
    module = ModuleType("tests_play_urls")
    module.urlpatterns = [
        path("moved/<int:status>/<str:where>/", moved),
        path("there/", there),
        path("round/", lambda request: HttpResponseRedirect("/round/")),
        path("guarded/", guarded),
    ]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    settings.ROOT_URLCONF = module.__name__
    settings.MIDDLEWARE = []

    def visited(interface, path, **more):
        return [trace.as_dict() for trace in play(Scenario(name="x", path=path, **more), interface)]

    return visited


def told(trace):
    return dict(trace["response"]["headers"])["X-Told"]


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("status", [301, 302, 303])
@pytest.mark.parametrize(("method", "then"), [("GET", "GET"), ("POST", "GET"), ("HEAD", "HEAD")])
def test_a_redirect_is_followed_without_the_body(visit, interface, status, method, then):
    first, second = visit(interface, f"/moved/{status}/there/", method=method, body="x=1")
    assert first["response"]["status"] == status
    # The value of a cookie is never on a trace, but the view told it in a header of its own.
    assert told(second) == f"{then} 1 here"


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_method_keeps_the_body(visit, interface, status):
    _, second = visit(interface, f"/moved/{status}/there/", method="POST", body="x=1")
    assert told(second) == "POST 1 here x=1"


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_redirect_to_another_site_is_not_followed(visit, interface):
    assert len(visit(interface, "/moved/302/elsewhere/")) == 1


def test_a_redirect_in_circles_ends(visit):
    assert len(visit("wsgi", "/round/")) == MAX_REDIRECTS


@pytest.mark.parametrize("interface", INTERFACES)
def test_what_follows_is_asked_for_by_the_same_visitor(visit, interface):
    *_, last = visit(interface, "/moved/302/there/", then=["DELETE /there/?a=2"])
    assert told(last) == "DELETE 2 here"


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(("token", "status"), [(True, 200), (False, 403)])
def test_a_token_opens_what_is_guarded_by_one(visit, interface, token, status):
    [trace] = visit(interface, "/guarded/", method="POST", token=token)
    assert trace["response"]["status"] == status


def test_the_header_and_cookie_of_a_token_are_those_of_the_settings(visit, settings):
    settings.CSRF_COOKIE_NAME, settings.CSRF_HEADER_NAME = "crumb", "HTTP_X_CRUMB"
    [trace] = visit("wsgi", "/guarded/", method="POST", token=True)
    assert trace["response"]["status"] == 200


def test_the_session_of_a_user_is_deleted_afterwards():
    [trace] = play(Scenario(name="x", path="/cart/", user="john"), "wsgi")
    assert trace.finished
    assert not Session.objects.exists()


def test_an_unknown_user_is_an_error():
    with pytest.raises(UnknownUser):
        play(Scenario(name="x", path="/cart/", user="nobody"), "wsgi")
