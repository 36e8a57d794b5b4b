"""The shop as a Django app."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """Registers the shop under the short label `shop`."""

    name = "config.shop"
    label = "shop"
    verbose_name = "Larkspur shop"
    default_auto_field = "django.db.models.BigAutoField"
