"""The shop's own middleware, under both kinds of handlers."""

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.contrib.auth import get_user_model
from django.db import connection
from django.http import HttpResponse
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext

from config.shop.middleware import BannedUserMiddleware, CartMiddleware, price_middleware
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


def test_attaching_the_cart_reads_nothing(rf):
    # Neither session nor user: looking into the cart would raise, and so would any query in a test without a database.
    request = rf.get("/")
    CartMiddleware(lambda request: HttpResponse())(request)
    assert "cart" in vars(request)
    with pytest.raises(AttributeError):
        len(request.cart)
