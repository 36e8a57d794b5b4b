"""The project around the shop."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.template.loader import render_to_string

from config import settings

ROOT = Path(__file__).parents[2]


def test_system_check_finds_nothing(db):
    call_command("check", fail_level="WARNING", stdout=StringIO())


def test_migrations_are_complete(db):
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())


def test_the_shop_knows_nothing_of_the_visualizer():
    sources = [*(ROOT / "config/shop").rglob("*.*"), *(ROOT / "templates/shop").rglob("*.html")]
    texts = [path.read_text() for path in sources if path.suffix in {".py", ".html", ".css", ".js", ".json"}]
    assert len(texts) > 30
    assert not [text for text in texts if "visualizer" in text.lower()]


def test_the_visualizer_takes_one_line_and_no_middleware():
    assert settings.INSTALLED_APPS.count("visualizer") == 1
    assert not [path for path in settings.MIDDLEWARE if "visualizer" in path]


def test_ordering_of_middleware_follows_the_documentation():
    order = [path.rsplit(".", 1)[1] for path in settings.MIDDLEWARE]
    for outer, inner in [
        ("SecurityMiddleware", "GZipMiddleware"),
        ("CorsMiddleware", "CommonMiddleware"),
        ("GZipMiddleware", "SessionMiddleware"),
        ("SessionMiddleware", "LocaleMiddleware"),
        ("LocaleMiddleware", "CommonMiddleware"),
        ("SessionMiddleware", "AuthenticationMiddleware"),
        ("AuthenticationMiddleware", "BannedUserMiddleware"),
        ("SessionMiddleware", "CartMiddleware"),
        ("MessageMiddleware", "CartMiddleware"),
        ("AuthenticationMiddleware", "price_middleware"),
    ]:
        assert order.index(outer) < order.index(inner)


@pytest.mark.parametrize("name", ["403.html", "404.html", "500.html"])
def test_error_pages_need_nothing_from_outside(name):
    page = render_to_string(name)
    assert name[:3] in page
    assert not re.search(r'(src|rel="stylesheet")', page)


@pytest.mark.parametrize("interface", ["asgi", "wsgi"])
def test_servers_find_the_application(interface):
    module = __import__(f"config.{interface}", fromlist=["application"])
    assert callable(module.application)


def test_staff_see_the_back_of_the_counter(sign_in):
    sarah = sign_in("sarah")
    for page in ("product", "order", "ban", "review", "category"):
        assert sarah.get(f"/admin/shop/{page}/").status_code == 200
