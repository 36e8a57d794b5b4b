"""A person sends the samples and sees what became of them."""

import re

import pytest
from playwright.sync_api import Page, expect

from config.settings import MIDDLEWARE
from tests.browser.conftest import Complaints
from tests.browser.driving import open_page, pause, send, step_count, step_number
from tests.serving import Site

pytestmark = pytest.mark.browser


def test_the_first_sample_is_sent_by_one_press_and_played_by_itself(page: Page, site: Site) -> None:
    open_page(page, site.url)
    expect(page.locator(".invite")).to_be_visible()
    page.locator(".invite .send").click()
    expect(page.locator(".invite")).to_be_hidden()
    expect(page.locator("#headline [data-show=status]")).to_have_text("200")
    expect(page.locator("[data-action=toggle]")).to_have_attribute("data-playing", "true")
    expect(page.locator("[data-show=number]")).not_to_have_text(re.compile("^[–1-3]$"))
    expect(page.locator("#inspector h2")).not_to_have_text("Nothing to inspect yet")
    names = page.locator(".stage g.layer text.name")
    expect(names).to_have_count(len(MIDDLEWARE))
    expect(names.first).to_contain_text("SecurityMiddleware")


def test_the_browser_itself_asked_and_its_own_times_begin_and_end_the_trace(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "John's product page")
    expect(page.locator("#step-list li").last).to_have_text("The browser has the response")
    frame = page.frame_locator("#preview-frame")
    expect(frame.locator("h1")).to_contain_text("Wireless Headphones")
    expect(frame.locator("body")).to_contain_text("Hello, John")
    page.locator("[data-action=last]").click()
    expect(page.locator("#inspector")).to_contain_text("first byte")
    # Its style sheet, script and call of the API started the cycle again.
    for path in ("/static/shop/shop.css", "/static/shop/product.js", "/api/products/1/stock/"):
        expect(page.locator("#inspector")).to_contain_text(path)
        expect(page.locator(f'#requests .row-path[title="{path}"]').first).to_be_visible()


def test_the_ban_turns_the_token_round_and_what_is_below_stays_dark(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "Banned user")
    page.locator("[data-action=last]").click()
    expect(page.locator("#headline [data-show=sentence]")).to_have_text(
        "Stopped by BannedUserMiddleware: it answered 403, and the view never ran."
    )
    expect(page.locator(".stage g.band text")).to_contain_text("never reached: stopped by BannedUserMiddleware")
    for key in ("resolver", "view", "template", "layer:11"):
        expect(page.locator(f'.stage g[data-key="{key}"]')).to_have_class(re.compile(r"\bdark\b"))
    expect(page.locator(".token")).to_have_class("token refused")


def test_an_error_in_a_view_is_drawn_as_failed(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "Error in a view")
    pause(page)
    page.locator("[data-action=first]").click()
    expect(page.locator(".token")).to_have_class("token")
    page.locator("[data-action=last]").click()
    expect(page.locator(".token")).to_have_class("token failed")
    expect(page.locator('.stage g[data-key="view"]')).to_contain_text("✕ ZeroDivisionError")
    assert page.locator(".stage .segment.failed").count() > 10


def test_a_redirect_leads_on_to_where_the_browser_went(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "Missing slash")
    expect(page.locator("#headline [data-show=status]")).to_have_text("301")
    page.locator("#follow-up").click()
    expect(page.locator("#headline [data-show=status]")).to_have_text("200")


@pytest.mark.parametrize(
    ("scenario", "status", "sentence"),
    [
        ("Unknown URL", "404", re.compile(r"^Not found after \d+ patterns: none matches /no/such/page/\.$")),
        ("CSRF failure", "403", "Stopped by CsrfViewMiddleware: it answered 403, and the view never ran."),
        ("JSON API", "200", "Completed: product answered 200."),
    ],
)
def test_samples_end_as_they_promise(
    page: Page, site: Site, scenario: str, status: str, sentence: str | re.Pattern[str]
) -> None:
    open_page(page, site.url)
    send(page, scenario)
    expect(page.locator("#headline [data-show=status]")).to_have_text(status)
    expect(page.locator("#headline [data-show=sentence]")).to_have_text(sentence)


def test_a_link_in_the_answer_sends_its_request(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "The same page, anonymous")
    page.wait_for_timeout(800)
    page.frame_locator("#preview-frame").get_by_role("link", name="Desk").first.evaluate("link => link.click()")
    expect(page.locator("#headline [data-show=request]")).to_have_text("GET /categories/desk/")


def test_a_request_that_cannot_be_sent_says_why(page: Page, site: Site) -> None:
    open_page(page, site.url)
    page.locator(".extras summary").click()
    page.locator("[name=headers]").fill("no header at all")
    page.locator("#sender .send").click()
    expect(page.locator("#notice")).to_contain_text("“no header at all” is not a header")
    expect(page.locator("#app")).to_have_attribute("data-state", "rest")


def test_a_request_from_elsewhere_appears_in_the_list_and_opens_with_a_click(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "JSON API")
    page.request.get(f"{site.url}/categories/audio/")
    row = page.locator("#requests .row").first
    expect(row).to_contain_text("/categories/audio/")
    row.locator(".row-open").click()
    expect(page.locator("#headline [data-show=request]")).to_have_text("GET /categories/audio/")
    expect(row).to_have_attribute("aria-current", "true")


def test_a_paused_list_does_not_move_and_counts_what_came(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "JSON API")
    pressed = page.locator("#pause-list")
    pressed.click()
    before = page.locator("#requests .row").count()
    page.request.get(f"{site.url}/api/products/2/")
    expect(pressed).to_have_text("1 new")
    assert page.locator("#requests .row").count() == before
    pressed.click()
    expect(page.locator("#requests .row").first).to_contain_text("/api/products/2/")


def test_the_address_leads_back_to_trace_and_step(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "JSON API")
    pause(page)
    page.locator("[data-action=first]").click()
    for _ in range(4):
        page.locator("[data-action=next]").click()
    page.wait_for_url(re.compile(r"#trace=[0-9a-f]{16}&step=5$"))
    page.reload()
    expect(page.locator("[data-show=number]")).to_have_text("5")
    assert step_number(page) <= step_count(page)


def test_what_sends_is_loaded_after_the_page_and_a_press_before_that_is_not_lost(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route("**/static/sender.js", lambda route: (page.wait_for_timeout(1000), route.continue_()))
    page.goto(f"{site.url}/__visualizer__/")
    page.locator(".invite .send").click()
    expect(page.locator("#sender .send")).to_have_text("Cancel")
    expect(page.locator("#headline [data-show=status]")).to_have_text("200")
    names = [url.rsplit("/", 1)[-1] for url in asked]
    assert names.index("theatre.js") < names.index("sender.js")


def test_the_page_says_so_when_what_sends_does_not_come(page: Page, site: Site, complaints: Complaints) -> None:
    complaints.allow("ERR_FAILED")
    page.route("**/static/sender.js", lambda route: route.abort())
    open_page(page, site.url)
    page.locator("#sender .send").click()
    expect(page.locator("#notice")).to_contain_text("What sends a request could not be loaded")
    expect(page.locator("#sender .send")).to_have_text("Send request")
