"""The page follows a request that still runs, whatever way its frames come."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import open_page, step_count, step_number
from tests.frontend.record import FOLDER
from tests.serving import Site

pytestmark = pytest.mark.browser

RECEIVE = """data => document.querySelector('#live').dispatchEvent(
  new CustomEvent('htmx:ws:before:message:incoming', {detail: {message: {data}}, cancelable: true}))"""


class Frames:
    """Hands a page the frames of a real trace as if they came over its socket just now."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.trace = json.loads((FOLDER / "product.json").read_text(encoding="utf-8"))
        self.events = self.trace.pop("events")
        self.number = 1_000_000

    def send(self, item: dict[str, Any]) -> None:
        self.number += 1
        self.page.evaluate(RECEIVE, json.dumps({"type": "frame", "n": self.number, "items": [item]}))

    def begin(self) -> None:
        running = {"outcome": {"kind": None, "by": None, "view_ran": False}, "response": None, "duration_ns": None}
        self.page.evaluate(RECEIVE, json.dumps({"type": "hello", "n": self.number, "process": {}, "traces": []}))
        self.send({"begin": self.trace | running})

    def add(self, start: int, end: int) -> None:
        self.send({"trace": self.trace["id"], "events": self.events[start:end]})

    def end(self) -> None:
        self.send({"end": self.trace})


@pytest.fixture
def frames(page: Page, site: Site) -> Frames:
    open_page(page, site.url)
    frames = Frames(page)
    # The server never saw this trace.
    page.route("**/steps/*/", lambda route: route.fulfill(body="<article><h2>A step</h2></article>"))
    page.route(f"**/traces/{frames.trace['id']}.json", lambda route: route.fulfill(status=404, json={"error": ""}))
    return frames


def test_steps_play_as_they_come_and_nothing_is_called_dark_too_early(page: Page, frames: Frames) -> None:
    frames.begin()
    expect(page.locator("#headline [data-show=sentence]")).to_have_text("running…")
    frames.add(0, 12)
    expect(page.locator("[data-show=count]")).not_to_have_text("0")
    expect(page.locator("[data-show=number]")).to_have_text(str(step_count(page)))
    expect(page.locator("[data-action=toggle]")).to_have_attribute("data-playing", "true")
    assert page.locator(".stage g.dark").count() == 0
    before = step_count(page)
    frames.add(12, 40)
    expect(page.locator("[data-show=count]")).not_to_have_text(str(before))
    expect(page.locator("[data-show=number]")).not_to_have_text(str(before))
    frames.add(40, len(frames.events))
    frames.end()
    expect(page.locator("#headline [data-show=status]")).to_have_text("200")
    assert step_number(page) < step_count(page)


def test_a_gap_holds_back_what_follows_until_it_is_filled(page: Page, frames: Frames) -> None:
    frames.begin()
    frames.add(0, 10)
    frames.add(20, 40)
    expect(page.locator("[data-show=count]")).not_to_have_text("0")
    held = step_count(page)
    frames.add(10, 20)
    expect(page.locator("[data-show=count]")).not_to_have_text(str(held))


def test_a_request_that_runs_elsewhere_does_not_take_the_page_from_what_is_open(page: Page, frames: Frames) -> None:
    frames.begin()
    frames.add(0, len(frames.events))
    frames.end()
    expect(page.locator("#headline [data-show=status]")).to_have_text("200")
    other = frames.trace | {"id": "0123456789abcdef", "request": frames.trace["request"] | {"path": "/other/"}}
    frames.send({"begin": other})
    expect(page.locator("#headline [data-show=request]")).to_have_text("GET /products/wireless-headphones/")


def test_a_row_that_is_told_anew_keeps_the_focus(page: Page, site: Site) -> None:
    page.request.get(f"{site.url}/no/such/page/")
    open_page(page, site.url)
    opener = page.locator("#requests .row-open", has_text="/no/such/").first
    opener.focus()
    former = opener.element_handle()
    content = opener.evaluate("opener => opener.closest('.row').outerHTML")
    page.evaluate(RECEIVE, json.dumps({"type": "rows", "content": content}))
    page.wait_for_function("former => !former.isConnected", arg=former)
    expect(opener).to_be_focused()
