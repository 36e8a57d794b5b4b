"""What the shop's Jinja2 templates may use."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment

from config.shop.templatetags.shop import art, money


def environment(**options: Any) -> Environment:
    """The environment of Django's Jinja2 backend, with the shop's own pictures, amounts and translations."""
    made = Environment(**options)  # noqa: S701 - the backend turns escaping on
    made.globals.update({"static": static, "url": reverse, "language": translation.get_language, "art": art})
    made.filters["money"] = money
    made.install_gettext_translations(translation, newstyle=True)
    return made
