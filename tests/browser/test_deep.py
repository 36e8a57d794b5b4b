"""A trace of nearly 100,000 events opens like any other: what repeats is folded, and nothing is drawn 100,000 times."""

from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.deep_urls import INCLUDES, QUERIES
from tests.browser.driving import open_newest, open_page, pause, step_count
from tests.serving import Site, make_database, serve

pytestmark = pytest.mark.browser

# What the page says of it by itself is far less; this machine may have other work.
PATIENCE_MS = 10_000
MAX_ELEMENTS = 2_500
MAX_PATH = 100_000
LONGEST_PATH = "Math.max(...[...document.querySelectorAll('path')].map(path => path.getAttribute('d').length))"


@pytest.fixture(scope="module")
def deep_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("deep")
    database = folder / "made.sqlite3"
    make_database(database)
    with serve("daphne", database, folder, DJANGO_SETTINGS_MODULE="tests.browser.deep_settings") as running:
        with urlopen(f"{running.url}/deep/") as response:
            response.read()
        yield running


def test_it_opens_soon_with_few_elements_and_few_steps(page: Page, deep_site: Site) -> None:
    open_page(page, deep_site.url)
    took_ms = open_newest(page)
    pause(page)
    assert took_ms < PATIENCE_MS
    assert page.evaluate("document.querySelectorAll('*').length") < MAX_ELEMENTS
    assert step_count(page) < 100
    assert page.evaluate(LONGEST_PATH) < MAX_PATH


def test_what_is_folded_is_counted(page: Page, deep_site: Site) -> None:
    open_page(page, deep_site.url)
    open_newest(page)
    pause(page)
    expect(page.locator('.stage g[data-key="database"] text.name')).to_contain_text(f"{QUERIES:,} queries")
    expect(page.locator(".stage g.link text.count")).to_have_text(f"×{QUERIES:,}")
    queries = f"SELECT · and {QUERIES - 4:,} more like it"
    includes = f"Includes stars.html · and {INCLUDES - 4:,} more like it"
    expect(page.locator("#step-list li", has_text="more like it")).to_have_text([queries, includes])


def test_a_moment_among_those_that_are_folded_is_their_step(page: Page, deep_site: Site) -> None:
    open_page(page, deep_site.url)
    open_newest(page)
    pause(page)
    box = page.locator("#waterfall").bounding_box()
    assert box is not None
    # The queries take the first half of the time; a press on the axis moves the playhead.
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] - 8)
    expect(page.locator("[data-show=label]")).to_contain_text("more like it")
    expect(page.locator("#waterfall .current")).to_have_attribute("visibility", "visible")
    expect(page.locator("#inspector h2")).to_contain_text("SELECT")
