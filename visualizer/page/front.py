"""Answers below the mount path, before anything of the project runs and whatever state the project is in.

Two subclasses of Django's handlers without the project's middleware, URLconf, templates and signals.
"""

import logging
import traceback
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, cast

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core.exceptions import RequestAborted, RequestDataTooBig, SuspiciousOperation
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, get_resolver
from django.utils import translation
from django_htmx.middleware import HtmxMiddleware

from visualizer.access import may_admit_anyone, request_of_socket
from visualizer.conf import get_settings
from visualizer.errors import SettingsError
from visualizer.live.consumer import LiveConsumer
from visualizer.page.middleware import Gate, GetResponse, SecurityHeaders
from visualizer.page.responses import text
from visualizer.recorder import suspended

logger = logging.getLogger("visualizer.page")

URLCONF = "visualizer.page.urls"

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Front:
    """Hands requests of the program's own paths to the program's own handlers."""

    def __init__(self) -> None:
        self._asgi_handler = _AsgiHandler()
        self._wsgi_handler = _WsgiHandler()
        self._socket = LiveConsumer.as_asgi()

    def owns(self, path: str) -> bool:
        """Whether a path, without the script's name, is ours. Where nobody could be admitted, none is."""
        try:
            ours = get_settings()
            is_ours = f"{path}/".startswith(ours.mount) or (path == "/" and ours.page_at_root)
            return is_ours and may_admit_anyone()
        # The check visualizer.E001 tells it; the project's own pages go on working.
        except SettingsError:
            return False

    async def asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a socket."""
        with suspended():
            if scope["type"] == "http":
                await self._asgi_handler(scope, receive, send)
            elif request_of_socket(scope).path_info == f"{get_settings().mount}live/":
                await self._socket(scope, receive, send)
            else:
                await send({"type": "websocket.close"})

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve a request."""
        with suspended():
            return self._wsgi_handler(environ, start_response)


class _AsgiHandler(ASGIHandler):
    """Uses what `ASGIHandler` knows of the protocol; `handle` would send the project's signals."""

    def load_middleware(self, is_async: bool = False) -> None:
        pass

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with ThreadSensitiveContext():
            try:
                body = await self.read_body(receive)
            except RequestAborted:
                return
            with body:
                request, refused = self.create_request(scope, body)
                response = await sync_to_async(respond)(request) if request is not None else refused
                await self.send_response(cast("HttpResponse", response), send)


class _WsgiHandler(WSGIHandler):
    def load_middleware(self, is_async: bool = False) -> None:
        pass

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:  # type: ignore[override]
        response = respond(self.request_class(environ))
        headers = [*response.items(), *(("Set-Cookie", c.output(header="").strip()) for c in response.cookies.values())]
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        # Not the response itself: its close() would send request_finished.
        return [response.content]


def respond(request: HttpRequest) -> HttpResponse:
    """Answer a request for one of our paths, and give back the database connections."""
    try:
        with translation.override("en"):
            return _chain(request)
    finally:
        close_old_connections()
        request.close()


def _guarded(request: HttpRequest) -> HttpResponse:
    try:
        return _gate(request)
    except Http404 as error:
        return text(str(error) or "There is no such page.", 404)
    except RequestDataTooBig:
        return text("The request's body is too long.", 413)
    except SuspiciousOperation as error:
        return text(str(error), 400)
    except Exception:
        logger.exception("The page %s failed.", request.path)
        return text(traceback.format_exc() if settings.DEBUG else "The page failed; the log says why.", 500)


def _view(request: HttpRequest) -> HttpResponse:
    path = request.path_info
    mount = get_settings().mount
    if f"{path}/" == mount:
        return HttpResponseRedirect(f"{request.META.get('SCRIPT_NAME', '').rstrip('/')}{mount}")
    request.urlconf = URLCONF
    below = "" if path == "/" else path.removeprefix(mount)
    try:
        match = get_resolver(URLCONF).resolve(f"/{below}")
    except Resolver404:
        raise Http404(f"The visualizer has no page {path}.") from None
    request.resolver_match = match
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


_gate = Gate(cast("GetResponse", HtmxMiddleware(_view)))
_chain = SecurityHeaders(_guarded)
