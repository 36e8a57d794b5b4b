"""Every sample of the menu, sent and played by a real browser, ends as it does through the handler alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from config.scenarios import SCENARIOS
from tests.browser.conftest import Complaints
from tests.browser.driving import open_page, pause, send
from tests.serving import Site
from tests.shop.test_scenarios import EXPECTED, FOLLOWING

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def visited(chromium: Browser, site: Site) -> Iterator[Page]:
    """One page for all samples: whoever tries them goes from one to the next."""
    context = chromium.new_context(viewport={"width": 1600, "height": 960})
    complaints = Complaints()
    page = context.new_page()
    complaints.watch(page)
    yield open_page(page, site.url)
    context.close()
    assert complaints == []


@pytest.mark.parametrize("name", [scenario["name"] for scenario in SCENARIOS])
def test_a_sample_ends_as_it_should(visited: Page, name: str) -> None:
    send(visited, name)
    status, kind, _, _ = EXPECTED[name]
    headline = visited.locator("#headline")
    expect(headline.locator("[data-show=status]")).to_have_text(str(status))
    expect(headline).to_have_attribute("data-kind", kind)
    for method, path, status in FOLLOWING.get(name, []):
        expect(visited.locator("#follow-up")).to_have_text(f"then {method} {path} →")
        visited.locator("#follow-up").click()
        expect(headline.locator("[data-show=status]")).to_have_text(str(status))
    pause(visited)
    visited.locator("[data-action=last]").click()
    expect(visited.locator("#inspector h2")).not_to_have_text("Nothing to inspect yet")


def test_what_no_browser_sends_is_said_to_be_sent_by_the_server(visited: Page) -> None:
    send(visited, "CORS preflight")
    expect(visited.locator("#notice")).to_have_text(
        "The server sent this request to itself: no browser lets a page set Origin and Access-Control-Request-Method."
    )
    expect(visited.frame_locator("#preview-frame").locator("body")).to_contain_text("200")
    send(visited, "JSON API")
    expect(visited.locator("#notice")).to_be_hidden()


def test_a_browser_that_hangs_up_says_so_and_shows_what_had_come(visited: Page) -> None:
    send(visited, "The client hangs up")
    expect(visited.locator("#notice")).to_have_text("The browser hung up before all had come, as the form asked for.")
    expect(visited.frame_locator("#preview-frame").locator("body")).to_contain_text('data: {"left":')


def test_the_menu_has_the_samples_in_groups_and_tells_their_promise(visited: Page) -> None:
    send(visited, "JSON API")
    menu = visited.locator("select[name=scenario]")
    assert menu.locator("optgroup").count() == len({scenario["group"] for scenario in SCENARIOS})
    menu.select_option(label="Slow query")
    promise = next(scenario["promise"] for scenario in SCENARIOS if scenario["name"] == "Slow query")
    expect(menu).to_have_attribute("title", promise)
    expect(visited.locator("#notice")).to_have_text(promise)
    send(visited, "JSON API")
    expect(visited.locator("#notice")).to_be_hidden()
