"""Settings of the site, for `override_settings`."""

from pathlib import Path
from typing import Any

from django.test import override_settings

_MODULE = "tests.site.middleware"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"context_processors": []},
    }
]


def site(*middleware: str, **more: Any) -> override_settings:
    """The site with these middleware, the outermost first; names without a dot are the site's own."""
    layers = [name if "." in name else f"{_MODULE}.{name}" for name in middleware]
    return override_settings(ROOT_URLCONF="tests.site.urls", MIDDLEWARE=layers, TEMPLATES=TEMPLATES, **more)


def own(name: str) -> str:
    """The dotted path of one of the site's own middleware."""
    return f"{_MODULE}.{name}"
