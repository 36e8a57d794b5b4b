"""A page's further requests and a redirect are one chain, through which a person goes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import open_page, pause, send
from tests.serving import Site

pytestmark = pytest.mark.browser

STOCK = "/api/products/1/stock/"


def test_the_inspector_leads_from_a_redirect_through_its_page_to_what_the_page_started(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "Missing slash")
    expect(page.locator(f'#requests .row-path[title="{STOCK}"]').first).to_be_visible()
    pause(page)
    page.locator("[data-action=first]").click()
    chain = page.locator("#inspector .chain")
    this = chain.locator("[aria-current=true]")
    expect(this).to_contain_text("301 GET /products/wireless-headphones this request")
    expect(chain.locator("li").nth(1)).to_contain_text(
        re.compile(r"200 GET /products/wireless-headphones/\s+redirected · \d")
    )
    chain.locator("a[data-open]").nth(1).click()
    expect(page.locator("#headline [data-show=status]")).to_have_text("200")
    expect(this).to_contain_text("this request · redirected")
    asked = chain.locator("li.depth-1", has_text=STOCK)
    expect(asked).to_contain_text("started as fetch")
    asked.locator("a[data-open]").click()
    expect(page.locator("#headline [data-show=request]")).to_have_text(f"GET {STOCK}")
    expect(this).to_contain_text(STOCK)


def test_the_list_sets_what_another_request_led_to_below_it(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "Into the cart: POST, redirect, page")
    expect(page.locator("#requests .row-linked", has_text="redirected from POST /cart/add/").first).to_be_visible()
    expect(page.locator("#requests .row-linked", has_text="for /cart/").first).to_be_visible()
    first = page.locator("#requests .row", has=page.locator('.row-path[title="/cart/add/"]')).first
    expect(first).not_to_have_class(re.compile("row-linked"))
