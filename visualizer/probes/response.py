"""Sees the innermost handler hand its response to the middleware, and exceptions become responses.

Replaces `BaseHandler._get_response`, its async twin and `django.core.handlers.exception.response_for_exception`,
checked for Django 5.2 to 6.1.
"""

from http.client import responses
from typing import Any

from django.core.handlers import exception
from django.core.handlers.base import BaseHandler
from django.http.response import HttpResponseBase

from visualizer import events as ev
from visualizer import stages
from visualizer.native import compiled
from visualizer.outcome import exception_facts
from visualizer.passages import PARENT, end_raising, running_passage
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current
from visualizer.redaction import header_value
from visualizer.response_form import Cookies, charset_of, cookie_facts, form_facts, take_cookies
from visualizer.snapshots import ResponsePicture, picture_response
from visualizer.watching import watch_result, watch_result_async


def _response_for_exception(original: Any) -> Any:
    def response_for_exception(request: Any, exc: BaseException) -> Any:
        here = current.get()
        if here is None:
            return original(request, exc)
        t = clock()
        trace, parent, stage = here
        try:
            passage = running_passage(here)
            if passage is not None:
                # Django calls this between a middleware that raised and the layer outside it.
                end_raising(t, trace, passage, stage, exc)
                parent = passage[PARENT]
            trace.outcome.see_failure(exc)
            _point_exception(t, trace, parent, exc)
        except Exception as fault:
            trace.fault("response", fault)
        # What the error page itself asks for (the debug page looks at everything) is part of making the response.
        current.set((trace, parent, stages.RESPONSE))
        try:
            response = original(request, exc)
        finally:
            current.set(here)
        _see((trace, parent, stage), response)
        return response

    return response_for_exception


def _point_exception(t: int, trace: Trace, parent: int, error: BaseException) -> None:
    raised = trace.outcome.raised_by(error)
    # The status is not known yet: the response that Django makes of it is the next `response` event.
    facts = exception_facts(error, raised, "django.core.handlers.exception.response_for_exception", None)
    stage = raised.stage if raised else stages.VIEW
    trace.point(t, parent, stage, ev.EXCEPTION, type(error).__name__, facts)


def _see(here: tuple[Trace, int, str], response: Any) -> None:
    t = clock()
    trace, parent, _ = here
    try:
        if not hasattr(type(response), "status_code") and not hasattr(response, "headers"):
            return
        picture = trace.response_seen = picture_response(response)
        streaming = bool(response.streaming)
        form = (
            getattr(response, "reason_phrase", ""),
            getattr(response, "_charset", None),
            streaming,
            getattr(response, "is_async", None) if streaming else None,
            take_cookies(response) if response.cookies else (),
        )
        trace.point(t, parent, stages.RESPONSE, ev.RESPONSE, picture.kind.__qualname__, _response_facts, picture, form)
    except Exception as fault:
        trace.fault("response", fault)


# Reason, charset, whether it streams, and if so whether by an async iterator, and the cookies.
Form = tuple[str | None, Any, bool, bool | None, Cookies]


def _response_facts(picture: ResponsePicture, form: Form) -> dict[str, Any]:
    reason, charset, streaming, is_async, cookies = form
    declared = picture.headers.get("content-type")
    content_type = declared[1] if declared else None
    return {
        "status": picture.status,
        "reason": reason if reason is not None else responses.get(picture.status, "Unknown Status Code"),
        "content_type": content_type,
        "charset": charset_of(charset, content_type),
        "body_bytes": picture.body_bytes,
        "streaming": streaming,
        **form_facts(picture, streaming, is_async),
        "headers": [[name, header_value(name, str(value))] for name, value in picture.headers.values()],
        "cookies": cookie_facts(cookies),
    }


if compiled is not None:
    compiled.connect(
        see_response=_see,
        take_cookies=take_cookies,
        django_reason=HttpResponseBase.__dict__.get("reason_phrase"),
        stage_response=stages.RESPONSE,
        kind_response=ev.RESPONSE,
        response_facts=_response_facts,
    )

PROBE = Probe(
    "response",
    [
        Patch(BaseHandler, "_get_response", watch_result(_see)),
        Patch(BaseHandler, "_get_response_async", watch_result_async(_see)),
        Patch(exception, "response_for_exception", _response_for_exception),
    ],
)
