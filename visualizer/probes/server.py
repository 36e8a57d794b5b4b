"""Sees requests come in from the server and responses go out to it, by ASGI and by WSGI.

Replaces `ASGIHandler.__call__`, `WSGIHandler.__call__` and `HttpResponseBase.close`, checked for Django 5.2 to 6.1.
The first two also let the program's own pages answer below their mount path, before anything of the project runs.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http.response import HttpResponseBase

from visualizer import events as ev
from visualizer import stages, wire
from visualizer.lifecycle import close_trace, handler_name, is_ignored, open_trace, take_unclosed, try_to_open
from visualizer.patching import Patch, Probe, roomy
from visualizer.recorder import Trace, clock, current

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


_front: Front | None = None


def set_front(front: Front | None) -> None:
    """Say who answers below the mount path; None takes the pages away."""
    global _front
    _front = front


def _asgi(original: Any) -> Any:
    async def __call__(self: Any, scope: Scope, receive: Receive, send: Send) -> Any:
        kind = scope["type"]
        path = wire.path_below_root(scope)
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
    facts = (wire.scope_facts, handler_name(handler), scope)
    title = f"{scope.get('method', '')} {scope['path']}"
    return open_trace(title, handler, "asgi", wire.server_of_asgi(send), wire.from_scope(scope), facts)


def _watch_receive(trace: Trace, receive: Receive) -> Receive:
    async def watched() -> Message:
        try:
            message = await receive()
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        t = clock()
        try:
            kind = message["type"]
            if kind == "http.disconnect" and not trace.response_complete:
                trace.outcome.disconnected = True
            size, more = len(message.get("body", b"")), bool(message.get("more_body"))
            trace.point(t, trace.server_span, _IN, ev.SERVER, kind, {"bytes": size, "more": more})
        except Exception as fault:
            trace.fault("server", fault)
        return message

    return watched


def _watch_send(trace: Trace, send: Send) -> Send:
    async def watched(message: Message) -> None:
        t = clock()
        try:
            _see_message(t, trace, message)
        except Exception as fault:
            trace.fault("server", fault)
        try:
            await send(message)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise

    return watched


def _see_message(t: int, trace: Trace, message: Message) -> None:
    kind = message["type"]
    facts: dict[str, Any]
    if kind == "http.response.start":
        headers = list(message.get("headers", ()))
        trace.see_response(message["status"], headers)
        facts = {"status": message["status"], "headers": len(headers)}
    else:
        size, more = len(message.get("body", b"")), bool(message.get("more_body"))
        trace.see_chunk(size)
        trace.response_complete = not more
        facts = {"bytes": size, "more": more}
    trace.point(t, trace.server_span, _OUT, ev.SERVER, kind, facts)


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
            close_trace(trace, error)
            raise
        finally:
            current.set(outer)
        # With `wsgi.file_wrapper` it is the server that reads the file.
        trace.body_seen = isinstance(result, HttpResponseBase)
        if not trace.awaits_close:
            close_trace(trace)
        return result

    return roomy(__call__)


def _open_wsgi(handler: Any, environ: Environ, start_response: Callable[..., Any]) -> Trace:
    facts = (wire.environ_facts, handler_name(handler), "wsgi", environ.copy())
    server = wire.server_of_wsgi(environ, start_response)
    title = f"{environ.get('REQUEST_METHOD', '')} {wire.path_of(environ)}"
    return open_trace(title, handler, "wsgi", server, wire.from_environ(environ), facts)


def _watch_start(trace: Trace, start_response: Callable[..., Any]) -> Callable[..., Any]:
    def watched(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        t = clock()
        try:
            code, _, reason = status.partition(" ")
            trace.see_response(int(code), list(headers))
            facts = {"status": int(code), "reason": reason, "headers": len(headers)}
            trace.point(t, trace.server_span, _OUT, ev.SERVER, "start_response", facts)
        except Exception as fault:
            trace.fault("server", fault)
        try:
            return start_response(status, headers, *rest)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise

    return watched


def _response_close(original: Any) -> Any:
    def close(self: Any) -> Any:
        waiting = take_unclosed(self)
        outer = current.get()
        # Under ASGI the handler closes by itself, and the trace ends with the handler.
        trace = waiting or (outer[0] if outer is not None and outer[1] == outer[0].server_span else None)
        if trace is None:
            return original(self)
        if waiting is not None:
            trace.point(clock(), trace.server_span, _OUT, ev.SERVER, "close")
        current.set((trace, trace.server_span, _OUT))
        try:
            return original(self)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        finally:
            current.set(outer)
            if waiting is not None:
                close_trace(trace)

    return close


PROBE = Probe(
    "server",
    [
        Patch(ASGIHandler, "__call__", _asgi),
        Patch(WSGIHandler, "__call__", _wsgi),
        Patch(HttpResponseBase, "close", _response_close),
    ],
)
