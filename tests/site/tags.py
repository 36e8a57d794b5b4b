"""Template tags of the site."""

from typing import Any

from django import template

from tests.site.views import one_query

register = template.Library()


@register.inclusion_tag("part.html")
def shown(word: str) -> dict[str, Any]:
    """A word by a template of its own, after a query."""
    return {"word": word, "asked": one_query(word)}


@register.inclusion_tag("part.html")
def fails() -> dict[str, Any]:
    """What breaks before any template is shown."""
    raise LookupError("no such word")
