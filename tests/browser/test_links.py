"""The address: a link and a reload lead to the same moment, back and forward work, and what is wrong is said."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import open_page, pause, send, step_count
from tests.serving import Site

pytestmark = pytest.mark.browser

GONE = "0123456789abcdef"


def _address(trace: str | None, step: int) -> re.Pattern[str]:
    return re.compile(rf"#trace={trace or '[0-9a-f]{16}'}&step={step}$")


def _open_with(page: Page, site: Site, hash_: str) -> None:
    open_page(page, f"{site.url}")
    page.goto(f"{site.url}/__visualizer__/#{hash_}")


@pytest.fixture
def sent(page: Page, site: Site) -> Page:
    """A page that has sent a request and stands at its third step."""
    open_page(page, site.url)
    send(page, "JSON API")
    pause(page)
    page.locator("[data-action=first]").click()
    page.locator("[data-action=next]").click()
    page.locator("[data-action=next]").click()
    page.wait_for_url(_address(None, 3))
    return page


def test_back_and_forward_go_from_request_to_request_each_at_its_step(sent: Page, site: Site) -> None:
    first = sent.url
    sent.request.get(f"{site.url}/no/such/page/")
    sent.locator("#requests .row-open", has_text="/no/such/page/").first.click()
    expect(sent.locator("#headline [data-show=request]")).to_contain_text("/no/such/page/")
    pause(sent)
    sent.locator("[data-action=last]").click()
    count = step_count(sent)
    sent.wait_for_url(_address(None, count))
    sent.go_back()
    expect(sent.locator("#headline [data-show=request]")).to_contain_text("/api/products/1/")
    expect(sent.locator("[data-show=number]")).to_have_text("3")
    assert sent.url == first
    sent.go_forward()
    expect(sent.locator("#headline [data-show=request]")).to_contain_text("/no/such/page/")
    expect(sent.locator("[data-show=number]")).to_have_text(str(count))


def test_steps_are_not_pages_and_back_leads_to_the_page_before_the_first_request(sent: Page) -> None:
    sent.go_back()
    expect(sent.locator("#app")).to_have_attribute("data-state", "rest")
    expect(sent.locator("#inspector")).to_contain_text("Nothing to inspect yet")
    sent.go_forward()
    expect(sent.locator("[data-show=number]")).to_have_text("3")
    expect(sent.locator("#inspector .inspector")).to_have_attribute("data-seq", re.compile(r"\d+"))


def test_a_shared_link_opens_the_same_moment_for_somebody_else(sent: Page, site: Site) -> None:
    label = sent.locator("[data-show=label]").inner_text()
    context = sent.context.browser.new_context()  # type: ignore[union-attr]
    other = context.new_page()
    other.goto(sent.url)
    expect(other.locator("[data-show=label]")).to_have_text(label)
    expect(other.locator("[data-action=toggle]")).to_have_attribute("data-playing", "false")
    context.close()


def test_a_request_that_is_no_longer_kept_says_so_and_how_to_keep_more(page: Page, site: Site) -> None:
    _open_with(page, site, f"trace={GONE}&step=4")
    expect(page.locator("#notice")).to_contain_text(f"The request {GONE} is no longer kept")
    expect(page.locator("#notice")).to_contain_text("MAX_TRACES")
    expect(page.locator("#inspector h2")).to_have_text("This trace is no longer kept")
    expect(page.locator("#inspector")).to_contain_text("MAX_TRACES")
    page.locator("#requests .row-open").first.click()
    expect(page.locator("#notice")).to_be_hidden()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("trace=banana", "“banana”; an id has 16 hexadecimal digits"),
        (f"trace={GONE}&step=two", "step “two”; steps are numbered from 1"),
        ("trac=x", "“trac”, which this page does not know; it knows trace, step, with, find"),
    ],
)
def test_a_wrong_address_says_what_was_wrong(page: Page, site: Site, address: str, said: str) -> None:
    _open_with(page, site, address)
    expect(page.locator("#notice")).to_contain_text(said)


def test_a_step_that_there_is_not_says_so_and_shows_the_last(sent: Page) -> None:
    count = step_count(sent)
    sent.goto(re.sub(r"step=3$", "step=999", sent.url))
    expect(sent.locator("#notice")).to_contain_text(f"step 999; this request has {count}, of which the last is shown")
    expect(sent.locator("[data-show=number]")).to_have_text(str(count))


def test_a_jump_inside_the_page_leaves_the_request_open(sent: Page) -> None:
    sent.locator(".skip").focus()
    sent.keyboard.press("Enter")
    sent.locator("[data-action=next]").click()
    sent.wait_for_url(_address(None, 4))
    expect(sent.locator("#app")).to_have_attribute("data-state", "open")
