"""The JSON API."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.test import AsyncClient
from django.utils import timezone

from config.shop import api

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


@pytest.mark.parametrize("path", ["/api/products/999999/", "/api/products/999999/stock/"])
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
