"""Sees the innermost handler hand its response to the middleware, and exceptions become responses.

Replaces `BaseHandler._get_response`, its async twin and `django.core.handlers.exception.response_for_exception`,
checked for Django 5.2 to 6.1.
"""

from typing import Any

from django.core.handlers import exception
from django.core.handlers.base import BaseHandler

from visualizer import events as ev
from visualizer import stages
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
        taken = (
            getattr(response, "reason_phrase", ""),
            getattr(response, "_charset", None),
            (streaming, getattr(response, "is_async", None) if streaming else None),
            take_cookies(response) if response.cookies else (),
        )
        trace.point(
            t, parent, stages.RESPONSE, ev.RESPONSE, picture.kind.__qualname__, (_response_facts, picture, *taken)
        )
    except Exception as fault:
        trace.fault("response", fault)


def _response_facts(
    picture: ResponsePicture, reason: str, charset: Any, stream: tuple[bool, bool | None], cookies: Cookies
) -> dict[str, Any]:
    declared = picture.headers.get("content-type")
    content_type = declared[1] if declared else None
    return {
        "status": picture.status,
        "reason": reason,
        "content_type": content_type,
        "charset": charset_of(charset, content_type),
        "body_bytes": picture.body_bytes,
        "streaming": stream[0],
        **form_facts(picture, *stream),
        "headers": [[name, header_value(name, str(value))] for name, value in picture.headers.values()],
        "cookies": cookie_facts(cookies),
    }


PROBE = Probe(
    "response",
    [
        Patch(BaseHandler, "_get_response", watch_result(_see)),
        Patch(BaseHandler, "_get_response_async", watch_result_async(_see)),
        Patch(exception, "response_for_exception", _response_for_exception),
    ],
)
