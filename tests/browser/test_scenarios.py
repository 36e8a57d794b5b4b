"""Every sample of the menu, sent and played by a real browser, ends as it does through the handler alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from config.scenarios import SCENARIOS
from tests.browser.conftest import Complaints
from tests.browser.driving import open_page, pause, send
from tests.serving import Site
from tests.shop.test_scenarios import EXPECTED, FOLLOWING
from visualizer.lessons.outcomes import fate_of, outcome_said
from visualizer.lessons.reading import Reading

pytestmark = pytest.mark.browser
REVIEWS = 35


@pytest.fixture(scope="module")
def visited(chromium: Browser, site: Site) -> Iterator[Page]:
    """One page for all samples: whoever tries them goes from one to the next."""
    context = chromium.new_context(viewport={"width": 1600, "height": 960}, base_url=site.url)
    complaints = Complaints()
    page = context.new_page()
    complaints.watch(page)
    yield open_page(page, site.url)
    context.close()
    assert complaints == []


# Of the last events of a trace, so many may be told in one step.
_MERGED_AT_MOST = 3
# From the first step to the last by the button; returns the steps that were shown and how many there are.
_STEP_THROUGH = """() => {
  const shown = (name) => Number(document.querySelector(`[data-show=${name}]`).textContent.replace(/\\D/g, ""));
  const press = (name) => document.querySelector(`[data-action=${name}]`).click();
  press("first");
  const numbers = [shown("number")];
  while (numbers.at(-1) !== shown("count") && numbers.length < 10_000) {
    press("next");
    numbers.push(shown("number"));
  }
  return [numbers, shown("count")];
}"""


@pytest.mark.parametrize("name", [scenario["name"] for scenario in SCENARIOS])
def test_a_sample_is_played_to_its_end_and_told_as_the_server_tells_it(visited: Page, name: str) -> None:
    send(visited, name)
    status, kind, _, _ = EXPECTED[name]
    expect(visited.locator("#headline")).to_have_attribute("data-kind", kind)
    goes_to_the_end(visited, status)
    for method, path, status in FOLLOWING.get(name, []):
        expect(visited.locator("#follow-up")).to_have_text(f"then {method} {path} →")
        visited.locator("#follow-up").click()
        goes_to_the_end(visited, status)


def goes_to_the_end(page: Page, status: int) -> None:
    """Step through the trace that is open, and hold its headline and its last step against the server's words."""
    headline = page.locator("#headline")
    expect(headline.locator("[data-show=status]")).to_have_text(str(status))
    pause(page)
    numbers, count = page.evaluate(_STEP_THROUGH)
    assert numbers == list(range(1, count + 1))
    trace_id = page.locator("#requests [aria-current=true]").get_attribute("data-trace")
    trace = page.request.get(f"{page.locator('#app').get_attribute('data-mount')}traces/{trace_id}.json").json()
    expect(headline.locator("[data-show=sentence]")).to_have_text(outcome_said(Reading(trace)))
    # What the browser reports may have become a step meanwhile.
    page.locator("[data-action=last]").click()
    last = ", ".join(f'[data-seq="{event["seq"]}"]' for event in trace["events"][-_MERGED_AT_MOST:])
    shown = page.locator(f'#inspector article[data-trace="{trace_id}"]:is({last})')
    expect(shown.locator(".outcome")).to_contain_text(fate_of(Reading(trace)).lead)


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


def test_all_of_an_async_stream_is_shown(visited: Page) -> None:
    send(visited, "Streaming CSV, async")
    shown = visited.frame_locator("#preview-frame").locator("pre")
    expect(shown).to_contain_text("slug,author,rating,title")
    assert len(shown.inner_text().strip().splitlines()) == 1 + REVIEWS


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
