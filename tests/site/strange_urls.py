"""Patterns of every kind, one of them the project's own."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, path
from django.urls.resolvers import CheckURLMixin
from django.utils.translation import gettext_lazy

from tests.site import views


class OwnPattern(CheckURLMixin):
    """A pattern whose text nobody may ask for but Django."""

    name = None
    converters: dict[str, object] = {}

    def match(self, path: str) -> None:
        return None

    def check(self) -> list[object]:
        return []

    def __str__(self) -> str:
        raise AssertionError("asked for its text")


urlpatterns = [
    path(gettext_lazy("translated/"), views.plain),
    *i18n_patterns(path("inside/", views.plain), prefix_default_language=True),
    URLPattern(OwnPattern(), views.plain),
]
