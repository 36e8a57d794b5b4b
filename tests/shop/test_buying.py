"""Cart, checkout and order."""

import pytest

from config.shop.models import Order, Product

ADDRESS = {"name": "John Appleby", "address": "7 Orchard Lane", "city": "Whitby"}


@pytest.fixture
def add(headphones):
    return lambda client, **data: client.post("/cart/add/", {"product": headphones.pk, "quantity": 1} | data)


def cart_of(client):
    return {line.product.slug: line.quantity for line in client.get("/cart/").context["request"].cart}


def test_an_empty_cart_says_so(client, shop):
    assert "Nothing in it yet" in client.get("/cart/").content.decode()


def test_adding_puts_a_product_into_the_cart(client, add):
    response = add(client, quantity=2)
    assert response.headers["Location"] == "/cart/"
    assert cart_of(client) == {"wireless-headphones": 2}


def test_adding_twice_adds_up_to_the_limit(client, add):
    add(client, quantity=8)
    add(client, quantity=8)
    assert cart_of(client) == {"wireless-headphones": 9}


@pytest.mark.parametrize("data", [{"quantity": "many"}, {"product": 0}, {"quantity": -1}])
def test_adding_nonsense_adds_nothing(client, add, data):
    assert "could not be added" in client.get(add(client, **data).headers["Location"]).content.decode()
    assert cart_of(client) == {}


def test_adding_what_is_sold_out_adds_nothing(client, add):
    add(client, product=Product.objects.get(slug="trail-tent").pk)
    assert cart_of(client) == {}


def test_what_is_sold_out_is_told_in_the_cart(client, add):
    response = add(client, product=Product.objects.get(slug="trail-tent").pk)
    assert response.headers["Location"] == "/cart/"
    assert "Trail Tent is sold out." in client.get("/cart/").content.decode()


@pytest.mark.parametrize(("slug", "hint"), [(None, "€\u202f50.00 more"), ("stoneware-mug", "€\u202f28.00 more")])
def test_a_category_says_what_is_missing_to_free_delivery(client, add, slug, hint):
    if slug:
        add(client, product=Product.objects.get(slug=slug).pk)
    assert hint in client.get("/categories/audio/").content.decode()


def test_a_full_cart_is_delivered_free(client, add):
    add(client)
    assert "delivery is free" not in client.get("/categories/audio/").content.decode()


def test_adding_is_for_post_only(client, shop):
    assert client.get("/cart/add/").status_code == 405


def test_the_cart_changes_and_forgets(client, add, headphones):
    add(client)
    client.post("/cart/update/", {"product": headphones.pk, "quantity": 3})
    assert cart_of(client) == {"wireless-headphones": 3}
    client.post("/cart/update/", {"product": headphones.pk, "quantity": 0})
    assert cart_of(client) == {}


def test_checkout_is_for_those_who_signed_in(client, shop):
    assert client.get("/checkout/").headers["Location"] == "/accounts/login/?next=/checkout/"


def test_checkout_needs_a_full_cart(john):
    assert john.get("/checkout/").headers["Location"] == "/cart/"


def test_checkout_asks_for_the_address(john, add):
    add(john)
    assert "John Appleby" in john.get("/checkout/").content.decode()
    assert john.post("/checkout/", ADDRESS | {"city": ""}).context["form"].errors.keys() == {"city"}


def test_checkout_makes_an_order_and_empties_the_cart(john, add, headphones):
    add(john, quantity=2)
    response = john.post("/checkout/", ADDRESS)
    order = Order.objects.latest("ordered_at")
    assert response.headers["Location"] == order.get_absolute_url()
    assert order.total == 2 * headphones.member_price
    assert order.paid_on is None
    assert Product.objects.get(pk=headphones.pk).stock == headphones.stock - 2
    assert cart_of(john) == {}


def test_checkout_takes_nothing_if_too_little_is_left(john, add, headphones):
    add(john, quantity=5)
    Product.objects.filter(pk=headphones.pk).update(stock=4)
    orders = Order.objects.count()
    assert "do not have that many" in john.post("/checkout/", ADDRESS).content.decode()
    assert Order.objects.count() == orders
    assert cart_of(john) == {"wireless-headphones": 5}


def test_an_order_is_seen_by_its_customer_alone(john, sign_in):
    order = Order.objects.filter(customer__username="john").first()
    assert john.get(order.get_absolute_url()).status_code == 200
    assert sign_in("sarah").get(order.get_absolute_url()).status_code == 404


def test_signing_in_leads_back(client, shop):
    response = client.post("/accounts/login/?next=/cart/", {"username": "john", "password": "john", "next": "/cart/"})
    assert response.headers["Location"] == "/cart/"
    assert "Hello, John" in client.get("/cart/").content.decode()
