"""The kinds of response that the pages give."""

from typing import Any

from django.http import HttpResponse

from visualizer.live import protocol


def html(markup: str, status: int = 200) -> HttpResponse:
    """A page or a part of one."""
    return HttpResponse(markup, status=status, content_type="text/html; charset=utf-8")


def text(message: str, status: int) -> HttpResponse:
    """A message to a person."""
    return HttpResponse(f"{message}\n", status=status, content_type="text/plain; charset=utf-8")


def json(value: Any, status: int = 200) -> HttpResponse:
    """Data."""
    return HttpResponse(protocol.encode(value), status=status, content_type="application/json")


def no_content() -> HttpResponse:
    """Done, and nothing to say about it."""
    response = HttpResponse(status=204)
    # RFC 9110, section 15.3.5: no content has no type. Strict WSGI servers refuse one.
    del response["Content-Type"]
    return response
