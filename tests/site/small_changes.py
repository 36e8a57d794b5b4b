"""Middleware each of which changes one thing of the response, most of them in place."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import ResponseHeaders

from visualizer.redaction import HIDDEN

GetResponse = Callable[[HttpRequest], HttpResponse]


def _changing(work: Callable[[Any], object]) -> Callable[[GetResponse], GetResponse]:
    def factory(get_response: GetResponse) -> GetResponse:
        def middleware(request: HttpRequest) -> HttpResponse:
            response = get_response(request)
            work(response)
            return response

        return middleware

    return factory


def _write(response: Any) -> None:
    response._container.append(b"!")


def _replace_part(response: Any) -> None:
    response._container[0] = b"another"


def _replace_store(response: Any) -> None:
    response.headers._store = {**response.headers._store, "x-store": ("X-Store", "1")}


nothing = _changing(lambda response: None)
status = _changing(lambda response: setattr(response, "status_code", 201))
header = _changing(lambda response: response.headers.__setitem__("X-New", "1"))
header_changed = _changing(lambda response: response.headers.__setitem__("X-New", "2"))
header_removed = _changing(lambda response: response.headers.__delitem__("X-View"))
store = _changing(_replace_store)
headers = _changing(lambda response: setattr(response, "headers", ResponseHeaders({"X-Only": "1"})))
cookie = _changing(lambda response: response.set_cookie("hint", "1"))
cookie_changed = _changing(lambda response: response.cookies["hint"].set("hint", "2", "2"))
cookies = _changing(lambda response: setattr(response, "cookies", type(response.cookies)()))
body = _changing(lambda response: setattr(response, "content", b"twelve bytes"))
written = _changing(_write)
part = _changing(_replace_part)
parts = _changing(lambda response: setattr(response, "_container", [b"1", b"2"]))

CHANGES = {
    "nothing": [],
    "status": [("change", "status", "201")],
    "header": [("add", "header X-New", "1")],
    "header_changed": [("change", "header X-New", "2")],
    "header_removed": [("remove", "header X-View", None)],
    "store": [("add", "header X-Store", "1")],
    "cookie": [("add", "cookie hint", HIDDEN)],
    "cookie_changed": [("change", "cookie hint", HIDDEN)],
    "cookies": [("remove", "cookie hint", None)],
    "body": [("change", "body", "12 bytes")],
    "part": [("change", "body", "7 bytes")],
    "written": [("change", "body", "8 bytes")],
    "parts": [("change", "body", "2 bytes")],
    "headers": [
        ("add", "header X-Only", "1"),
        *[("remove", f"header {name}", None) for name in ("Content-Type", "X-New", "X-Store")],
    ],
}
"""What each of them changes of the page `/plain/`, in an order in which each is the last to run."""
