"""On a phone the parts lie one below the other: what was chosen comes into sight, and the list is one press away."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import open_page, pause, send
from tests.serving import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(page: Page, site: Site) -> Page:
    page.set_viewport_size({"width": 390, "height": 844})
    page.request.get(f"{site.url}/no/such/page/")
    open_page(page, site.url)
    send(page, "JSON API")
    pause(page)
    return page


def _top(part: Locator) -> float:
    box = part.bounding_box()
    assert box
    return box["y"]


def test_the_list_is_one_press_away_and_what_is_chosen_comes_into_sight(phone: Page) -> None:
    assert _top(phone.locator(".requests")) > 844
    phone.locator("#to-list").click()
    assert _top(phone.locator("#requests-title")) < 500
    expect(phone.locator("#requests .row-open").first).to_be_focused()
    phone.locator("#requests .row-open", has_text="/no/such/").first.click()
    expect(phone.locator("#headline [data-show=request]")).to_contain_text("/no/such/")
    assert abs(_top(phone.locator("#scene"))) < 60
    expect(phone.locator("[data-action=toggle]")).to_be_in_viewport()


def test_a_comparison_and_the_step_that_it_leads_to_come_into_sight(phone: Page) -> None:
    phone.locator("#to-list").click()
    row = phone.locator("#requests .row", has_text="/no/such/").first
    row.hover()
    row.locator(".row-compare").click()
    expect(phone.locator("#compare h2")).to_be_in_viewport()
    phone.locator(".cmp-row", has_text="Pattern").locator(".cell-first a").click()
    expect(phone.locator("#headline")).to_be_in_viewport()
    expect(phone.locator("[data-show=label]")).to_have_text("URL resolver")


def test_every_target_is_large_enough_for_a_thumb(phone: Page) -> None:
    # WCAG 2.2, 2.5.8 asks for 24 pixels at least. A stage is as wide as its share of the request; the button for a
    # breakpoint at the step, which is large, does the same within it.
    small = phone.evaluate("""() => [...document.querySelectorAll('button, select, input, summary')]
      .filter(each => each.checkVisibility({visibilityProperty: true}) && !each.closest('.visually-hidden'))
      .filter(each => !each.closest('.stages') || each.getBoundingClientRect().height < 24)
      .map(each => [each.id || each.className || each.name, each.getBoundingClientRect()])
      .filter(([, {width, height}]) => Math.min(width, height) < 24).map(([name]) => name)""")
    assert small == []
