"""What every page of the shop needs."""

from typing import Any

from django.http import HttpRequest

from config.shop.models import Category


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The shelves for the menu; a queryset, so that it costs a query only on pages that draw the menu."""
    return {"categories": Category.objects.all()}
