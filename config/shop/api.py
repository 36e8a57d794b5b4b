"""The shop's JSON API, open to partner sites by CORS."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from config.shop.models import Product


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


def not_found(pk: int) -> JsonResponse:
    return JsonResponse({"error": f"There is no product {pk}."}, status=404)
