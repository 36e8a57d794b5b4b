"""Begins and ends the trace of one request on behalf of the probes that see handlers being called."""

import logging
import weakref
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from visualizer import events as ev
from visualizer import stages, wire
from visualizer.arrival import Arrival
from visualizer.conf import get_settings
from visualizer.events import describe, error_facts
from visualizer.native import compiled
from visualizer.proxy import proxy_facts
from visualizer.recorder import Trace, begin, clock, current, finish

_IN, _OUT = stages.SERVER_REQUEST, stages.SERVER_RESPONSE

logger = logging.getLogger("visualizer")


def is_ignored(path: str) -> bool:
    """Whether requests for this path are never recorded."""
    return path.startswith(get_settings().ignore)


def handler_name(handler: Any) -> str:
    """The dotted path of a handler's class."""
    kind: type = type(handler)
    return _path_of(kind)


@lru_cache(maxsize=64)
def _path_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def open_trace(handler: Any, arrival: Arrival) -> Trace:
    """Begin a trace and its server's span, which `close_trace` ends, and let what runs from now on belong to it."""
    title, name, interface, server, read, told, facts, came_by_proxy, peer = arrival
    trace = begin(interface, name, server, read, told)
    trace.point(clock(), 0, stages.CLIENT_REQUEST, ev.CLIENT, title, wire.client_facts, read, told)
    if came_by_proxy:
        note_proxy(trace, peer)
    kind = type(handler).__qualname__
    span = trace.enter(clock(), 0, _IN, ev.SERVER, kind, _server_facts, facts, _layers.get(handler))
    trace.server_span = span
    current.set((trace, span, _IN))
    return trace


def note_proxy(trace: Trace, peer: str | None) -> None:
    """Note that a proxy stands in front of the server, to which `peer` connected."""
    claimed = (proxy_facts, trace.read, trace.told, peer, trace.started_epoch_ns)
    trace.point(clock(), 0, _IN, ev.PROXY, "proxy", claimed)


class Layers(NamedTuple):
    """The middleware of one handler, outermost first: what it loaded, and `{path, reason}` of what it left out."""

    middleware: list[str]
    unused: list[dict[str, str | None]]


def note_layers(handler: Any, layers: Layers) -> None:
    """Remember what a handler loaded: what stops a request keeps the rest unseen."""
    _layers[handler] = layers


_layers: weakref.WeakKeyDictionary[Any, Layers] = weakref.WeakKeyDictionary()


def _server_facts(facts: Iterable[Any], layers: Layers | None) -> dict[str, Any]:
    middleware, unused = layers or (None, None)
    return {**describe(tuple(facts)), "middleware": middleware, "unused": unused}


def try_to_open(opening: Callable[..., Trace], *args: Any) -> Trace | None:
    """Call what opens a trace; None if it fails: the request goes on without one."""
    try:
        return opening(*args)
    except Exception as error:
        _not_recorded(error)
        return None


def _not_recorded(error: BaseException) -> None:
    logger.error("A request could not be recorded.", exc_info=error)


def close_trace(trace: Trace, error: BaseException | None = None) -> None:
    """End the server's span and the trace; `error` is what left the handler, if anything did."""
    t = clock()
    trace.abandon(t)
    trace.exit(t, trace.server_span, _OUT, _exit_facts, trace, error_facts(error) if error else None)
    if error is not None and trace.outcome.failure is None and not trace.outcome.disconnected:
        trace.outcome.see_raised(error, trace.outcome.handler, _IN)
        trace.outcome.see_failure(error)
    finish(trace, t)


# Responses that the server has been given, or will be, and has yet to close; by their ids, which count only while they
# live.
_unclosed: dict[int, tuple[weakref.ref[Any], Trace]] = {}


def leave_open(response: Any, trace: Trace) -> None:
    """Let a trace go on until its response is closed."""
    _unclosed[id(response)] = (weakref.ref(response, _forget_unclosed), trace)
    trace.awaits_close = True


def _forget_unclosed(gone: weakref.ref[Any]) -> None:
    for key, (held, _) in tuple(_unclosed.items()):
        if held is gone:
            _unclosed.pop(key, None)


def hand_over(response: Any, reads_body: bool) -> None:
    """Note that the handler returns this response to the server now; where the method is HEAD it need not read it."""
    found = _unclosed.get(id(response))
    if found is not None:
        found[1].reads_body = reads_body
        found[1].left_ns = clock()


def waited_ns(trace: Trace, t: int) -> int | None:
    """How long the server has been busy with what it got last; None where that moment was not seen."""
    return t - trace.left_ns if trace.left_ns >= 0 else None


def take_unclosed(response: Any) -> Trace | None:
    """The trace that waits for this response to be closed, once."""
    found = _unclosed.pop(id(response), None)
    return found[1] if found else None


def _exit_facts(trace: Trace, error: dict[str, Any] | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"body_bytes": trace.body_bytes if trace.body_seen else None, "chunks": trace.chunks}
    return {**facts, "error": error} if error else facts


if compiled is not None:
    compiled.connect(
        stage_client=stages.CLIENT_REQUEST,
        kind_client=ev.CLIENT,
        client_facts=wire.client_facts,
        name_of_kind=_path_of,
        server_facts=_server_facts,
        note_proxy=note_proxy,
        # The dict that it keeps them in, by weak references.
        layers=vars(_layers)["data"],
        not_recorded=_not_recorded,
        unclosed=_unclosed,
        forget_unclosed=_forget_unclosed,
        exit_facts=_exit_facts,
    )
