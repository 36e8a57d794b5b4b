"""A shop with its sample data on the shelves."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from config.shop.models import Product


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
