"""Patterns that fail in every way in which a pattern can fail."""

from typing import Any

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path, register_converter

from tests.site import views


class WeekdayConverter:
    """The project's own: it counts how often it was asked."""

    regex = "[a-z]+"
    asked: list[str] = []

    def to_python(self, value: str) -> str:
        self.asked.append(value)
        if value not in ("monday", "friday"):
            raise ValueError(value)
        return value

    def to_url(self, value: Any) -> str:
        return str(value)


register_converter(WeekdayConverter, "weekday")

shifts = [path("<weekday:day>/", views.plain, name="shift"), path("<weekday:start>/<weekday:end>/", views.plain)]
inner = [path("shifts/", include((shifts, "shifts"), namespace="own")), re_path(r"^number/(\d+)/$", views.plain)]

urlpatterns = [
    path("pages/<int:number>/", views.plain, {"layout": "wide"}, name="page"),
    path("inner/", include(inner)),
    path("other/", include([path("leaf/", views.plain)])),
    *i18n_patterns(path("prices/", views.plain, name="prices"), prefix_default_language=False),
]
