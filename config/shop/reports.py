"""The shop's books: lists as CSV, the calendar of sales, the count of the stock."""

import csv
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET
from django.views.generic import FormView

from config.shop.forms import StockCountForm
from config.shop.models import Category, Product

CALENDAR_DAYS = 42


class Echo:
    """A file that hands back what is written into it, for csv.writer to make one line at a time."""

    def write(self, line: str) -> str:
        return line


# Django 5.2's GZipMiddleware compresses each part of an async stream by itself, and browsers unpack only the first.
AS_IT_IS = {"Content-Encoding": "identity"}


def csv_response(lines: Iterator[str] | AsyncIterator[str], name: str, **headers: str) -> StreamingHttpResponse:
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


@require_GET
@permission_required("shop.change_product", raise_exception=True)
def stock(request: HttpRequest) -> StreamingHttpResponse:
    """What is left of everything, shelf by shelf."""
    return csv_response(stock_lines(), "stock.csv")


def stock_lines() -> Iterator[str]:
    """Ask for a shelf's products only when it is their turn, so that no file is too long for the memory."""
    row = csv.writer(Echo()).writerow
    yield row(["category", "slug", "stock"])
    for category in Category.objects.all():
        for product in category.products.all():
            yield row([category.name, product.slug, product.stock])


@require_GET
@permission_required("shop.view_review", raise_exception=True)
async def reviews(request: HttpRequest) -> StreamingHttpResponse:
    """What customers say, product by product."""
    return csv_response(review_lines(), "reviews.csv", **AS_IT_IS)


async def review_lines() -> AsyncIterator[str]:
    """Ask for a product's reviews only when it is its turn; no thread waits while the client reads."""
    row = csv.writer(Echo()).writerow
    yield row(["slug", "author", "rating", "title"])
    async for product in Product.objects.all():
        async for review in product.reviews.all():
            yield row([product.slug, review.author, review.rating, review.title])


@require_GET
def sales(request: HttpRequest) -> HttpResponse:
    """Which product sold on which day; one question for each square of the calendar."""
    today = timezone.localdate()
    days = [today - timedelta(days=ago) for ago in reversed(range(CALENDAR_DAYS))]
    rows = [(product, [(day, product.sold_on(day)) for day in days]) for product in Product.objects.all()]
    return render(request, "shop/sales.html", {"days": days, "rows": rows})


class StockCountView(PermissionRequiredMixin, FormView):
    """Takes the list of a count, as a file with slug and number in each line."""

    permission_required = "shop.change_product"
    raise_exception = True
    form_class = StockCountForm
    template_name = "shop/stock_count.html"
    success_url = reverse_lazy("shop:stock_count")

    def form_valid(self, form: StockCountForm) -> HttpResponse:
        counted = form.save()
        messages.success(
            self.request, ngettext("%d product was counted.", "%d products were counted.", counted) % counted
        )
        return super().form_valid(form)
