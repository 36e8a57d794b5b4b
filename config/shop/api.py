"""The shop's JSON API, open to partner sites by CORS."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, time

from django.db.models import Avg, Max, Sum
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import last_modified, require_GET, require_safe

from config.shop.models import Product, Review
from config.shop.reports import AS_IT_IS

LATEST_REVIEWS = 20
TICKS = 20
TICK_S = 0.25


@require_GET
def product(request: HttpRequest, pk: int) -> JsonResponse:
    """The facts of one product."""
    found = Product.objects.with_rating().select_related("category").filter(pk=pk).first()
    if found is None:
        return not_found(pk)
    return JsonResponse(
        {
            "id": found.pk,
            "name": found.name,
            "category": found.category.name,
            "summary": found.summary,
            "price": found.price,
            "in_stock": found.in_stock,
            "rating": found.rating,
            "reviews": found.review_total,
            "url": request.build_absolute_uri(found.get_absolute_url()),
        }
    )


@require_GET
async def product_stock(request: HttpRequest, pk: int) -> JsonResponse:
    """How many are left at this moment and when they would arrive."""
    found = await Product.objects.filter(pk=pk).afirst()
    if found is None:
        return not_found(pk)
    return JsonResponse({"id": pk, "stock": found.stock, "delivery_date": found.delivery_date()})


@require_GET
async def product_summary(request: HttpRequest, pk: int) -> JsonResponse:
    """A product in three figures, which are asked for together."""
    product = Product.objects.filter(pk=pk)
    found, rating, sold = await asyncio.gather(
        product.afirst(),
        product.aaggregate(mean=Avg("reviews__rating")),
        product.aaggregate(total=Sum("orderitem__quantity")),
    )
    if found is None:
        return not_found(pk)
    return JsonResponse({"id": pk, "stock": found.stock, "rating": rating["mean"], "sold": sold["total"] or 0})


@require_GET
async def prices(request: HttpRequest) -> JsonResponse:
    """Every product's price; `price_middleware` says who has to wait for it."""
    return JsonResponse({product.slug: product.price async for product in Product.objects.all()})


def latest_review(request: HttpRequest) -> datetime | None:
    """When the list of reviews changed last."""
    day = Review.objects.aggregate(day=Max("written_on"))["day"]
    return day and timezone.make_aware(datetime.combine(day, time.min))


@require_safe
@last_modified(latest_review)
def reviews(request: HttpRequest) -> JsonResponse:
    """The newest reviews, for partners who come back to see whether there are more."""
    latest = Review.objects.select_related("product")[:LATEST_REVIEWS]
    return JsonResponse(
        {
            "reviews": [
                {
                    "product": review.product.name,
                    "author": review.author,
                    "rating": review.rating,
                    "title": review.title,
                }
                for review in latest
            ]
        }
    )


@require_GET
async def stock_ticker(request: HttpRequest) -> StreamingHttpResponse:
    """How many articles are left in all, again and again, as server-sent events."""
    headers = {"Cache-Control": "no-cache", **AS_IT_IS}
    return StreamingHttpResponse(ticks(), content_type="text/event-stream", headers=headers)


async def ticks() -> AsyncIterator[str]:
    """The events, until the reader has gone or it was long enough."""
    for _ in range(TICKS):
        yield f"data: {json.dumps(await Product.objects.aaggregate(left=Sum('stock')))}\n\n"
        await asyncio.sleep(TICK_S)


def not_found(pk: int) -> JsonResponse:
    return JsonResponse({"error": f"There is no product {pk}."}, status=404)
