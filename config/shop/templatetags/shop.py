"""Template tags of the shop: pictures, stars and money."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from config.shop.art import PLAIN, SHAPES
from config.shop.models import Product

register = template.Library()


@register.simple_tag
def art(product: Product) -> SafeString:
    """The picture of a product, drawn in its own colour; a plain box for products that have none."""
    return format_html(
        '<svg class="art" viewBox="0 0 96 96" style="--hue: {}" aria-hidden="true">{}</svg>',
        product.hue,
        mark_safe(SHAPES.get(product.slug, PLAIN)),  # noqa: S308 - our own constants
    )


@register.filter
def money(amount: Decimal | float) -> str:
    """An amount in euros as the visitor's language writes it."""
    return f"€\u202f{number_format(amount, decimal_pos=2, force_grouping=True)}"


@register.filter
def percent_of_five(rating: float | None) -> int:
    """How much of five stars is filled, in percent."""
    return round((rating or 0) * 20)
