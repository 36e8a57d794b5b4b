"""Finding requests in the list: the filter, what it offers, the address, and a list of thousands."""

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import eventually, open_page, send
from tests.browser.test_live import RECEIVE
from tests.serving import Site

pytestmark = pytest.mark.browser

SHOWN = "#requests .row:not([hidden])"
FEWEST_FPS = 40
GATHERED_MS = 300
"""By then the rows that came are placed."""
_GROW = """count => {
  const list = document.querySelector('#requests');
  list.dispatchEvent(new Event('scroll'));
  const rows = Array.from({length: count}, (_, index) => {
    const row = list.firstElementChild.cloneNode(true);
    const id = index.toString(16).padStart(16, '0');
    Object.assign(row, {id: `trace-${id}`});
    const hasFailed = index % 10 === 0;
    Object.assign(row.dataset, {trace: id, status: hasFailed ? 500 : 200});
    return row;
  });
  list.append(...rows);
}"""
_SCROLL = """() => new Promise(resolve => {
  const list = document.querySelector('#requests');
  const times = [];
  const tick = time => {
    times.push(time);
    list.scrollTop += 900;
    if (times.length < 120) requestAnimationFrame(tick);
    else resolve(times.slice(1).map((each, index) => each - times[index]));
  };
  requestAnimationFrame(tick);
})"""
_KEEP_IN_SIGHT = """() => {
  const {left, top} = document.querySelector('#requests').getBoundingClientRect();
  window.kept = document.elementFromPoint(left + 60, top + 200).closest('.row');
}"""
_TYPE = """text => new Promise(resolve => {
  const field = document.querySelector('#find');
  const since = performance.now();
  field.value = text;
  field.dispatchEvent(new Event('input'));
  requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - since)));
})"""


@pytest.fixture
def listed(page: Page, site: Site) -> Page:
    """A page whose list has one request of each kind at least."""
    for path in ("/api/products/1/", "/no/such/page/", "/reports/average-order/"):
        page.request.get(site.url + path)
    open_page(page, site.url)
    expect(page.locator("#requests-count")).not_to_be_empty()
    return page


def test_a_filter_shows_what_is_like_that_and_says_how_many(listed: Page) -> None:
    listed.locator("#find").fill("status:404 path:/no/such")
    expect(listed.locator("#requests-count")).to_have_text(re.compile(r"^\d+ of \d+$"))
    shown = listed.locator(SHOWN)
    assert shown.count() >= 1
    assert all("/no/such/" in text for text in shown.all_inner_texts())
    listed.locator("#find").fill("outcome:failed by:average_order")
    expect(shown.first).to_contain_text("/reports/average-order/")
    listed.locator("#find").fill("path:/no/such -status:404")
    expect(listed.locator("#find-none")).to_be_visible()
    listed.locator("#find-none-clear").click()
    expect(listed.locator("#find")).to_have_value("")
    assert shown.count() > 1


def test_requests_that_come_later_are_filtered_too(listed: Page, site: Site) -> None:
    listed.locator("#find").fill("method:GET path:/api/products/3/")
    expect(listed.locator(SHOWN)).to_have_count(0)
    before = listed.locator("#requests .row").count()
    listed.request.get(f"{site.url}/api/products/2/")
    listed.request.get(f"{site.url}/api/products/3/")
    expect(listed.locator(SHOWN)).to_have_count(1)
    assert listed.locator("#requests .row").count() == before + 2


def test_the_user_is_known_where_the_project_looked(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "Banned user")
    page.locator("#find").fill("user:mallory outcome:stopped by:BannedUserMiddleware")
    expect(page.locator(SHOWN).first).to_contain_text("/products/")
    page.locator("#find").fill("user:nobody-of-this-name")
    expect(page.locator(SHOWN)).to_have_count(0)


def test_a_wrong_term_is_answered_with_a_word_not_with_silence(listed: Page) -> None:
    before = listed.locator(SHOWN).count()
    listed.locator("#find").fill("stauts:500")
    expect(listed.locator("#find-problem")).to_contain_text("Did you mean status:?")
    expect(listed.locator("#find")).to_have_attribute("aria-invalid", "")
    assert listed.locator(SHOWN).count() == before
    listed.locator("#find").fill("status:500")
    expect(listed.locator("#find-problem")).to_be_hidden()


