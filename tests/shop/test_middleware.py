"""The shop's own middleware, under both kinds of handlers."""

import asyncio

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.contrib.auth import get_user_model
from django.db import connection
from django.http import HttpResponse
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext

from config.shop.middleware import PRICE_PAUSE_S, BannedUserMiddleware, CartMiddleware, price_middleware
from config.shop.models import Ban


@pytest.fixture
def async_get(shop):
    """Return a function that gets a page through the ASGI handler."""

    def get(path, username):
        client = AsyncClient()
        client.force_login(get_user_model().objects.get(username=username))
        return async_to_sync(client.get)(path)

    return get


def test_a_banned_user_gets_a_page_that_says_why(sign_in):
    response = sign_in("mallory").get("/products/")
    assert response.status_code == 403
    assert "41 empty boxes" in response.content.decode()


def test_a_banned_user_never_reaches_the_resolver(sign_in):
    assert sign_in("mallory").get("/products/").wsgi_request.resolver_match is None


def test_a_banned_user_may_sign_out(sign_in):
    mallory = sign_in("mallory")
    assert mallory.post("/accounts/logout/").status_code == 302
    assert mallory.get("/products/").status_code == 200


def test_a_ban_that_ends_lets_the_user_in(sign_in):
    mallory = sign_in("mallory")
    Ban.objects.all().delete()
    assert mallory.get("/products/").status_code == 200


def test_nobody_looks_for_a_ban_of_an_anonymous_visitor(client, shop, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/api/products/1/")


def test_the_ban_holds_under_asgi(async_get):
    assert async_get("/products/", "mallory").status_code == 403
    assert async_get("/products/", "john").status_code == 200


def test_under_asgi_the_user_is_loaded_once(async_get):
    with CaptureQueriesContext(connection) as queries:
        async_get("/products/", "john")
    loads = [query["sql"] for query in queries if 'FROM "auth_user" WHERE "auth_user"."id"' in query["sql"]]
    assert len(loads) == 1


@pytest.mark.parametrize("middleware", [BannedUserMiddleware, CartMiddleware, price_middleware])
def test_middleware_is_of_the_kind_of_what_it_wraps(middleware):
    async def async_view(request):
        return HttpResponse()

    assert middleware.sync_capable
    assert middleware.async_capable
    assert iscoroutinefunction(middleware(async_view))
    assert not iscoroutinefunction(middleware(lambda request: HttpResponse()))


@pytest.fixture
def naps(monkeypatch):
    taken = []
    monkeypatch.setattr("config.shop.middleware.time.sleep", taken.append)
    return taken


@pytest.mark.parametrize(("username", "expected"), [("", [PRICE_PAUSE_S]), ("john", [])])
def test_the_price_list_makes_those_wait_who_are_not_signed_in(sign_in, naps, username, expected):
    assert sign_in(username).get("/api/prices/").json()["compass"] == "39.00"
    assert naps == expected


@pytest.mark.parametrize("path", ["/products/", "/api/products/1/", "/api/prices/today/"])
def test_no_other_page_makes_anybody_wait(client, shop, naps, path):
    client.get(path)
    assert naps == []


def test_under_asgi_no_event_loop_waits_for_the_price_list(shop, monkeypatch):
    def nap(seconds):
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        taken.append(seconds)

    taken = []
    monkeypatch.setattr("config.shop.middleware.time.sleep", nap)
    assert async_to_sync(AsyncClient().get)("/api/prices/").status_code == 200
    assert taken == [PRICE_PAUSE_S]


def test_pages_outside_the_shop_are_left_as_they_are(sign_in):
    assert "missing_to_free_delivery" not in sign_in("sarah").get("/admin/shop/product/").context_data


def test_an_exception_that_is_not_the_carts_is_not_rescued(sign_in):
    client = sign_in("john", raise_request_exception=False)
    assert client.get("/reports/average-order/").status_code == 500


def test_attaching_the_cart_reads_nothing(rf):
    # Neither session nor user: looking into the cart would raise, and so would any query in a test without a database.
    request = rf.get("/")
    CartMiddleware(lambda request: HttpResponse())(request)
    assert "cart" in vars(request)
    with pytest.raises(AttributeError):
        len(request.cart)
