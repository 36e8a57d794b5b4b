"""Two requests beside each other: chosen in the list, from a chain, or offered; with the mouse and by keys alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import open_page, pause, send
from tests.serving import Site

pytestmark = pytest.mark.browser

PAIR = re.compile(r"#trace=[0-9a-f]{16}&with=[0-9a-f]{16}$")


@pytest.fixture
def sent(page: Page, site: Site) -> Page:
    """A page with the list of products, after which another request was made."""
    open_page(page, site.url)
    send(page, "A query for every card")
    pause(page)
    page.request.get(f"{site.url}/no/such/page/")
    expect(page.locator("#requests .row").first).to_contain_text("/no/such/page/")
    return page


def _sentence(page: Page) -> str:
    expect(page.locator("#compare .say")).to_be_visible()
    return page.locator("#compare .say").inner_text()


def test_a_sample_offers_its_twin_and_the_two_are_compared(sent: Page) -> None:
    offer = sent.locator("#compare-offer")
    expect(offer).to_have_text("Compare with: The same cards, one query")
    offer.click()
    assert _sentence(sent).startswith("24 queries fewer")
    expect(sent.locator("#scene")).to_be_hidden()
    sent.wait_for_url(PAIR)
    row = sent.locator(".cmp-row", has_text="SELECT shop_review")
    expect(row.locator(".cell-first")).to_contain_text("24 ×")
    expect(row.locator(".cell-second")).to_contain_text("not in the second")


def test_a_difference_opens_its_step_in_its_request_and_back_leads_to_the_comparison(sent: Page) -> None:
    sent.locator("#requests .row-compare").first.click()
    assert _sentence(sent).startswith("404 instead of 200")
    sent.locator(".cmp-row", has_text="SELECT shop_review").locator(".cell-first a").click()
    expect(sent.locator("#compare")).to_be_hidden()
    expect(sent.locator("#headline [data-show=request]")).to_contain_text("/products/")
    expect(sent.locator("[data-show=label]")).to_contain_text("SELECT shop_review")
    sent.go_back()
    assert _sentence(sent).startswith("404 instead of 200")
    sent.locator(".cmp-row", has_text="Pattern").locator(".cell-second a").click()
    expect(sent.locator("#headline [data-show=request]")).to_contain_text("/no/such/page/")
    expect(sent.locator("#inspector .chip").first).to_contain_text("URL resolver")


def test_a_shared_link_shows_the_comparison(sent: Page) -> None:
    sent.locator("#requests .row-compare").first.click()
    sentence = _sentence(sent)
    sent.wait_for_url(PAIR)
    sent.reload()
    assert _sentence(sent) == sentence
    expect(sent.locator("#requests .row[data-pair='1']")).to_contain_text("/products/")
    expect(sent.locator("#requests .row[data-pair='2']")).to_contain_text("/no/such/page/")


def test_keys_choose_swap_and_close(sent: Page) -> None:
    sent.locator("#requests .row-open").first.focus()
    sent.keyboard.press("c")
    assert _sentence(sent).startswith("404 instead of 200")
    expect(sent.locator("#compare h2")).to_be_focused()
    step = sent.locator("[data-show=number]").text_content()
    sent.keyboard.press("ArrowRight")
    assert sent.locator("[data-show=number]").text_content() == step
    sent.keyboard.press("x")
    expect(sent.locator("#compare .say")).to_contain_text("200 instead of 404")
    sent.keyboard.press("Escape")
    expect(sent.locator("#compare")).to_be_hidden()
    expect(sent.locator("#scene")).to_be_visible()
    expect(sent.locator("#headline [data-show=request]")).to_contain_text("/no/such/page/")


def test_where_no_request_is_open_two_are_chosen_one_after_the_other(page: Page, site: Site) -> None:
    for path in ("/api/products/1/", "/api/products/2/"):
        page.request.get(site.url + path)
    open_page(page, site.url)
    # A page at rest opens a request that it hears of, and of these it may have heard just now; here none is to be open.
    page.wait_for_timeout(500)
    page.evaluate("history.pushState(null, '', '#'); dispatchEvent(new PopStateEvent('popstate'))")
    expect(page.locator("#app")).to_have_attribute("data-state", "rest")
    rows = page.locator("#requests .row")
    rows.nth(0).hover()
    rows.nth(0).locator(".row-compare").click()
    expect(page.locator("#notice")).to_contain_text("Now choose the request to compare it with")
    rows.nth(1).hover()
    rows.nth(1).locator(".row-compare").click()
    expect(page.locator("#compare .side-first")).to_contain_text("/api/products/2/")
    expect(page.locator("#compare .side-second")).to_contain_text("/api/products/1/")


def test_a_miss_and_the_hit_after_it_are_offered(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "Whole-page cache: miss, then hit")
    pause(page)
    page.locator("#compare-offer", has_text="second time").click()
    expect(page.locator("#compare .side-first")).to_contain_text("/about/")
    expect(page.locator("#compare .side-second")).to_contain_text("/about/")
    assert _sentence(page)


def test_a_chain_leads_to_a_comparison(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "Missing slash")
    pause(page)
    page.locator("body").press("Home")
    page.locator(".chain-entry a", has_text="compare").first.click()
    assert "301" in _sentence(page)


def test_what_is_no_longer_kept_cannot_be_compared_and_says_so(page: Page, site: Site) -> None:
    open_page(page, site.url)
    page.goto(f"{site.url}/__visualizer__/#trace=0123456789abcdef&with=fedcba9876543210")
    expect(page.locator("#compare")).to_contain_text("0123456789abcdef is no longer kept")
    page.locator("[data-compare=close]").click()
    expect(page.locator("#compare")).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (900, 1000), (1280, 800), (1600, 960)])
def test_nothing_of_it_is_wider_than_the_screen(page: Page, site: Site, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, site.url)
    send(page, "John's product page")
    pause(page)
    page.locator("#compare-offer").click()
    assert _sentence(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#compare").evaluate("room => room.scrollWidth - room.clientWidth") <= 0
