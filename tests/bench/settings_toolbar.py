"""django-debug-toolbar as its documentation installs it, with its default panels, shown on every page."""

from tests.bench.settings_base import *  # noqa: F403 - a settings module is a list of names
from tests.bench.settings_base import INSTALLED_APPS, MIDDLEWARE

GZIP = "django.middleware.gzip.GZipMiddleware"
TOOLBAR = "debug_toolbar.middleware.DebugToolbarMiddleware"

INSTALLED_APPS = [*INSTALLED_APPS, "debug_toolbar"]
# "As early as possible, but after any middleware that encodes the response's content".
FIRST = MIDDLEWARE.index(GZIP) + 1 if GZIP in MIDDLEWARE else 0
MIDDLEWARE = [*MIDDLEWARE[:FIRST], TOOLBAR, *MIDDLEWARE[FIRST:]]
ROOT_URLCONF = "tests.bench.urls_toolbar"
DEBUG_TOOLBAR_CONFIG = {"SHOW_TOOLBAR_CALLBACK": "tests.bench.settings_toolbar.show", "IS_RUNNING_TESTS": False}


def show(request):
    """Show the toolbar to everyone; by default it shows itself only while DEBUG is on."""
    return True
