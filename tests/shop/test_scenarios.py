"""Each scenario does what it promises."""

import pytest
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.scenarios import SCENARIOS
from config.shop.models import Order

BY_NAME = {scenario["name"]: scenario for scenario in SCENARIOS}
KEYS = {"name", "promise", "method", "path", "user", "headers", "body"}


@pytest.fixture
def play(sign_in):
    """Return a function that sends a scenario and gives the response, with its queries as `sql`."""

    def send(name):
        scenario = BY_NAME[name]
        client = sign_in(scenario["user"], enforce_csrf_checks=True, raise_request_exception=False)
        headers = {"Accept-Encoding": "gzip"} | scenario["headers"]
        content_type = headers.pop("Content-Type", "application/octet-stream")
        with CaptureQueriesContext(connection) as queries:
            response = client.generic(
                scenario["method"], scenario["path"], scenario["body"], content_type=content_type, headers=headers
            )
        response.sql = [query["sql"] for query in queries]
        return response

    return send


def asking(response, table):
    return [sql for sql in response.sql if f'FROM "{table}"' in sql]


def view_name(response):
    # Not the response's own resolver_match: the test client resolves the path by itself for that.
    match = response.wsgi_request.resolver_match
    return match and match.view_name


def test_every_scenario_has_every_key_and_its_own_name():
    assert all(scenario.keys() == KEYS for scenario in SCENARIOS)
    assert len(BY_NAME) == len(SCENARIOS) >= 8


def test_a_promise_is_one_line():
    assert all(len(scenario["promise"]) <= 120 and "\n" not in scenario["promise"] for scenario in SCENARIOS)


def test_johns_product_page(play):
    response = play("John's product page")
    assert response.status_code == 200
    assert asking(response, "shop_ban")
    assert asking(response, "shop_product")
    assert asking(response, "shop_review")
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.context["sees_member_price"]


def test_anonymous(play):
    response = play("The same page, anonymous")
    assert response.status_code == 200
    assert not asking(response, "shop_ban")
    assert not asking(response, "auth_permission")
    assert not response.context["sees_member_price"]


def test_unknown_url(play):
    response = play("Unknown URL")
    assert (response.status_code, view_name(response)) == (404, None)


def test_missing_slash_is_answered_on_the_way_out(play, monkeypatch):
    seen = []
    resolve = BaseHandler.resolve_request

    def watch(handler, request):
        seen.append(request.path)
        return resolve(handler, request)

    monkeypatch.setattr(BaseHandler, "resolve_request", watch)
    response = play("Missing slash")
    assert (response.status_code, response.headers["Location"]) == (301, "/products/wireless-headphones/")
    assert seen == ["/products/wireless-headphones"]


def test_banned_user(play):
    response = play("Banned user")
    assert (response.status_code, view_name(response)) == (403, None)
    assert asking(response, "shop_ban")
    # Set by the innermost layer, which was not reached.
    assert "X-Frame-Options" not in response.headers


def test_csrf_failure(play):
    response = play("CSRF failure")
    assert (response.status_code, view_name(response)) == (403, "shop:cart_add")
    assert not asking(response, "shop_product")


def test_json_api(play):
    response = play("JSON API")
    assert response.headers["Content-Type"] == "application/json"
    assert len(response.sql) == 1
    assert not response.templates
    assert "origin" in response.headers["Vary"]
    assert not [name for name in response.headers if name.lower().startswith("access-control")]


def test_error_in_a_view(play):
    response = play("Error in a view")
    assert response.status_code == 500
    assert response.exc_info[0] is ZeroDivisionError


def test_error_in_a_view_even_after_a_new_order(play, john, headphones):
    john.post("/cart/add/", {"product": headphones.pk, "quantity": 1})
    john.post("/checkout/", {"name": "John", "address": "7 Orchard Lane", "city": "Whitby"})
    assert Order.objects.count() == 3
    assert play("Error in a view").status_code == 500


def test_async_view(play):
    response = play("Async view")
    assert response.json()["stock"] == 42
    assert len(response.sql) == 1


def test_a_query_for_every_card(play):
    assert len([sql for sql in play("A query for every card").sql if "AVG" in sql]) == 24


def test_class_based_view(play):
    response = play("Class-based view")
    assert view_name(response) == "shop:category"
    assert len([sql for sql in response.sql if "AVG" in sql]) == 1


def test_in_german(play):
    response = play("In German")
    assert response.headers["Content-Language"] == "de"


def test_sign_in_needed(play):
    response = play("Sign-in needed")
    assert (response.status_code, response.headers["Location"]) == (302, "/accounts/login/?next=/checkout/")
    assert not asking(response, "django_session")


def test_no_such_product(play):
    response = play("No such product")
    assert (response.status_code, view_name(response)) == (404, "shop:product_detail")
