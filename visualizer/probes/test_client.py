"""Sees requests made by Django's test clients, which call a handler without any server.

Replaces `ClientHandler.__call__` and `AsyncClientHandler.__call__`, checked for Django 5.2 to 6.1.
"""

from typing import Any

from django.test.client import AsyncClientHandler, ClientHandler

from visualizer import arrival
from visualizer.lifecycle import close_trace, handler_name, is_ignored, open_trace, try_to_open
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, current

Scope = dict[str, Any]
Environ = dict[str, Any]


def _test_client(original: Any) -> Any:
    def __call__(self: Any, environ: Environ) -> Any:
        if is_ignored(environ.get("PATH_INFO", "")):
            return original(self, environ)
        outer = current.get()
        trace = try_to_open(_open, self, environ)
        if trace is None:
            return original(self, environ)
        response = None
        failed: BaseException | None = None
        try:
            response = original(self, environ)
            return response
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            failed = error
            raise
        finally:
            current.set(outer)
            _end_test(trace, response, failed)
            failed = None

    return __call__


def _async_test_client(original: Any) -> Any:
    async def __call__(self: Any, scope: Scope) -> Any:
        if is_ignored(scope.get("path", "")):
            return await original(self, scope)
        outer = current.get()
        trace = try_to_open(_open_async, self, scope)
        if trace is None:
            return await original(self, scope)
        response = None
        failed: BaseException | None = None
        try:
            response = await original(self, scope)
            return response
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            failed = error
            raise
        finally:
            current.set(outer)
            _end_test(trace, response, failed)
            failed = None

    return __call__


def _open(handler: Any, environ: Environ) -> Trace:
    return open_trace(handler, arrival.from_environ(handler_name(handler), "test", None, environ))


def _open_async(handler: Any, scope: Scope) -> Trace:
    return open_trace(handler, arrival.from_scope(handler_name(handler), "test", None, scope))


def _end_test(trace: Trace, response: Any, failed: BaseException | None) -> None:
    try:
        if response is not None:
            _see_response(trace, response)
    except Exception as fault:
        trace.fault("test_client", fault)
    if not trace.awaits_close or failed is not None:
        close_trace(trace, failed)


def _see_response(trace: Trace, response: Any) -> None:
    cookies = [("Set-Cookie", morsel.OutputString()) for morsel in response.cookies.values()]
    trace.response = response.status_code, [*response.items(), *cookies]
    if not trace.streaming:
        for part in response._container:
            trace.see_chunk(len(part))


PROBE = Probe(
    "test_client",
    [Patch(ClientHandler, "__call__", _test_client), Patch(AsyncClientHandler, "__call__", _async_test_client)],
)
