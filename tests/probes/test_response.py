"""The response that the innermost handler hands to the middleware, and those made of exceptions."""

import asyncio

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse

from tests.driving import INTERFACES, ask, ask_asgi, handler_for, observe, of, one
from tests.site.settings import site
from visualizer.redaction import HIDDEN

pytestmark = pytest.mark.usefixtures("shop")


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_response_is_told_as_it_left_the_view(interface, traces):
    def view(request):
        response = HttpResponse("12345", status=201, reason="Made", content_type="text/plain", headers={"X-Word": "w"})
        response.set_cookie("sessionid", "secret-of-the-cookie")
        return response

    with site("Changes"):
        ask(interface, "/", handler=handler_for(view, interface))
    response = one(traces.only, "response")
    assert (response["name"], response["stage"], response["phase"]) == ("HttpResponse", "response", "point")
    assert response["detail"] == {
        "status": 201,
        "reason": "Made",
        "content_type": "text/plain",
        "body_bytes": 5,
        "streaming": False,
        "headers": [["X-Word", "w"], ["Content-Type", "text/plain"]],
        "cookies": ["sessionid"],
    }


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_template_response_is_told_once_rendered(interface, traces):
    with site():
        reply = ask(interface, "/template/")
    response = one(traces.only, "response")
    assert response["name"] == "TemplateResponse"
    assert response["detail"]["body_bytes"] == len(reply.body)


def test_the_size_of_a_stream_is_unknown_yet(traces):
    with site():
        ask("wsgi", "/stream/")
    detail = one(traces.only, "response")["detail"]
    assert (detail["body_bytes"], detail["streaming"]) == (None, True)


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/raises/", 500, "ValueError"),
        ("/async-raises/", 500, "ValueError"),
        ("/raises-404/", 404, "Http404"),
        ("/denies/", 403, "PermissionDenied"),
        ("/nothing/", 404, "Resolver404"),
        ("/bad-query/", 500, "OperationalError"),
    ],
)
def test_an_exception_that_becomes_a_response_is_told_before_it(path, status, error, interface, traces):
    with site("AllHooks"):
        observe(lambda: ask(interface, path))
    trace = traces.only
    exception, response = one(trace, "exception"), one(trace, "response")
    assert exception["name"] == error
    assert exception["detail"]["handled_by"] == "django.core.handlers.exception.response_for_exception"
    assert exception["seq"] < response["seq"]
    assert response["detail"]["status"] == status


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_exception_inside_a_layer_s_span_becomes_a_response_outside_of_it(interface, traces):
    with site("AllHooks", "RaisesIn"):
        observe(lambda: ask(interface, "/plain/"))
    trace = traces.only
    outer = of(trace, "middleware", "enter")[0]
    assert one(trace, "response")["parent"] == one(trace, "exception")["parent"] == outer["span"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_what_an_error_page_asks_for_is_part_of_making_the_response(interface, traces):
    observe(lambda: ask(interface, "/reports/average-order/"))
    templates = of(traces.only, "template", "enter", "500.html")
    assert len(templates) == 1
    observed = one(traces.only, "exception")
    assert templates[0]["seq"] > observed["seq"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_django_s_own_debug_page_is_no_template_of_the_project(interface, traces):
    with site("AllHooks", DEBUG=True):
        seen = observe(lambda: ask(interface, "/raises/"))
    assert "the view went wrong" in seen.reply.text
    assert not of(traces.only, "template")
    assert one(traces.only, "response")["detail"]["status"] == 500


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_layer_that_answers_makes_no_response_event(interface, traces):
    with site("StopsIn"):
        ask(interface, "/plain/")
    assert not of(traces.only, "response")


async def test_overlapping_responses_do_not_mix(traces):
    with site():
        handler = ASGIHandler()
        paths = [f"/queries/{'x' * number}/" for number in range(1, 9)]
        await asyncio.gather(*(ask_asgi(path, handler=handler) for path in paths))
    for number, trace in enumerate(traces, start=1):
        assert one(trace.as_dict(), "response")["detail"]["body_bytes"] == number


@pytest.mark.parametrize("interface", INTERFACES)
def test_secret_headers_of_a_response_are_hidden(interface, traces):
    def view(request):
        return HttpResponse(headers={"X-Api-Key": "key-12345678"})

    with site():
        ask(interface, "/", handler=handler_for(view, interface))
    assert ["X-Api-Key", HIDDEN] in one(traces.only, "response")["detail"]["headers"]