def test_offers_complete_a_filter_by_keys_alone(listed: Page) -> None:
    listed.locator("body").press("q")
    expect(listed.locator("#find")).to_be_focused()
    expect(listed.locator("#find-offers")).to_be_visible()
    listed.keyboard.type("-sta")
    listed.keyboard.press("ArrowDown")
    expect(listed.locator("#find")).to_have_attribute("aria-activedescendant", "find-offer-0")
    listed.keyboard.press("Enter")
    expect(listed.locator("#find")).to_have_value("-status:")
    listed.keyboard.type("50")
    listed.keyboard.press("ArrowDown")
    listed.keyboard.press("Enter")
    expect(listed.locator("#find")).to_have_value("-status:500 ")
    expect(listed.locator("#find-offers")).to_be_hidden()
    assert "500" not in "".join(listed.locator(f"{SHOWN} .row-status").all_inner_texts())
    listed.keyboard.press("Escape")
    expect(listed.locator("#find")).to_have_value("")
    listed.keyboard.press("Escape")
    listed.keyboard.press("Escape")
    expect(listed.locator("#find")).not_to_be_focused()


def test_the_address_keeps_the_filter(listed: Page) -> None:
    listed.locator("#find").fill("status:404")
    listed.wait_for_url(re.compile(re.escape(f"find={quote('status:404')}")))
    listed.reload()
    expect(listed.locator("#find")).to_have_value("status:404")
    expect(listed.locator("#requests-count")).to_have_text(re.compile(r"^\d+ of \d+$"))


@pytest.mark.parametrize("anchoring", ["auto", "none"])
def test_the_list_keeps_its_place_while_new_requests_arrive(listed: Page, site: Site, anchoring: str) -> None:
    # Safari does not anchor what is scrolled: there the page does it.
    listed.evaluate("value => document.querySelector('#requests').style.overflowAnchor = value", anchoring)
    listed.evaluate(_GROW, 100)
    listed.evaluate("document.querySelector('#requests').scrollTop = 1500")
    listed.wait_for_timeout(200)
    listed.evaluate(_KEEP_IN_SIGHT)
    place = "window.kept.getBoundingClientRect().top"
    before = listed.evaluate(place)
    listed.evaluate("window.known = new Set([...document.querySelectorAll('#requests .row')].map((row) => row.id))")
    for _ in range(3):
        listed.request.get(f"{site.url}/api/products/2/")
    eventually(
        listed, "[...document.querySelectorAll('#requests .row')].filter((row) => !known.has(row.id)).length === 3"
    )
    listed.wait_for_timeout(300)
    assert abs(listed.evaluate(place) - before) <= 2


def test_five_thousand_rows_scroll_smoothly_and_are_found_at_once(listed: Page) -> None:
    listed.evaluate("document.querySelector('#requests').dataset.max = 6000")
    listed.evaluate(_GROW, 5000)
    intervals = sorted(listed.evaluate(_SCROLL))
    assert 1000 / intervals[len(intervals) // 2] >= FEWEST_FPS
    assert listed.evaluate(_TYPE, "status:500") < 300
    expect(listed.locator("#requests-count")).to_have_text(re.compile(r"^5\d\d of 5,?\d+$"))
    assert listed.evaluate(_TYPE, "") < 300


def test_a_reload_of_the_list_keeps_older_rows_and_the_place(listed: Page, site: Site) -> None:
    listed.evaluate(_GROW, 100)
    listed.evaluate("document.querySelector('#requests').scrollTop = 1500")
    count = listed.locator("#requests .row").count()
    with listed.expect_response("**/traces/"):
        listed.evaluate(RECEIVE, json.dumps({"type": "resync", "n": 1_000_000}))
    listed.wait_for_timeout(200)
    assert listed.locator("#requests .row").count() == count
    assert listed.evaluate("document.querySelector('#requests').scrollTop") == pytest.approx(1500, abs=2)


def test_a_paused_list_says_how_many_came_and_shows_them_afterwards(listed: Page, site: Site) -> None:
    button, rows = listed.locator("#pause-list"), listed.locator("#requests .row")
    listed.wait_for_timeout(GATHERED_MS)
    button.click()
    before = rows.evaluate_all("all => all.map((row) => row.id)")
    for number in (2, 3):
        listed.request.get(f"{site.url}/api/products/{number}/")
    expect(button).to_have_text("2 new")
    assert rows.evaluate_all("all => all.map((row) => row.id)") == before
    button.click()
    expect(rows.first.locator(".row-path")).to_have_text("/api/products/3/")
    expect(rows.nth(1).locator(".row-path")).to_have_text("/api/products/2/")


def test_rows_far_below_wait_and_go_on_waiting_when_they_change(listed: Page) -> None:
    listed.evaluate(_GROW, 200)
    listed.wait_for_timeout(GATHERED_MS)
    shown = "[...document.querySelectorAll('#requests .row')].map((row) => !row.hidden)"
    before = listed.evaluate(shown)
    assert before == sorted(before, reverse=True)
    assert 0 < sum(before) < len(before) - 50
    row = listed.locator("#requests .row").last.evaluate("row => row.outerHTML.replace('hidden=\"\"', 'data-again')")
    listed.evaluate(RECEIVE, json.dumps({"type": "rows", "content": row}))
    expect(listed.locator("#requests .row[data-again]")).to_have_count(1)
    assert listed.evaluate(shown) == before
