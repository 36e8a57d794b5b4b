"""Sees a WSGI request's body being read, where the application first asks for it: in ASGI it comes by messages.

Replaces `LimitedStream.read`, checked for Django 5.2 to 6.1. What is read line by line is not seen.
"""

from types import MethodType
from typing import Any

from django.core.handlers.wsgi import LimitedStream

from visualizer import events as ev
from visualizer.events import error_facts
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current


def _read(original: Any) -> Any:
    def read(self: Any, size: int | None = -1, /) -> Any:
        here = current.get()
        # At its end the stream answers by itself.
        if here is None or self._pos >= self.limit or _reads_another(self._read):
            return original(self, size)
        asked_ns = clock()
        try:
            data = original(self, size)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _see(here, asked_ns, self, 0, error)
            raise
        _see(here, asked_ns, self, len(data), None)
        return data

    return read


def _reads_another(function: Any) -> bool:
    """Whether the server's own input is such a stream too, as runserver's: that one is seen."""
    return type(function) is MethodType and type(function.__self__) is LimitedStream


def _see(here: tuple[Trace, int, str], asked_ns: int, stream: Any, size: int, error: BaseException | None) -> None:
    t = clock()
    trace, span, stage = here
    try:
        trace.point(t, span, stage, ev.SERVER, "wsgi.input", _read_facts(t - asked_ns, stream, size, error))
    except Exception as fault:
        trace.fault("request_body", fault)


def _read_facts(wait_ns: int, stream: Any, size: int, error: BaseException | None) -> dict[str, Any]:
    facts = {"bytes": size, "left": stream.limit - stream._pos, "wait_ns": wait_ns}
    return {**facts, "error": error_facts(error)} if error else facts


PROBE = Probe("request_body", [Patch(LimitedStream, "read", _read)])
