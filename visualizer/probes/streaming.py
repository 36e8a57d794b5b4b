"""Sees the body of a response once the middleware is done with it: its size, and each part of a stream being made.

Replaces `BaseHandler.get_response`, `StaticFilesHandlerMixin.get_response` and their async twins, checked for
Django 5.2 to 6.1. The iterator is final by then, so that one wrapper is enough whatever the middleware did with it.
`StreamingHttpResponse.__iter__` stays Django's own: its warnings count frames.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandlerMixin
from django.core.handlers.base import BaseHandler

from visualizer import events as ev
from visualizer import stages
from visualizer.lifecycle import leave_open, waited_ns
from visualizer.native import compiled
from visualizer.outcome import exception_facts
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current
from visualizer.watching import watch_result, watch_result_async

_OUT = stages.SERVER_RESPONSE


def _see(here: tuple[Trace, int, str], response: Any) -> None:
    trace, span, _ = here
    # A handler called from inside a view is no server.
    if span != trace.server_span:
        return
    current.set((trace, span, _OUT))
    try:
        if response.streaming:
            _watch_parts(response, trace)
        # A test client closes by itself what does not stream.
        elif trace.interface == "wsgi":
            for part in response._container:
                trace.see_chunk(len(part))
            leave_open(response, trace)
    except Exception as fault:
        trace.fault("streaming", fault)


def _watch_parts(response: Any, trace: Trace) -> None:
    trace.streaming, trace.is_whole = True, False
    parts = (_AsyncParts if response.is_async else _Parts)(response._iterator, response, trace)
    response._iterator = parts
    if trace.interface in ("wsgi", "test"):
        leave_open(response, trace)
        parts.is_read_by_server = True


class _Watched:
    """The iterator of a streaming response; what its parts ask for is recorded, also after the handler returned."""

    __slots__ = ("_charset", "_iterator", "_trace", "is_read_by_server")

    def __init__(self, iterator: Any, response: Any, trace: Trace) -> None:
        self._iterator, self._trace = iterator, trace
        self._charset = response.charset
        # Otherwise the handler reads the parts.
        self.is_read_by_server = False

    def _see_part(self, asked_ns: int, part: Any) -> None:
        """Note a part that was asked for at that moment and is there now; under ASGI it is seen as a message."""
        t = clock()
        trace = self._trace
        if not self.is_read_by_server:
            return
        try:
            size = _size(part, self._charset or "utf-8")
            if size is None:
                trace.body_seen = False
            else:
                trace.see_chunk(size)
            facts = {"bytes": size, "made_ns": t - asked_ns, "wait_ns": waited_ns(trace, asked_ns)}
            trace.point(t, trace.server_span, _OUT, ev.SERVER, "body", facts)
            trace.left_ns = clock()
        except Exception as fault:
            trace.fault("streaming", fault)

    def _see_end(self) -> None:
        if self.is_read_by_server:
            self._trace.is_whole = True
            self._trace.left_ns = clock()

    def _see_failure(self, error: BaseException) -> None:
        t = clock()
        trace = self._trace
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        # A client that goes away cancels; that is no failure.
        if not isinstance(error, Exception):
            return
        author = trace.outcome.view or trace.outcome.handler
        trace.outcome.see_raised(error, author, _OUT)
        trace.outcome.failure = ("failed", author)
        facts = exception_facts(error, trace.outcome.raised_by(error), None, None)
        trace.point(t, trace.server_span, _OUT, ev.EXCEPTION, type(error).__name__, facts)


class _Parts(_Watched):
    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        outer, asked_ns = current.get(), clock()
        current.set((self._trace, self._trace.server_span, _OUT))
        try:
            part = next(self._iterator)
        except StopIteration:
            self._see_end()
            raise
        except BaseException as error:
            self._see_failure(error)
            raise
        finally:
            current.set(outer)
        self._see_part(asked_ns, part)
        return part


class _AsyncParts(_Watched):
    __slots__ = ()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        outer, asked_ns = current.get(), clock()
        current.set((self._trace, self._trace.server_span, _OUT))
        try:
            part = await anext(self._iterator)
        except StopAsyncIteration:
            self._see_end()
            raise
        except BaseException as error:
            self._see_failure(error)
            raise
        finally:
            current.set(outer)
        self._see_part(asked_ns, part)
        return part


def _size(part: Any, charset: str) -> int | None:
    """What `HttpResponseBase.make_bytes` will make of a part, in bytes; of an object only its own code could tell."""
    kind = type(part)
    if kind is bytes:
        return len(part)
    if kind is memoryview:
        return int(part.nbytes)
    return len(str.encode(part, charset)) if issubclass(kind, str) else None


if compiled is not None:
    compiled.connect(see_body=_see, watch_parts=_watch_parts)

PROBE = Probe(
    "streaming",
    [
        Patch(BaseHandler, "get_response", watch_result(_see)),
        Patch(BaseHandler, "get_response_async", watch_result_async(_see)),
        Patch(StaticFilesHandlerMixin, "get_response", watch_result(_see)),
        Patch(StaticFilesHandlerMixin, "get_response_async", watch_result_async(_see)),
    ],
)
