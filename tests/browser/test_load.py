"""A trace of 10,000 queries is played and scrubbed like any other, and a crowd of requests disturbs nothing."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.crowd import COUNT, send_many
from tests.browser.driving import eventually, open_newest, open_page, pause, send, step_count
from tests.browser.wandering import FRESH
from tests.browser.work import measured
from tests.serving import Site, make_database, serve

pytestmark = pytest.mark.browser

QUERIES = 10_000

# What no single task of the page may take while a crowd comes in: as long as laying out so many plain lines takes here
# and now. `make soak` measures the frames, which here stand back for other tests.
_LINES_LAID_OUT = """() => {
  const box = document.createElement('div');
  for (let i = 0; i < 3000; i += 1) {
    const line = document.createElement('p');
    line.textContent = `line ${i}`;
    box.append(line);
  }
  document.body.append(box);
  const height = box.offsetHeight;
  box.remove();
  return height;
}"""


@pytest.fixture(scope="module")
def roomy_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that keeps long traces, and many."""
    folder = tmp_path_factory.mktemp("roomy")
    database = folder / "made.sqlite3"
    make_database(database)
    with serve("daphne", database, folder, DJANGO_SETTINGS_MODULE="tests.browser.deep_settings") as running:
        yield running


# The steps that are shown one after the other until it no longer plays, and how long that took.
_PLAYED = """async () => {
  const number = () => Number(document.querySelector('[data-show=number]').textContent);
  const seen = [number()];
  const since = performance.now();
  document.querySelector('[data-action=toggle]').click();
  while (document.querySelector('[data-action=toggle]').dataset.playing === 'true') {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (number() !== seen.at(-1)) seen.push(number());
  }
  return [seen, performance.now() - since];
}"""
_EVEN_MS = 700
_PATIENCE_MS = 4_000


def assert_plays_truly(page: Page, speed: int) -> None:
    """Playing takes as long as the steps say; a machine that stalls may pass a step, but nothing goes back."""
    page.locator("[name=mode][value=even]").check()
    page.select_option("select[name=speed]", str(speed))
    page.locator("[data-action=first]").click()
    count = step_count(page)
    seen, took_ms = page.evaluate(_PLAYED)
    assert seen == sorted(set(seen))
    assert (seen[0], seen[-1], step_count(page)) == (1, count, count)
    expected_ms = count * _EVEN_MS / speed
    assert expected_ms - 50 < took_ms < expected_ms + _PATIENCE_MS


def test_a_trace_of_ten_thousand_queries_is_opened_played_scrubbed_and_zoomed(page: Page, roomy_site: Site) -> None:
    with urlopen(f"{roomy_site.url}/queries/{QUERIES}/") as response:
        response.read()
    open_page(page, roomy_site.url)
    open_newest(page)
    pause(page)
    expect(page.locator('.stage g[data-key="database"] text.name')).to_contain_text(f"{QUERIES:,} queries")
    assert_plays_truly(page, speed=8)
    ribbon = page.locator("#ribbon").bounding_box()
    assert ribbon is not None
    for tenth in (2, 9, 1, 7, 5):
        page.mouse.click(ribbon["x"] + ribbon["width"] * tenth / 10, ribbon["y"] + 8)
        assert page.evaluate(FRESH) == []
    page.evaluate("document.activeElement.blur()")
    for _ in range(14):
        page.keyboard.press("w")
    expect(page.locator("[data-show=view]")).to_contain_text(re.compile("µs|ms of"))
    near = page.locator("#waterfall .bar.database:not(.waits)").get_attribute("d") or ""
    assert 1 <= near.count("M") <= 200
    assert page.evaluate("document.querySelectorAll('*').length") < 2_500


def test_a_crowd_of_requests_is_listed_in_full_while_the_playhead_stays_true(page: Page, roomy_site: Site) -> None:
    open_page(page, roomy_site.url)
    send(page, "JSON API")
    expect(page.locator("#step-list li").last).to_have_text("The browser has the response")
    pause(page)
    page.evaluate(_COUNT_FRAMES)
    with measured(page) as allowed_ms:
        for _ in range(5):
            assert page.evaluate(_LINES_LAID_OUT) > 0
    with ThreadPoolExecutor(1) as pool, measured(page) as longest_task_ms:
        crowd = pool.submit(send_many, roomy_site.url)
        assert_plays_truly(page, speed=2)
        assert crowd.result() == [200] * COUNT
        eventually(page, f"window.begun.size === {COUNT} && window.ended.size === {COUNT}")
        eventually(page, f"document.querySelectorAll('[title*=\"crowd=\"]').length === {COUNT}")
    listed, kept = page.evaluate(_LISTED_AND_KEPT)
    assert listed == kept
    assert longest_task_ms() < allowed_ms()
    # A change lays all rows out that are shown: neither may grow with the crowd.
    assert page.evaluate("window.changes") < COUNT / 2
    assert page.locator("#requests .row:not([hidden])").count() < COUNT / 5
    assert page.evaluate(FRESH) == []


# Which requests of the crowd the socket told the page to have begun and ended.
_COUNT_FRAMES = """() => {
  window.changes = 0;
  new MutationObserver(() => (window.changes += 1)).observe(document.querySelector('#requests'), {childList: true});
  window.begun = new Set();
  window.ended = new Set();
  document.querySelector('#live').addEventListener('htmx:ws:before:message:incoming', (event) => {
    const message = JSON.parse(event.detail.message.data);
    if (message.type === 'resync') window.resyncs = (window.resyncs ?? 0) + 1;
    for (const item of message.items ?? []) {
      if (item.begin?.request?.query_string?.startsWith('crowd=')) window.begun.add(item.begin.id);
      if (item.end?.request?.query_string?.startsWith('crowd=')) window.ended.add(item.end.id);
    }
  }, true);
}"""
# The rows of the page, and those that the server would give now: which traces, with which status.
_LISTED_AND_KEPT = """async () => {
  const rowsOf = (root) => [...root.querySelectorAll('[data-trace]')].map(
    (row) => [row.dataset.trace, row.textContent.trim().split(/\\\\s+/)[0]]);
  const mount = document.querySelector('#app').dataset.mount;
  const listed = rowsOf(document.querySelector('#requests'));
  const kept = [];
  for (let rows = [null]; rows.length && kept.length < listed.length; kept.push(...rows)) {
    const before = kept.length ? `?before=${kept.at(-1)[0]}` : '';
    const answer = await fetch(`${mount}traces/${before}`, {headers: {'HX-Request': 'true'}});
    rows = rowsOf(new DOMParser().parseFromString(`<ol>${await answer.text()}</ol>`, 'text/html'));
  }
  return [listed, kept.slice(0, listed.length)];
}"""
