"""Middleware of every form that Django takes; most write down when they are called."""

import threading
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.template.response import TemplateResponse
from django.utils.decorators import async_only_middleware, sync_and_async_middleware, sync_only_middleware
from django.utils.deprecation import MiddlewareMixin

from tests.site.calls import calls
from tests.site.explosive import Explosive
from tests.site.views import one_query

GetResponse = Callable[[HttpRequest], Any]


class AllHooks(MiddlewareMixin):
    """Django's own style, with every hook."""

    def process_request(self, request: HttpRequest) -> None:
        calls.append("AllHooks.process_request")
        request.seen_by_all_hooks = True

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        calls.append(f"AllHooks.process_view {view.__name__ if hasattr(view, '__name__') else view.__class__.__name__}")

    def process_template_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        calls.append("AllHooks.process_template_response")
        response.context_data["word"] = "changed"
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        calls.append(f"AllHooks.process_exception {exception}")

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        calls.append("AllHooks.process_response")
        response["X-All-Hooks"] = "yes"
        return response


class TellsThread:
    """Writes down where it runs, on both ways."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        calls.append(f"in, {threading.current_thread().name.partition('-')[0]}")
        response = self.get_response(request)
        calls.append(f"out, {threading.current_thread().name.partition('-')[0]}")
        return response


class Slots:
    """A class without a `__dict__`."""

    __slots__ = ("get_response",)

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        calls.append("Slots in")
        response = self.get_response(request)
        calls.append("Slots out")
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        calls.append("Slots.process_view")


class UnmarkedAsync:
    """Async without saying so to `iscoroutinefunction`."""

    sync_capable = False
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        calls.append("UnmarkedAsync in")
        response = await self.get_response(request)
        calls.append("UnmarkedAsync out")
        return response


class MarkedAsync(UnmarkedAsync):
    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        markcoroutinefunction(self)


class AsyncHooks(MarkedAsync):
    """Hooks that are coroutine functions."""

    async def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        calls.append("AsyncHooks.process_view")

    async def process_template_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        calls.append("AsyncHooks.process_template_response")
        return response


def function(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        calls.append("function in")
        response = get_response(request)
        calls.append("function out")
        return response

    return middleware


@sync_only_middleware
def sync_only(get_response: GetResponse) -> GetResponse:
    return function(get_response)


@async_only_middleware
def async_only(get_response: GetResponse) -> GetResponse:
    async def middleware(request: HttpRequest) -> HttpResponse:
        calls.append("async_only in")
        response = await get_response(request)
        calls.append("async_only out")
        return response

    return middleware


@sync_and_async_middleware
def both(get_response: GetResponse) -> GetResponse:
    calls.append(f"both made, async: {iscoroutinefunction(get_response)}")
    return async_only(get_response) if iscoroutinefunction(get_response) else function(get_response)


class NotUsed(MiddlewareMixin):
    def __init__(self, get_response: GetResponse) -> None:
        raise MiddlewareNotUsed("not in this project")


class NotUsedSilently(MiddlewareMixin):
    def __init__(self, get_response: Any) -> None:
        raise MiddlewareNotUsed


class NotUsedExplosively(MiddlewareMixin):
    def __init__(self, get_response: Any) -> None:
        raise MiddlewareNotUsed(Explosive())


class RaisesWhenMade(MiddlewareMixin):
    def __init__(self, get_response: GetResponse) -> None:
        raise ValueError("wrong settings")


def returns_none(get_response: GetResponse) -> None:
    return None


class Neither:
    sync_capable = False
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        pass


class StopsIn(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("stopped", status=403)


class StopsInView(MiddlewareMixin):
    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse:
        return HttpResponse("stopped before the view", status=403)


class Rescues(MiddlewareMixin):
    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        return HttpResponse("rescued", status=418)


class RaisesIn(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> None:
        raise ValueError("on the way in")


class RaisesOut(MiddlewareMixin):
    def process_response(self, request: HttpRequest, response: HttpResponse) -> None:
        raise ValueError("on the way out")


class RaisesInHook(MiddlewareMixin):
    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        raise ValueError("in the hook")


class TemplateHookReturnsNone(MiddlewareMixin):
    def process_template_response(self, request: HttpRequest, response: HttpResponse) -> None:
        return None


class ReplacesTemplate(MiddlewareMixin):
    def process_template_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        return TemplateResponse(request, "part.html", {"word": "another"})


class CallsTwice:
    """Asks the next layer again, as a retry would."""

    sync_capable = async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        if iscoroutinefunction(self.get_response):
            return self.__acall__(request)
        self.get_response(request)
        return self.get_response(request)

    async def __acall__(self, request: HttpRequest) -> HttpResponse:
        await self.get_response(request)
        return await self.get_response(request)


class SetsUrlconf(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> None:
        request.urlconf = "tests.site.urls"


class Replaces(MiddlewareMixin):
    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        return HttpResponseNotModified()


class RescuesOutside(MiddlewareMixin):
    """Puts a response of its own in the place of an error page."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        return HttpResponse("sorry", status=503) if response.status_code == 500 else response


class Asks:
    """A query on the way in and one on the way out."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        one_query("in")
        response = self.get_response(request)
        one_query("out")
        return response


class Changes(MiddlewareMixin):
    """Changes everything that a middleware may change."""

    def process_request(self, request: HttpRequest) -> None:
        request.added = "new"
        request.api_token = "a-secret-of-the-request"

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response["X-Added"] = "1"
        response["X-View"] = "changed"
        response.set_cookie("session_hint", "secret-cookie-value")
        response.status_code = 201
        response.content += b" and more"
        return response


class ConsumesStream(MiddlewareMixin):
    """Reads the stream itself and asks while doing so."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        return HttpResponse(b"".join(response.streaming_content), headers=dict(response.items()))


class PlainHeaders(MiddlewareMixin):
    """Gives the response headers of another class than Django's."""

    def process_response(self, request, response):
        response.headers = dict(response.headers.items())
        return response
