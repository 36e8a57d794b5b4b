"""Sees requests come in from the server and responses go out to it, by ASGI and by WSGI.

Replaces `ASGIHandler.__call__`, `WSGIHandler.__call__` and `HttpResponseBase.close`, checked for Django 5.2 to 6.1.
The first two also let the program's own pages answer below their mount path, before anything of the project runs.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http.response import HttpResponseBase

from visualizer import arrival, stages, wire
from visualizer import events as ev
from visualizer.events import error_facts
from visualizer.lifecycle import (
    close_trace,
    hand_over,
    handler_name,
    is_ignored,
    open_trace,
    take_unclosed,
    try_to_open,
    waited_ns,
)
from visualizer.native import compiled, watch_compiled
from visualizer.patching import Patch, Probe, roomy
from visualizer.recorder import Here, Trace, clock, current

Scope = dict[str, Any]
Message = dict[str, Any]
Environ = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_IN, _OUT = stages.SERVER_REQUEST, stages.SERVER_RESPONSE


class Front(Protocol):
    """Answers the program's own pages and its socket."""

    def owns(self, path: str) -> bool: ...

    async def asgi(self, scope: Scope, receive: Receive, send: Send) -> None: ...

    def wsgi(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]: ...


# Owns nothing but what lies below the mount path, and the root where the page is served there.
_front: Front | None = None


def set_front(front: Front | None) -> None:
    """Say who answers below the mount path; None takes the pages away."""
    global _front
    _front = front
    if compiled is not None:
        compiled.connect(front=front)


def _asgi(original: Any) -> Any:
    async def __call__(self: Any, scope: Scope, receive: Receive, send: Send) -> Any:
        kind = scope["type"]
        path = wire.path_below_root(scope) if scope.get("root_path") else scope.get("path", "")
        if _front is not None and kind in ("http", "websocket") and _front.owns(path):
            return await _front.asgi(scope, receive, send)
        if kind != "http" or is_ignored(path):
            return await original(self, scope, receive, send)
        outer = current.get()
        trace = try_to_open(_open_asgi, self, scope, send)
        if trace is None:
            return await original(self, scope, receive, send)
        failed: BaseException | None = None
        try:
            return await original(self, scope, _watch_receive(trace, receive), _watch_send(trace, send))
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            failed = error
            raise
        finally:
            current.set(outer)
            close_trace(trace, failed)
            failed = None

    return __call__


def _open_asgi(handler: Any, scope: Scope, send: Send) -> Trace:
    server = wire.server_of_asgi(send)
    return open_trace(handler, arrival.from_scope(handler_name(handler), "asgi", server, scope))


def _watch_receive(trace: Trace, receive: Receive) -> Receive:
    if compiled is not None:
        return compiled.watched("receive", receive, _receive, trace)  # type: ignore[no-any-return]
    return lambda: _receive(trace, receive())


async def _receive(trace: Trace, message_to_come: Awaitable[Message]) -> Message:
    asked_ns = clock()
    try:
        message = await message_to_come
    except BaseException as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        raise
    t = clock()
    try:
        _see_received(t, trace, message, t - asked_ns)
    except Exception as fault:
        trace.fault("server", fault)
    return message


def _see_received(t: int, trace: Trace, message: Message, wait_ns: int) -> None:
    kind = message["type"]
    if kind == "http.disconnect":
        if not trace.response_complete:
            trace.outcome.disconnected = True
        # Django waits for it during the whole request, which tells nothing.
        trace.point(t, trace.server_span, _IN, ev.SERVER, kind)
        return
    size, more = len(message.get("body", b"")), bool(message.get("more_body"))
    trace.point(t, trace.server_span, _IN, ev.SERVER, kind, _received_facts, size, more, wait_ns)


def _received_facts(size: int, more: bool, wait_ns: int) -> dict[str, Any]:
    return {"bytes": size, "more": more, "wait_ns": wait_ns}


