"""Under a WSGI server there is no socket: the page says that it asks each second, and works all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints
from tests.browser.driving import open_page, send
from tests.serving import Site, make_database, serve

pytestmark = pytest.mark.browser


@pytest.fixture
def wsgi_site(tmp_path: Path) -> Iterator[Site]:
    database = tmp_path / "made.sqlite3"
    make_database(database)
    with serve("gunicorn", database, tmp_path) as running:
        yield running


def test_the_page_polls_and_says_so(page: Page, wsgi_site: Site, complaints: Complaints) -> None:
    # Chromium and htmx report each socket that was refused.
    complaints.allow("WebSocket connection to", "htmx:ws:error")
    page.goto(f"{wsgi_site.url}/__visualizer__/")
    expect(page.locator("#status")).to_have_attribute("data-status", "polling")
    expect(page.locator("#status")).to_contain_text("polling each second")
    send(page, "JSON API")
    expect(page.locator("#headline [data-show=status]")).to_have_text("200")
    expect(page.locator("#requests .row").first).to_contain_text("/api/products/1/")
    expect(page.locator(".stage g.server text.name")).to_contain_text("WSGIHandler")
    send(page, "CORS preflight")
    expect(page.locator("#headline [data-show=sentence]")).to_have_text(
        "Stopped by CorsMiddleware: it answered 200, and the view never ran."
    )
    send(page, "Whole-page cache: miss, then hit")
    page.locator("#follow-up").click()
    expect(page.locator("#requests .row").first).to_have_attribute("aria-current", "true")
    page.locator("#tour").click()
    page.locator("#tour-panel [data-slug=stopped]").click()
    page.locator("#tour-panel [data-tour=send]:visible").click()
    expect(page.locator("#tour-panel .card:visible .told")).to_contain_text("GET /products/ enters SecurityMiddleware")
    # The server stops before the page is closed.
    page.goto("about:blank")


def test_a_server_that_is_gone_is_said_to_be_gone(page: Page, tmp_path: Path, complaints: Complaints) -> None:
    complaints.allow("WebSocket connection to", "htmx:ws:error", "ERR_CONNECTION_REFUSED")
    database = tmp_path / "made.sqlite3"
    make_database(database)
    with serve("daphne", database, tmp_path) as running:
        open_page(page, running.url)
        send(page, "JSON API")
        label = page.locator("[data-show=label]").inner_text()
    expect(page.locator("#status")).to_have_attribute("data-status", "away")
    expect(page.locator("#status")).to_contain_text("no answer")
    # What has been recorded can be looked at all the same.
    page.locator("[data-action=last]").click()
    expect(page.locator("[data-show=label]")).not_to_have_text(label)
    page.goto("about:blank")
