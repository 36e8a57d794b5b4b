"""The response that the innermost handler hands to the middleware, and those made of exceptions."""

import asyncio
import io
import json
from http.cookies import SimpleCookie

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.http import FileResponse, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect

from tests.driving import INTERFACES, ask, ask_asgi, handler_for, observe, of, one
from tests.site.settings import site
from visualizer.lessons.sentences import sentence_for
from visualizer.redaction import HIDDEN

pytestmark = pytest.mark.usefixtures("shop")


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_response_is_told_as_it_left_the_view(interface, traces):
    def view(request):
        response = HttpResponse("12345", status=201, reason="Made", content_type="text/plain", headers={"X-Word": "w"})
        response.set_cookie("sessionid", "secret-of-the-cookie", max_age=60, httponly=True, samesite="Lax")
        return response

    with site("Changes"):
        ask(interface, "/", handler=handler_for(view, interface))
    response = one(traces.only, "response")
    assert (response["name"], response["stage"], response["phase"]) == ("HttpResponse", "response", "point")
    assert response["detail"] == {
        "status": 201,
        "reason": "Made",
        "content_type": "text/plain",
        "charset": "utf-8",
        "body_bytes": 5,
        "streaming": False,
        "form": None,
        "headers": [["X-Word", "w"], ["Content-Type", "text/plain"]],
        "cookies": [
            {
                "name": "sessionid",
                "secure": False,
                "httponly": True,
                "path": "/",
                "domain": None,
                "expires": response["detail"]["cookies"][0]["expires"],
                "samesite": "Lax",
                "max_age": 60,
            }
        ],
    }


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_template_response_is_told_once_rendered(interface, traces):
    with site():
        reply = ask(interface, "/template/")
    response = one(traces.only, "response")
    assert response["name"] == "TemplateResponse"
    assert response["detail"]["body_bytes"] == len(reply.body)


def answered(view, traces, interface="wsgi", **request):
    with site():
        reply = ask(interface, "/", handler=handler_for(view, interface), **request)
    trace = traces.only
    response = one(trace, "response")
    return reply, response["detail"], sentence_for(trace, response["seq"])


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_flags_of_cookies_are_those_that_are_sent_and_no_value_is(interface, traces):
    def view(request):
        response = HttpResponse()
        response.set_cookie("bare", "value-that-is-secret", path=None)
        response.set_cookie(
            "whole",
            "value-that-is-secret",
            3_600,
            secure=True,
            httponly=True,
            samesite="Strict",
            domain="shop.example",
            path="/cart",
        )
        response.delete_cookie("gone")
        return response

    reply, detail, said = answered(view, traces, interface)
    sent = SimpleCookie()
    for name, value in reply.headers:
        if name.lower() == "set-cookie":
            sent.load(value)
    assert [each["name"] for each in detail["cookies"]] == list(sent) == ["bare", "whole", "gone"]
    for told in detail["cookies"]:
        morsel = sent[told["name"]]
        assert told["secure"] == bool(morsel["secure"])
        assert told["httponly"] == bool(morsel["httponly"])
        assert str(told["max_age"]) == (morsel["max-age"] or "None")
        for key in ("path", "domain", "samesite", "expires"):
            assert (told[key] or "") == morsel[key]
    assert "value-that-is-secret" not in json.dumps(traces.only)
    assert "whole (Secure, HttpOnly, SameSite=Strict, Path=/cart, Domain=shop.example, Max-Age=3600" in said


@pytest.mark.parametrize(
    ("made", "charset"),
    [
        ({}, "utf-8"),
        ({"charset": "latin-1"}, "latin-1"),
        ({"content_type": "text/html; charset=ISO-8859-15"}, "ISO-8859-15"),
        ({"content_type": 'text/html; charset="utf-16"; x=y'}, "utf-16"),
        ({"content_type": "image/png"}, "utf-8"),
    ],
)
def test_the_charset_is_the_one_that_django_encodes_with(made, charset, traces):
    response = HttpResponse("é" if "png" not in str(made) else b"", **made)
    _, detail, _ = answered(lambda request: response, traces)
    assert detail["charset"] == response.charset == charset


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_redirect_tells_where_to_without_its_secrets(interface, traces):
    reply, detail, said = answered(lambda request: redirect("/next/?page=2&token=abcdefghijkl"), traces, interface)
    assert (detail["form"], detail["location"]) == ("redirect", f"/next/?page=2&token={HIDDEN}")
    assert ("Location", "/next/?page=2&token=abcdefghijkl") in [(name.title(), value) for name, value in reply.headers]
    assert said.endswith(f"It sends the client on to /next/?page=2&token={HIDDEN}.")


@pytest.mark.parametrize(
    ("made", "filename", "is_attachment", "said"),
    [
        ({"filename": "numbers.txt"}, "numbers.txt", False,
         "It is the file numbers.txt, to be shown where the browser can."),
        ({"filename": "zählung.csv", "as_attachment": True}, "zählung.csv", True,
         "It is the file zählung.csv, to be saved."),
        ({}, None, False, "It is a file without a name, to be shown where the browser can."),
    ],
)  # fmt: skip
def test_a_file_tells_its_name_and_whether_it_is_to_be_saved(made, filename, is_attachment, said, traces):
    _, detail, sentence = answered(lambda request: FileResponse(io.BytesIO(b"1,2"), **made), traces)
    assert (detail["form"], detail["filename"], detail["is_attachment"]) == ("file", filename, is_attachment)
    assert detail["is_async"] is False
    assert said in sentence


def test_an_attachment_of_any_class_is_a_file(traces):
    made = HttpResponse("1,2", headers={"Content-Disposition": 'attachment; filename="stock.csv"'})
    _, detail, _ = answered(lambda request: made, traces)
    assert (detail["form"], detail["filename"], detail["is_attachment"]) == ("file", "stock.csv", True)


@pytest.mark.parametrize(
    "made", [JsonResponse({"a": 1}), HttpResponse("{}", content_type="application/problem+json; charset=utf-8")]
)
def test_json_is_told_by_its_class_or_its_type(made, traces):
    assert answered(lambda request: made, traces)[1]["form"] == "json"


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_response_that_says_that_nothing_changed(interface, traces):
    reply, detail, said = answered(lambda request: HttpResponseNotModified(), traces, interface)
    assert (reply.status, reply.body, detail["form"]) == (304, b"", "not_modified")
    assert said.endswith("What the client has is still good: no body is sent.")


# What Django says where a stream is not of the server's kind.
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")
@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(("path", "is_async"), [("/stream/", False), ("/async-stream/", True)])
def test_a_stream_tells_what_kind_of_iterator_makes_it(interface, path, is_async, traces):
    with site():
        ask(interface, path)
    trace = traces.only
    response = one(trace, "response")
    assert (response["detail"]["form"], response["detail"]["is_async"]) == ("stream", is_async)
    words = "an async" if is_async else "a sync"
    when = "while it is sent" if is_async == (interface == "asgi") else "and read to its end before any is sent"
    assert f"a body that is made by {words} iterator {when}" in sentence_for(trace, response["seq"])


@pytest.mark.parametrize("header", ["attachment; " + "; ".join(f"a{n}=1" for n in range(5_000)), ";", "=", ""])
def test_a_header_that_cannot_be_read_is_no_fault(header, traces):
    _, detail, _ = answered(lambda request: HttpResponse(headers={"Content-Disposition": header}), traces)
    assert "fault" not in detail


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