def _watch_send(trace: Trace, send: Send) -> Send:
    if compiled is not None:
        return compiled.watched("send", send, _send, trace)  # type: ignore[no-any-return]
    return lambda message: _send(trace, send(message), message)


async def _send(trace: Trace, sent: Awaitable[None], message: Message) -> None:
    t = clock()
    told: SentMessage | None = None
    try:
        told = _see_message(trace, message)
    except Exception as fault:
        trace.fault("server", fault)
    given_ns = clock()
    trace.spend(given_ns - t)
    try:
        await sent
    except BaseException as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        if told is not None:
            _see_not_sent((trace, trace.server_span, _OUT), given_ns, told, error)
        raise
    if told is not None:
        t = clock()
        told[WAIT] = t - given_ns
        trace.point(t, trace.server_span, _OUT, ev.SERVER, told[KIND], _message_facts, told)


# What is noted of a message that is sent, by the places below: its type, the status, how many headers or bytes, whether
# more of the body is to come, and how long the server took it.
SentMessage = list[Any]
KIND, STATUS, AMOUNT, MORE, WAIT = range(5)


def _see_message(trace: Trace, message: Message) -> SentMessage:
    """Note what the handler is about to send; its event comes once `send` is done, which may wait for the client."""
    kind = message["type"]
    if kind == "http.response.start":
        headers = list(message.get("headers", ()))
        trace.response = message["status"], headers
        return [kind, message["status"], len(headers), 0, 0]
    size, more = len(message.get("body", b"")), bool(message.get("more_body"))
    trace.see_chunk(size)
    trace.response_complete = not more
    return [kind, None, size, more, 0]


def _message_facts(told: SentMessage) -> dict[str, Any]:
    kind, status, amount, more, wait_ns = told
    if kind == "http.response.start":
        return {"status": status, "headers": amount, "wait_ns": wait_ns}
    return {"bytes": amount, "more": bool(more), "wait_ns": wait_ns}


def _see_not_sent(here: tuple[Trace, int, str], given_ns: int, told: SentMessage, error: BaseException) -> None:
    t = clock()
    trace, parent, stage = here
    told[WAIT] = t - given_ns
    facts = {**_message_facts(told), "error": error_facts(error)}
    # ASGI: what a server raises here once the client has gone.
    trace.outcome.disconnected |= isinstance(error, OSError)
    trace.point(t, parent, stage, ev.SERVER, told[KIND], facts)


def _wsgi(original: Any) -> Any:
    def __call__(self: Any, environ: Environ, start_response: Callable[..., Any]) -> Any:
        path = environ.get("PATH_INFO", "")
        if _front is not None and _front.owns(path):
            return _front.wsgi(environ, start_response)
        if is_ignored(path):
            return original(self, environ, start_response)
        outer = current.get()
        trace = try_to_open(_open_wsgi, self, environ, start_response)
        if trace is None:
            return original(self, environ, start_response)
        try:
            result = original(self, environ, _watch_start(trace, start_response))
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            try:
                close_trace(trace, error)
            finally:
                current.set(outer)
            raise
        current.set(outer)
        # With `wsgi.file_wrapper` it is the server that reads the file.
        trace.body_seen = isinstance(result, HttpResponseBase)
        if trace.awaits_close:
            hand_over(result, reads_body=environ.get("REQUEST_METHOD") != "HEAD")
        else:
            close_trace(trace)
        return result

    return roomy(__call__)


def _end_raising(here: Here, _: int, __: None, error: BaseException) -> None:
    close_trace(here[0], error)


def _open_wsgi(handler: Any, environ: Environ, start_response: Callable[..., Any]) -> Trace:
    server = wire.server_of_wsgi(environ, start_response)
    return open_trace(handler, arrival.from_environ(handler_name(handler), "wsgi", server, environ))


