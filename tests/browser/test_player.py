"""The player: keys and buttons, the two views of time, motion and its absence."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Complaints
from tests.browser.driving import open_page, pause, send, step_count, step_number
from tests.serving import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def played(chromium: Browser, site: Site) -> Iterator[Page]:
    """A page with John's product page, the browser's part included; for all tests of this module."""
    context = chromium.new_context(viewport={"width": 1600, "height": 960})
    complaints = Complaints()
    page = context.new_page()
    complaints.watch(page)
    open_page(page, site.url)
    send(page, "John's product page")
    expect(page.locator("#step-list li").last).to_have_text("The browser has the response")
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def stopped(played: Page) -> Page:
    """The same at its first step, with nothing in focus."""
    played.locator("[name=mode][value=log]").check()
    played.locator("[data-action=first]").click()
    played.evaluate("document.activeElement.blur()")
    expect(played.locator("[data-show=number]")).to_have_text("1")
    return played


def test_keys_step_jump_and_play(stopped: Page) -> None:
    press = stopped.keyboard.press
    press("ArrowRight")
    press(".")
    assert step_number(stopped) == 3
    press("ArrowLeft")
    assert step_number(stopped) == 2
    press("End")
    assert step_number(stopped) == step_count(stopped)
    press("5")
    assert abs(step_number(stopped) - step_count(stopped) / 2) < step_count(stopped) / 6
    press("Home")
    press("Space")
    expect(stopped.locator("[data-action=toggle]")).to_have_attribute("data-playing", "true")
    press("Space")
    expect(stopped.locator("[data-action=toggle]")).to_have_attribute("data-playing", "false")


def test_shift_and_arrows_go_from_stage_to_stage(stopped: Page) -> None:
    expect(stopped.locator("#inspector .chip").first).to_have_text("1 · Client request")
    stopped.keyboard.press("Shift+ArrowRight")
    expect(stopped.locator("#inspector .chip").first).to_contain_text("2 · Server")
    stopped.keyboard.press("Shift+ArrowRight")
    expect(stopped.locator("#inspector .chip").first).to_have_text("3 · Request middleware")
    stopped.keyboard.press("Shift+ArrowLeft")
    expect(stopped.locator("#inspector .chip").first).to_contain_text("2 · Server")


def test_keys_are_ignored_while_typing_and_slash_leads_to_the_path(stopped: Page) -> None:
    stopped.keyboard.press("/")
    expect(stopped.locator("#path")).to_be_focused()
    stopped.keyboard.type("5.")
    assert step_number(stopped) == 1
    expect(stopped.locator("#path")).to_have_value("5.")


def test_question_mark_opens_the_sheet_and_escape_closes_it(stopped: Page) -> None:
    stopped.keyboard.press("?")
    expect(stopped.locator("#help-sheet")).to_be_visible()
    stopped.keyboard.press("Escape")
    expect(stopped.locator("#help-sheet")).to_be_hidden()


def test_buttons_do_what_the_keys_do(stopped: Page) -> None:
    def click(action: str) -> int:
        stopped.locator(f"[data-action={action}]").first.click()
        return step_number(stopped)

    assert click("next") == 2
    assert click("previous") == 1
    assert click("nextStage") > 1
    assert click("previousStage") == 1
    assert click("last") == step_count(stopped)
    assert click("first") == 1
    stopped.locator("[data-action=share]").nth(5).click()
    assert step_number(stopped) > 10


def test_the_waterfall_and_the_ribbon_move_the_same_playhead(stopped: Page) -> None:
    waterfall = stopped.locator("#waterfall")
    box = waterfall.bounding_box()
    assert box
    stopped.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] - 8)
    middle = step_number(stopped)
    assert middle > 10
    ribbon = stopped.locator("#ribbon").bounding_box()
    assert ribbon
    stopped.mouse.click(ribbon["x"] + 2, ribbon["y"] + 8)
    assert step_number(stopped) == 1


def test_a_stage_of_the_scene_leads_to_its_first_step(stopped: Page) -> None:
    stopped.locator('.stage g[data-key="template"]').focus()
    stopped.keyboard.press("Enter")
    expect(stopped.locator("[data-show=label]")).to_have_text("Renders product_detail.html")
    stopped.locator('.stage g[data-key="layer:3"] .name').click()
    expect(stopped.locator("[data-show=label]")).to_have_text("SessionMiddleware, way in")


def test_modes_say_what_is_to_scale(stopped: Page) -> None:
    scale = stopped.locator("[data-show=scale]")
    speed = stopped.locator("select[name=speed]")
    expect(scale).to_contain_text("not to scale")
    stopped.locator("[name=mode][value=true]").check()
    expect(scale).to_contain_text("slower than it was")
    expect(speed).to_have_value(re.compile("^true 0"))
    speed.select_option("true 0.001")
    expect(scale).to_contain_text("1,000× slower than it was")
    speed.select_option("true 1")
    expect(scale).to_contain_text("in true time, live")
    speed.select_option("2")
    expect(scale).to_contain_text("not to scale")
    expect(stopped.locator("[name=mode][value=log]")).to_be_checked()


def test_live_takes_as_long_as_the_request_did(stopped: Page) -> None:
    stopped.locator("select[name=speed]").select_option("true 0.1")
    took_ms, span_ms = stopped.evaluate(_PLAY_THROUGH)
    assert span_ms > 1
    # A tick of the player's, and the moments are shown in thousandths.
    assert took_ms == pytest.approx(span_ms * 10, abs=40)
    stopped.locator("select[name=speed]").select_option("1")


# Plays to the last step by a clock that goes on from one timer to the next: how long that took, and how long the
# request itself took from each step to the next. A browser may have the response before the server is done with it:
# its steps come last all the same, and the way back in time takes none. A busy machine has no part in it.
_PLAY_THROUGH = """() => {
  const shown = () => document.querySelector('[data-show=moment]').textContent;
  const inMs = () => (shown().endsWith(' s') ? 1000 : 1);
  const momentOf = () => Number(shown().replace('−', '-').replace(/[^-.\\d]/g, '')) * inMs();
  const press = (name) => document.querySelector(`[data-action=${name}]`).click();
  const numberOf = () => document.querySelector('[data-show=number]').textContent;
  const real = { now: performance.now, later: window.setTimeout, cancel: window.clearTimeout };
  const timers = new Map();
  let now = performance.now();
  let last = 0;
  performance.now = () => now;
  window.setTimeout = (run, ms = 0) => {
    timers.set(--last, [now + ms, run]);
    return last;
  };
  window.clearTimeout = (timer) => timers.delete(timer) || real.cancel.call(window, timer);
  try {
    press('last');
    const count = numberOf();
    press('first');
    let span = 0;
    for (let before = momentOf(); numberOf() !== count; before = momentOf()) {
      press('next');
      span += Math.max(0, momentOf() - before);
    }
    press('first');
    const since = now;
    press('toggle');
    while (numberOf() !== count && timers.size) {
      const [timer, [at, run]] = [...timers].reduce((one, other) => (other[1][0] < one[1][0] ? other : one));
      timers.delete(timer);
      now = Math.max(now, at);
      run();
    }
    const took = now - since;
    press('toggle');
    return [took, span];
  } finally {
    performance.now = real.now;
    window.setTimeout = real.later;
    window.clearTimeout = real.cancel;
    for (const [, run] of timers.values()) real.later.call(window, run);
  }
}"""


def test_without_motion_steps_jump(page: Page, site: Site) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_page(page, site.url)
    send(page, "JSON API")
    pause(page)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    moving = "document.querySelector('.token').getAnimations().length"
    assert page.evaluate(moving) == 0
    page.locator("#motion").click()
    page.locator("[data-action=next]").click()
    assert page.evaluate(moving) == 1


def test_the_theme_is_chosen_and_kept(page: Page, site: Site) -> None:
    open_page(page, site.url)
    background = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(background)
    page.locator("#theme").click()
    assert page.evaluate(background) != before
    chosen = page.evaluate(background)
    page.reload()
    assert page.evaluate(background) == chosen


def test_a_step_says_itself_and_is_marked_in_the_list_of_steps(stopped: Page) -> None:
    stopped.keyboard.press("ArrowRight")
    label = stopped.locator("[data-show=label]").inner_text()
    expect(stopped.locator("#announce")).to_contain_text(label)
    expect(stopped.locator("#step-list [aria-current=step]")).to_have_text(label)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (900, 1000), (1280, 800), (1600, 960)])
def test_nothing_is_wider_than_the_screen(page: Page, site: Site, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, site.url)
    send(page, "John's product page")
    pause(page)
    page.keyboard.press("End")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width >= 1280:
        assert page.evaluate("document.documentElement.scrollHeight") <= height
        assert page.locator("#scene-room").evaluate("room => room.scrollHeight - room.clientHeight") <= 1
