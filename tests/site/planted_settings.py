"""The demonstration site's settings with the planted pages in the shop's place."""

from config.settings import *  # noqa: F403
from tests.site.settings import TEMPLATES as TEMPLATES

ROOT_URLCONF = "tests.site.planted"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tests.site.planted.PlantedMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
VISUALIZER = {}
