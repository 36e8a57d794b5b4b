"""The shop's books: lists, the calendar of sales, the count of the stock."""

import csv
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient
from django.utils import timezone

from config.shop.forms import MAX_COUNT_BYTES
from config.shop.models import Order, Product, Review


def rows_of(response):
    return list(csv.reader(b"".join(response).decode().splitlines()))


@pytest.fixture
def sarah(sign_in):
    return sign_in("sarah")


@pytest.fixture
def upload(sarah):
    """Return a function that sends a file of this content as the list of a count."""
    return lambda content: sarah.post("/reports/stock/count/", {"counts": SimpleUploadedFile("count.csv", content)})


def test_the_stock_is_a_file_with_every_product(sarah):
    response = sarah.get("/reports/stock.csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="stock.csv"'
    head, *rows = rows_of(response)
    assert head == ["category", "slug", "stock"]
    assert {slug: int(left) for _, slug, left in rows} == dict(Product.objects.values_list("slug", "stock"))


def test_the_stock_is_asked_for_while_it_is_read(sarah, django_assert_num_queries):
    # session, user, ban, two for has_perm; then all shelves and five times their products
    with django_assert_num_queries(5):
        response = sarah.get("/reports/stock.csv")
    with django_assert_num_queries(6):
        rows_of(response)


def test_the_reviews_are_a_file_made_by_an_async_generator(sarah, shop):
    client = AsyncClient()
    client.cookies = sarah.cookies

    async def body():
        # As browsers ask: packed part by part, they would read no further than the first.
        response = await client.get("/reports/reviews.csv", headers={"Accept-Encoding": "gzip"})
        return [part async for part in response]

    head, *rows = rows_of(async_to_sync(body)())
    assert head == ["slug", "author", "rating", "title"]
    assert len(rows) == Review.objects.count()


@pytest.mark.parametrize("path", ["/reports/stock.csv", "/reports/reviews.csv", "/reports/stock/count/"])
@pytest.mark.parametrize("username", ["", "john"])
def test_the_lists_are_for_staff(sign_in, path, username):
    assert sign_in(username).get(path).status_code == 403


def test_the_calendar_has_a_square_for_each_product_and_day(client, shop):
    rows = client.get("/reports/sales/").context["rows"]
    assert [product.slug for product, _ in rows] == list(Product.objects.values_list("slug", flat=True))
    assert {len(squares) for _, squares in rows} == {42}
    sold = {(product.slug, day): count for product, squares in rows for day, count in squares if count}
    today = timezone.localdate()
    assert sold["stoneware-mug", today - timedelta(days=19)] == 6
    assert len(sold) == Order.objects.count()


def test_a_count_corrects_the_stock(upload, sarah):
    response = upload(b"compass,7\nenamel-flask,0\n\nno-such-thing,3\n")
    assert response.headers["Location"] == "/reports/stock/count/"
    assert "2 products were counted." in sarah.get("/reports/stock/count/").content.decode()
    assert dict(Product.objects.filter(slug__in=["compass", "enamel-flask"]).values_list("slug", "stock")) == {
        "compass": 7,
        "enamel-flask": 0,
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"compass", "Each line must have"),
        (b"compass,many", "Each line must have"),
        (b"compass,1,2", "Each line must have"),
        (b"compass,-1", "Each line must have"),
        (b"compass,1234567", "Each line must have"),
        (b"compass,\xff", "Each line must have"),
        (b"compass,1\n" * MAX_COUNT_BYTES, "too long"),
        (b"", "empty"),
    ],
)
def test_a_count_that_cannot_be_read_changes_nothing(upload, content, said):
    before = dict(Product.objects.values_list("slug", "stock"))
    response = upload(content)
    assert said in response.content.decode()
    assert dict(Product.objects.values_list("slug", "stock")) == before
