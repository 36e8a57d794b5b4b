"""A shop with its sample data on the shelves."""

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client

from config.scenarios import SCENARIOS
from config.shop.models import Product
from visualizer.control.play import play
from visualizer.control.scenarios import Scenario


@pytest.fixture
def headphones(shop):
    return Product.objects.get(slug="wireless-headphones")


@pytest.fixture
def sign_in(shop):
    """Return a function that gives a client signed in as the user of that name, "" for nobody."""

    def signed_in(username, **options):
        client = Client(**options)
        if username:
            client.force_login(get_user_model().objects.get(username=username))
        return client

    return signed_in


@pytest.fixture
def john(sign_in):
    return sign_in("john")


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def told(shop, traces):
    """Return a function that plays a scenario through the project's own handler and gives its traces."""
    by_name = {scenario["name"]: Scenario(**scenario) for scenario in SCENARIOS}

    def tell(name, interface="asgi"):
        return [trace.as_dict() for trace in play(by_name[name], interface)]

    return tell
