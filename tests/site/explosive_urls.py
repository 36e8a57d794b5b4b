"""Views that handle objects which must not be touched."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, register_converter

from config.shop.models import Product
from tests.site.explosive import Counting, CountingStr, Explosive


class ExplosiveConverter:
    """Turns a part of the path into an object that must not be touched."""

    regex = "[a-z]+"

    def to_python(self, value: str) -> Explosive:
        return Explosive()

    def to_url(self, value: Any) -> str:
        return "boom"


register_converter(ExplosiveConverter, "explosive")


def captured(request: HttpRequest, thing: Any) -> HttpResponse:
    request.explosive = thing
    request.counting = Counting()
    return HttpResponse("not touched")


def in_context(request: HttpRequest) -> HttpResponse:
    context = {
        "explosive": Explosive(),
        "counting": Counting(),
        "products": Product.objects.all(),
        "manager": Product.objects,
        "method": Product.objects.filter,
        Explosive: "a class as a key",
        CountingStr("odd"): "a subclass of str as a key",
        "word": "hello",
    }
    return render(request, "page.html", context)


def lazy_user(request: HttpRequest) -> HttpResponse:
    return HttpResponse("user not asked for")


urlpatterns = [
    path("captured/<explosive:thing>/", captured),
    path("in-context/", in_context),
    path("lazy-user/", lazy_user),
]
