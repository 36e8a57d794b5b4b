"""The shop's own middleware: who may not come in, and what the visitor carries."""

from collections.abc import Awaitable, Callable
from functools import partial

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import SimpleLazyObject

from config.shop.cart import Cart
from config.shop.models import Ban

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class BannedUserMiddleware:
    """Answers 403 instead of the view to a signed-in user who is banned."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self.__acall__(request)
        return self.refuse(request) or self.get_response(request)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        # Not request.auser(): it keeps its own copy, so that views asking for request.user would load the user twice.
        return await sync_to_async(self.refuse)(request) or await self.get_response(request)

    def refuse(self, request: HttpRequest) -> HttpResponse | None:
        """Return the page for a banned user, None for everybody else; who is banned may still sign out."""
        if not request.user.is_authenticated:
            return None
        ban = Ban.objects.filter(user=request.user).first()
        if ban is None or request.path_info == reverse("logout"):
            return None
        return render(request, "shop/banned.html", {"ban": ban}, status=403)


@sync_and_async_middleware
def cart_middleware(get_response: GetResponse) -> GetResponse:
    """Attach `request.cart`, which reads the session only when somebody looks into it."""
    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponseBase:
            request.cart = SimpleLazyObject(partial(Cart, request))
            return await get_response(request)

    else:

        def middleware(request: HttpRequest) -> HttpResponseBase:
            request.cart = SimpleLazyObject(partial(Cart, request))
            return get_response(request)

    return middleware
