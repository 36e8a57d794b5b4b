"""A request that came through a real nginx, as the page draws it."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests import services
from tests.browser.driving import open_page
from tests.serving import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def proxied(site: Site) -> Iterator[str]:
    with services.nginx(site.url.removeprefix("http://")) as url:
        yield url


def test_the_proxy_is_a_stop_of_its_own_above_the_server(page: Page, site: Site, proxied: str) -> None:
    open_page(page, site.url)
    request = urllib.request.Request(f"{proxied}/behind/nginx/", headers={"X-Forwarded-For": "203.0.113.9"})
    with pytest.raises(urllib.error.HTTPError, match="404") as answer:
        urllib.request.urlopen(request, timeout=30)
    answer.value.close()
    page.locator('.row[data-outcome="not_found"]', has_text="/behind/nginx/").click()
    expect(page.locator("#step-list li").nth(1)).to_contain_text("nginx hands it on, queued")
    page.locator("[data-action=first]").dispatch_event("click")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#inspector h2")).to_have_text("nginx")
    expect(page.locator("#sentence")).to_contain_text("the request came through nginx for 203.0.113.9")
    strip, server = (page.locator(f".stage g.{name} .strip").bounding_box() for name in ("proxy", "server"))
    assert strip and server
    assert strip["y"] + strip["height"] <= server["y"]
    expect(page.locator(".stage g.proxy")).to_contain_text("for 203.0.113.9")