def _watch_start(trace: Trace, start_response: Callable[..., Any]) -> Callable[..., Any]:
    if compiled is not None:
        return compiled.watched("start_response", start_response, start_response, trace)  # type: ignore[no-any-return]

    def watched(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        t = clock()
        try:
            trace.response = int(status.partition(" ")[0]), list(headers)
            trace.point(t, trace.server_span, _OUT, ev.SERVER, "start_response", _start_facts, status, len(headers))
        except Exception as fault:
            trace.fault("server", fault)
        try:
            return start_response(status, headers, *rest)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise

    return watched


def _start_facts(status: str, headers: int) -> dict[str, Any]:
    code, _, reason = status.partition(" ")
    return {"status": int(code), "reason": reason, "headers": headers}


def _response_close(original: Any) -> Any:
    def close(self: Any) -> Any:
        left_open = take_unclosed(self)
        outer = current.get()
        trace = left_open or _closed_by_handler(outer)
        if trace is None:
            return original(self)
        t = clock()
        facts = _closing_facts(t, left_open) if left_open else {}
        trace.point(t, trace.server_span, _OUT, ev.SERVER, "close", facts)
        current.set((trace, trace.server_span, _OUT))
        failed: BaseException | None = None
        try:
            return original(self)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            failed = error
            raise
        finally:
            current.set(outer)
            _see_closed(t, trace, failed)
            if left_open is not None:
                close_trace(trace)
            failed = None

    return close


def _closed_by_handler(here: tuple[Trace, int, str] | None) -> Trace | None:
    """The trace of a handler that closes by itself, as under ASGI: it ends with the handler.

    What is closed inside the close that is waited for is not told again.
    """
    if here is None or here[1] != here[0].server_span or here[0].awaits_close:
        return None
    return here[0]


def _closing_facts(t: int, trace: Trace) -> dict[str, Any]:
    # Of a file that the server reads by itself nothing is seen, nor of a body that it need not read.
    seen = trace.body_seen and trace.reads_body
    early = not trace.is_whole and seen and trace.outcome.failure is None
    if early and trace.interface == "wsgi":
        trace.outcome.disconnected = True
    return {"wait_ns": waited_ns(trace, t), "early": early}


def _see_closed(since_ns: int, trace: Trace, error: BaseException | None) -> None:
    """`HttpResponseBase.close` sends this signal last, once it has closed what the response holds."""
    t = clock()
    facts = _closed_facts(t - since_ns)
    told = {**facts, "error": error_facts(error)} if error else facts
    trace.point(t, trace.server_span, _OUT, ev.SERVER, "closed", told)


def _closed_facts(took_ns: int) -> dict[str, Any]:
    return {"took_ns": took_ns}


def _whole_facts(wait_ns: int | None) -> dict[str, Any]:
    return {"wait_ns": wait_ns, "early": False}


def _close_raising(here: Here, since_ns: int, was_left_open: bool, error: BaseException) -> None:
    _see_closed(since_ns, here[0], error)
    if was_left_open:
        close_trace(here[0])


if compiled is not None:
    compiled.connect(
        stage_server_in=_IN,
        stage_server_out=_OUT,
        kind_server=ev.SERVER,
        message_facts=_message_facts,
        received_facts=_received_facts,
        start_facts=_start_facts,
        send_raising=_see_not_sent,
        receive_plainly=_receive,
        send_plainly=_send,
        server_of_wsgi=wire.server_of_wsgi,
        server_of_asgi=wire.server_of_asgi,
        response_base=HttpResponseBase,
        close_trace=close_trace,
        closing_facts=_whole_facts,
        closed_facts=_closed_facts,
        close_raising=_close_raising,
        end_raising=_end_raising,
    )

PROBE = Probe(
    "server",
    [
        Patch(ASGIHandler, "__call__", watch_compiled("asgi handler", _asgi)),
        Patch(WSGIHandler, "__call__", watch_compiled("wsgi handler", _wsgi)),
        Patch(HttpResponseBase, "close", watch_compiled("close", _response_close)),
    ],
)
