"""Pages that ask and include very often, beside those of the shop."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from config.urls import urlpatterns as shop_patterns

QUERIES = 33_000
INCLUDES = 15_000
STARS = "{% for product in products %}{% include 'shop/partials/stars.html' %}{% endfor %}"


def deep(request: HttpRequest) -> HttpResponse:
    """Many cheap queries, then a template that includes another many times."""
    with connection.cursor() as cursor:
        for number in range(QUERIES):
            cursor.execute("SELECT %s", [number])
    page = engines["django"].from_string(STARS)
    return HttpResponse(page.render({"products": range(INCLUDES)}, request))


def queries(request: HttpRequest, count: int) -> HttpResponse:
    """So many queries, of five sorts that take turns."""
    with connection.cursor() as cursor:
        for number in range(count):
            cursor.execute(f"SELECT %s + {number % 5}", [number])
    return HttpResponse(str(count))


urlpatterns = [path("deep/", deep), path("queries/<int:count>/", queries), *shop_patterns]
