"""The pages on which customers look around."""

from html import unescape
from itertools import combinations

import pytest
from django.contrib.staticfiles import finders

from config.shop.models import Product, Review


def template_names(response):
    return {template.name for template in response.templates}


def test_home_leads_to_the_products(client, shop):
    assert client.get("/").headers["Location"] == "/products/"


def test_list_shows_all_products(client, shop):
    page = client.get("/products/").content.decode()
    assert all(name.replace("'", "&#x27;") in page for name in Product.objects.values_list("name", flat=True))


def test_list_finds_words_in_name_or_summary(client, shop):
    found = client.get("/products/", {"q": "walnut"}).context["products"]
    assert [product.slug for product in found] == ["bookshelf-speaker"]


def test_list_asks_for_each_rating_by_itself(client, shop, django_assert_num_queries):
    with django_assert_num_queries(1 + 1 + 24):
        client.get("/products/")


def test_best_rated_shows_the_same_cards_with_one_query(client, shop, django_assert_num_queries):
    with django_assert_num_queries(2):
        response = client.get("/best-rated/")
    products = response.context["products"]
    ratings = [product.rating for product in products]
    assert {product.pk for product in products} == set(Product.objects.values_list("pk", flat=True))
    assert ratings == sorted(ratings, reverse=True)


def test_reviews_ask_for_each_product_by_itself(client, shop, django_assert_num_queries):
    with django_assert_num_queries(1 + 1 + 35):
        client.get("/reviews/")


def test_reviews_by_product_are_the_same_with_one_query(client, shop, django_assert_num_queries):
    with django_assert_num_queries(2):
        response = client.get("/reviews/by-product/")
    reviews = response.context["reviews"]
    products = [review.product.name for review in reviews]
    assert {review.pk for review in reviews} == set(Review.objects.values_list("pk", flat=True))
    assert products == sorted(products)


def test_category_asks_for_all_ratings_at_once(client, shop, django_assert_num_queries):
    with django_assert_num_queries(3):
        response = client.get("/categories/audio/")
    assert response.context["category"].name == "Audio"
    assert len(response.context["products"]) == 5


def test_unknown_category_is_not_found(client, shop):
    assert client.get("/categories/nothing/").status_code == 404


def test_detail_is_put_together_from_base_and_partials(client, headphones):
    assert template_names(client.get(headphones.get_absolute_url())) >= {
        "shop/base.html",
        "shop/product_detail.html",
        "shop/partials/product_card.html",
        "shop/partials/reviews.html",
        "shop/partials/stars.html",
    }


def test_detail_shows_members_their_price(john, client, headphones):
    assert "170.10" in john.get(headphones.get_absolute_url()).content.decode()
    assert "170.10" not in client.get(headphones.get_absolute_url()).content.decode()


def test_detail_offers_to_buy_only_what_is_in_stock(client, headphones):
    assert "Add to cart" in client.get(headphones.get_absolute_url()).content.decode()
    sold_out = client.get("/products/trail-tent/").content.decode()
    assert "Add to cart" not in sold_out
    assert "Sold out" in sold_out


def test_detail_leaves_reviews_and_neighbours_to_the_template(john, headphones, django_assert_num_queries):
    john.get(headphones.get_absolute_url())
    # session, user, ban; product, two for has_perm; menu, reviews, neighbours from the template
    with django_assert_num_queries(9):
        john.get(headphones.get_absolute_url())


def test_detail_remembers_what_was_seen_lately(client, headphones):
    for slug in ("compass", "desk-lamp", "compass", "wireless-headphones"):
        response = client.get(f"/products/{slug}/")
    assert {product.slug for product in response.context["recent"]} == {"compass", "desk-lamp"}


def test_detail_of_an_unknown_product_is_not_found(client, shop):
    response = client.get("/products/perpetual-motion-machine/")
    assert response.status_code == 404
    assert response.resolver_match.url_name == "product_detail"


def test_detail_is_compressed_for_browsers_that_can(client, headphones):
    response = client.get(headphones.get_absolute_url(), headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(response.content) < 4500


def test_detail_speaks_german(client, headphones):
    response = client.get(headphones.get_absolute_url(), headers={"Accept-Language": "de"})
    page = response.content.decode()
    assert response.headers["Content-Language"] == "de"
    assert "In den Warenkorb" in page
    assert "189,00" in page


def test_about_is_rendered_once_a_minute(client, shop, django_assert_num_queries):
    first = client.get("/about/")
    with django_assert_num_queries(0):
        second = client.get("/about/")
    assert second.content == first.content
    assert second.headers["Cache-Control"] == "max-age=60"
    assert "24" in first.content.decode()


def test_about_is_not_shared_between_people(client, john):
    assert "Hello, John" not in client.get("/about/").content.decode()
    assert "Hello, John" in john.get("/about/").content.decode()


def test_catalogue_is_a_page_of_jinja2_with_every_product_and_price(client, shop, django_assert_num_queries):
    with django_assert_num_queries(2):
        response = client.get("/catalogue/")
    page = unescape(response.content.decode())
    assert not response.templates, "the test client sees Django's own templates only"
    assert all(product.name in page and str(product.price) in page for product in Product.objects.all())


def test_catalogue_speaks_german(client, shop):
    page = client.get("/catalogue/", headers={"Accept-Language": "de"}).content.decode()
    assert '<html lang="de">' in page
    assert "Katalog" in page
    assert "18,50" in page


def test_catalogue_escapes_what_the_database_holds(client, headphones):
    Product.objects.filter(pk=headphones.pk).update(name="<b>Loud</b>")
    page = client.get("/catalogue/").content.decode()
    assert "<b>Loud" not in page
    assert "&lt;b&gt;Loud" in page


def test_gifts_are_counted_as_python_counts_them(client, shop):
    prices = Product.objects.values_list("price", flat=True)
    expected = sum(1 for chosen in combinations(prices, 5) if sum(chosen) <= 200)
    assert client.get("/gifts/?budget=200").context["sets"] == expected > 100


@pytest.mark.parametrize("query", ["", "?budget=", "?budget=much", "?budget=0"])
def test_gifts_are_not_counted_without_a_budget(client, shop, query, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = client.get(f"/gifts/{query}")
    assert response.context["sets"] is None


@pytest.mark.parametrize("name", ["shop.css", "product.js"])
def test_detail_loads_files_that_exist(client, headphones, name):
    assert f"/static/shop/{name}" in client.get(headphones.get_absolute_url()).content.decode()
    assert finders.find(f"shop/{name}")
