"""What a middleware changed, as the difference of two pictures."""

import gc
import weakref
from functools import cached_property

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe

from visualizer.redaction import HIDDEN
from visualizer.snapshots import picture_request, picture_response, request_changes, response_changes


def change(op, what, value=None, was=None):
    return {"op": op, "what": what, "value": value, "was": was}


def changes_of_request(work, request=None):
    request = request or RequestFactory().get("/")
    before, _ = picture_request(request, None)
    work(request)
    after, noted = picture_request(request, before)
    assert after == vars(request)
    return request_changes(noted)


def changes_of_response(work, response=None):
    response = response or HttpResponse("body", headers={"X-Old": "1"})
    before = picture_response(response)
    after = picture_response(work(response) or response)
    return response_changes(before, after)


def test_an_attribute_that_is_added():
    def work(request):
        request.language = "de"

    assert changes_of_request(work) == [change("add", "request.language", "de")]


def test_an_attribute_that_is_changed_and_one_that_is_removed():
    request = RequestFactory().get("/")
    request.one, request.two = 1, 2

    def work(request):
        request.one = "other"
        del request.two

    assert changes_of_request(work, request) == [
        change("change", "request.one", "other", "1"),
        change("remove", "request.two", None, "2"),
    ]


def test_an_attribute_that_is_lazy_is_said_to_be_not_evaluated_at_that_moment():
    lazy = SimpleLazyObject(lambda: 3)

    def work(request):
        request.user = lazy

    request = RequestFactory().get("/")
    before, _ = picture_request(request, None)
    work(request)
    _, noted = picture_request(request, before)
    assert lazy + 1 == 4
    assert request_changes(noted) == [change("add", "request.user", "SimpleLazyObject, not evaluated")]


def test_a_cached_property_is_read_and_not_added():
    class Request(type(RequestFactory().get("/"))):
        @cached_property
        def expensive(self):
            return "value"

    request = Request(RequestFactory().get("/").environ)
    assert change("add", "request.expensive", "read for the first time") in changes_of_request(
        lambda request: request.expensive, request
    )


def test_a_secret_attribute_is_hidden():
    def work(request):
        request.api_key = "abc"
        request.pass_code = 1234
        request.api_token = mark_safe("abc")
        request.session = object()

    assert changes_of_request(work) == [
        change("add", "request.api_key", HIDDEN),
        change("add", "request.pass_code", HIDDEN),
        change("add", "request.api_token", HIDDEN),
        change("add", "request.session", "<object>"),
    ]


def test_a_value_is_told_as_it_was_at_that_moment():
    some, queue = [1, 2], {"a": 1}

    def work(request):
        request.some, request.queue, request.kind, request.text = some, queue, int, mark_safe("<b>")
        request.raw, request.many = b"1234", {1, 2, 3}

    request = RequestFactory().get("/")
    before, _ = picture_request(request, None)
    work(request)
    _, noted = picture_request(request, before)
    some.append(3)
    queue.clear()
    assert [each["value"] for each in request_changes(noted)] == [
        "<list of 2>",
        "<dict of 1>",
        "class int",
        "<b>",
        "<4 bytes>",
        "<set of 3>",
    ]


def test_a_lazy_value_is_told_as_evaluated_only_where_it_was():
    class Lazy(SimpleLazyObject):
        pass

    lazy, evaluated = SimpleLazyObject(lambda: "3"), Lazy(lambda: "3")
    assert evaluated + "4" == "34"
    request = RequestFactory().get("/")
    request.user = request.other = None

    def work(request):
        request.user, request.other = lazy, evaluated

    before, _ = picture_request(request, None)
    work(request)
    _, noted = picture_request(request, before)
    assert lazy + "4" == "34"
    assert [each["value"] for each in request_changes(noted)] == [
        "SimpleLazyObject, not evaluated",
        "Lazy of str",
    ]


def test_what_is_noted_keeps_no_object_of_the_application():
    class Session:
        pass

    class Items(dict):
        pass

    request = RequestFactory().get("/")
    request.old = Session()
    before, _ = picture_request(request, None)
    request.session, request.old, request.user = Session(), Items(a=Session()), SimpleLazyObject(Session)
    after, noted = picture_request(request, before)
    gone = [weakref.ref(each) for each in (request.session, request.old["a"], before["old"], request.user, request)]
    del request, before, after
    gc.collect()
    assert [reference() for reference in gone] == [None] * 5
    assert [(each["what"], each["value"], each["was"]) for each in request_changes(noted)] == [
        ("request.session", "<Session>", None),
        ("request.user", "SimpleLazyObject, not evaluated", None),
        ("request.old", "<Items>", "<Session>"),
    ]


def test_nothing_changed_is_no_change():
    assert changes_of_request(lambda request: None) == []
    assert changes_of_response(lambda response: None) == []
    assert request_changes(None) == response_changes(None, None) == []


def test_headers_of_a_response():
    def work(response):
        response["X-New"] = "n"
        response["x-old"] = "2"
        response["X-Token"] = "t"
        del response["Content-Type"]

    assert changes_of_response(work) == [
        change("change", "header x-old", "2", "1"),
        change("add", "header X-New", "n"),
        change("add", "header X-Token", HIDDEN),
        change("remove", "header Content-Type"),
    ]


def test_cookies_of_a_response_are_told_by_name_only():
    response = HttpResponse()
    response.set_cookie("kept", "1")
    response.set_cookie("changed", "1")
    response.set_cookie("removed", "1")

    def work(response):
        response.set_cookie("changed", "2")
        response.set_cookie("added", "secret")
        del response.cookies["removed"]

    assert changes_of_response(work, response) == [
        change("add", "cookie added", HIDDEN),
        change("change", "cookie changed", HIDDEN, HIDDEN),
        change("remove", "cookie removed", None, HIDDEN),
    ]


def test_status_and_body_of_a_response():
    def work(response):
        response.status_code = 404
        response.content = b"longer body"

    assert changes_of_response(work) == [
        change("change", "status", "404", "200"),
        change("change", "body", "11 bytes", "4 bytes"),
    ]


def test_another_response_is_compared_in_all_that_is_seen():
    assert changes_of_response(lambda response: HttpResponse("x", status=503)) == [
        change("change", "status", "503", "200"),
        change("remove", "header X-Old"),
        change("change", "body", "1 bytes", "4 bytes"),
    ]


@pytest.mark.parametrize("response", [StreamingHttpResponse(iter([b"a"])), FileResponse(iter([b"a"]))])
def test_the_body_of_a_stream_is_not_counted_and_not_read(response):
    assert picture_response(response).body_bytes is None
    assert b"".join(response) == b"a"


def test_a_body_in_parts_is_counted_whole():
    response = HttpResponse()
    response.write("12")
    response.write("345")
    assert picture_response(response).body_bytes == 5


def test_a_picture_does_not_change_with_what_it_shows():
    request = RequestFactory().get("/")
    attributes, _ = picture_request(request, None)
    request.later = 1
    assert "later" not in attributes
    response = HttpResponse()
    picture = picture_response(response)
    response["X-Later"] = "1"
    assert "x-later" not in picture.headers
