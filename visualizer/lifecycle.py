"""Begins and ends the trace of one request on behalf of the probes that see handlers being called."""

import weakref
from typing import Any

from visualizer import events as ev
from visualizer import stages, wire
from visualizer.conf import get_settings
from visualizer.events import Detail, error_facts
from visualizer.recorder import Trace, begin, clock, finish

_IN, _OUT = stages.SERVER_REQUEST, stages.SERVER_RESPONSE


def is_ignored(path: str) -> bool:
    """Whether requests for this path are never recorded."""
    return path.startswith(get_settings().ignore)


def handler_name(handler: Any) -> str:
    """The dotted path of a handler's class."""
    return f"{type(handler).__module__}.{type(handler).__qualname__}"


def open_trace(
    title: str, handler: Any, interface: str, server: str | None, source: wire.RequestSource, facts: Detail
) -> tuple[Trace, int]:
    """Begin a trace; return it with the server's span, which `close_trace` ends."""
    trace = begin(interface, handler_name(handler), server, source)
    trace.point(clock(), 0, stages.CLIENT_REQUEST, ev.CLIENT, title, (wire.client_facts, source))
    span = trace.server_span = trace.enter(clock(), 0, _IN, ev.SERVER, type(handler).__qualname__, facts)
    return trace, span


def close_trace(trace: Trace, span: int, error: BaseException | None = None) -> None:
    """End the server's span and the trace; `error` is what left the handler, if anything did."""
    t = clock()
    trace.exit(t, span, _OUT, (_exit_facts, trace, error_facts(error) if error else None))
    if error is not None and trace.outcome.failure is None and not trace.outcome.disconnected:
        trace.outcome.see_raised(error, trace.outcome.handler, _IN)
        trace.outcome.see_failure(error)
    finish(trace, t)


# Traces whose response the server has yet to close, by the response's id, which counts only while the response lives.
_unclosed: dict[int, tuple[weakref.ref[Any], Trace]] = {}


def leave_open(response: Any, trace: Trace) -> None:
    """Let a trace go on until its response is closed."""
    key = id(response)
    _unclosed[key] = (weakref.ref(response, lambda _: _unclosed.pop(key, None)), trace)
    trace.awaits_close = True


def take_unclosed(response: Any) -> Trace | None:
    """The trace that waits for this response to be closed, once."""
    found = _unclosed.pop(id(response), None)
    return found[1] if found else None


def _exit_facts(trace: Trace, error: dict[str, Any] | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"body_bytes": trace.body_bytes if trace.body_seen else None, "chunks": trace.chunks}
    return {**facts, "error": error} if error else facts
