"""The shop's own middleware: who may not come in, what the visitor carries, and who has to wait."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

from asgiref.sync import async_to_sync, iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from config.shop.cart import Cart, OutOfStockError
from config.shop.models import Ban

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]

PRICE_LIST = "/api/prices/"
PRICE_PAUSE_S = 0.3


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


class CartMiddleware:
    """Attaches `request.cart`, and speaks for it: what is missing to free delivery, what is sold out."""

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
        self.attach_cart(request)
        return self.get_response(request)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        self.attach_cart(request)
        return await self.get_response(request)

    def attach_cart(self, request: HttpRequest) -> None:
        # Lazy, so that the session is read only when somebody looks into the cart.
        request.cart = SimpleLazyObject(partial(Cart, request))

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        """Give the shop's pages that are rendered after their view the way that is left to free delivery."""
        if "shop" in request.resolver_match.app_names and response.context_data is not None:
            response.context_data["missing_to_free_delivery"] = request.cart.missing_to_free_delivery
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Lead whoever wanted what is sold out to the cart, and say so there."""
        if not isinstance(exception, OutOfStockError):
            return None
        messages.error(request, _("%(product)s is sold out.") % {"product": exception.product})
        return redirect("shop:cart")


class PriceRobotMiddleware:
    """Makes whoever is not signed in wait for the answer, so that robots do not copy our prices all day.

    It sleeps, which would hold up a whole event loop: it is for threads alone.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            time.sleep(PRICE_PAUSE_S)
        return self.get_response(request)


@sync_and_async_middleware
def price_middleware(get_response: GetResponse) -> GetResponse:
    """Put `PriceRobotMiddleware` before the price list alone; under ASGI it would send every request into a thread."""
    if iscoroutinefunction(get_response):
        guarded = sync_to_async(PriceRobotMiddleware(async_to_sync(get_response)))

        async def middleware(request: HttpRequest) -> HttpResponseBase:
            return await (guarded if request.path_info == PRICE_LIST else get_response)(request)

    else:
        guarded = PriceRobotMiddleware(get_response)

        def middleware(request: HttpRequest) -> HttpResponseBase:
            return (guarded if request.path_info == PRICE_LIST else get_response)(request)

    return middleware
