"""The JSON API."""

from datetime import timedelta
from time import mktime

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.test import AsyncClient
from django.utils import timezone
from django.utils.http import http_date

from config.shop import api
from config.shop.models import Product, Review

PARTNER = {"Origin": "https://partner.example"}


@pytest.fixture
def url(headphones):
    return f"/api/products/{headphones.pk}/"


def test_product_gives_the_facts(client, url):
    facts = client.get(url).json()
    assert facts["name"] == "Wireless Headphones"
    assert facts["price"] == "189.00"
    assert facts["rating"] == 4.5
    assert facts["url"] == "http://testserver/products/wireless-headphones/"


def test_stock_says_how_many_and_when(client, url, headphones):
    day = timezone.localdate() + timedelta(days=2)
    assert client.get(f"{url}stock/").json() == {"id": headphones.pk, "stock": 42, "delivery_date": day.isoformat()}


def test_stock_is_an_async_view_that_runs_under_asgi(url):
    assert iscoroutinefunction(api.product_stock)
    assert async_to_sync(AsyncClient().get)(f"{url}stock/").json()["stock"] == 42


def test_summary_has_three_figures(client, url, headphones):
    assert client.get(f"{url}summary/").json() == {"id": headphones.pk, "stock": 42, "rating": 4.5, "sold": 1}


def test_prices_are_those_of_all_products(client, shop, monkeypatch):
    monkeypatch.setattr("config.shop.middleware.PRICE_PAUSE_S", 0)
    assert client.get("/api/prices/").json() == {each.slug: str(each.price) for each in Product.objects.all()}


def test_reviews_are_the_newest(client, shop, django_assert_num_queries):
    with django_assert_num_queries(2):
        response = client.get("/api/reviews/")
    newest = Review.objects.first()
    assert response.json()["reviews"][0]["author"] == newest.author
    assert len(response.json()["reviews"]) == 20
    assert response.headers["Last-Modified"].startswith(http_date(mktime(newest.written_on.timetuple()))[:16])


def test_reviews_are_sent_again_only_if_there_are_new_ones(client, headphones):
    seen = client.get("/api/reviews/").headers["Last-Modified"]
    assert client.get("/api/reviews/", headers={"If-Modified-Since": seen}).status_code == 304
    headphones.reviews.create(author="Zoe", rating=5, title="New", text="Today.")
    assert client.get("/api/reviews/", headers={"If-Modified-Since": seen}).status_code == 200


def test_reviews_are_sent_whole_from_a_shop_without_any(client, db):
    assert client.get("/api/reviews/").json() == {"reviews": []}


def test_stock_ticker_sends_events_until_it_was_long_enough(shop, monkeypatch):
    monkeypatch.setattr(api, "TICKS", 3)
    monkeypatch.setattr(api, "TICK_S", 0.001)

    async def events():
        response = await AsyncClient().get("/api/stock/live/")
        assert response.headers["Content-Type"] == "text/event-stream"
        return [part async for part in response]

    left = sum(Product.objects.values_list("stock", flat=True))
    assert async_to_sync(events)() == [f'data: {{"left": {left}}}\n\n'.encode()] * 3


@pytest.mark.parametrize(
    "path", ["/api/products/999999/", "/api/products/999999/stock/", "/api/products/999999/summary/"]
)
def test_unknown_product_is_not_found_in_json(client, shop, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "999999" in response.json()["error"]


def test_partner_sites_may_read(client, url):
    assert client.get(url, headers=PARTNER).headers["Access-Control-Allow-Origin"] == PARTNER["Origin"]


def test_other_sites_may_not(client, url):
    response = client.get(url, headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in response.headers


def test_pages_are_not_open_to_other_sites(client, headphones):
    response = client.get(headphones.get_absolute_url(), headers=PARTNER)
    assert "Access-Control-Allow-Origin" not in response.headers
