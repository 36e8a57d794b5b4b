"""Breakpoints and the loop: keys and their buttons, the strip of stages, what is kept."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import eventually, open_page, pause, send, step_number
from tests.serving import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(page: Page, site: Site) -> Page:
    """The JSON API's trace, at its first step, played fast."""
    open_page(page, site.url)
    send(page, "JSON API")
    expect(page.locator("#step-list li").last).to_have_text("The browser has the response")
    pause(page)
    page.select_option("select[name=speed]", "8")
    page.locator("[data-action=first]").click()
    page.evaluate("document.activeElement.blur()")
    return page


def go_to(page: Page, number: int) -> None:
    page.keyboard.press("Home")
    for _ in range(number - 1):
        page.keyboard.press("ArrowRight")
    assert step_number(page) == number


def plays_to(page: Page, number: int) -> None:
    page.keyboard.press("Space")
    expect(page.locator("[data-action=toggle]")).to_have_attribute("data-playing", "false")
    assert step_number(page) == number


def test_replay_stops_at_breakpoints_set_by_key_and_by_button(opened: Page) -> None:
    toggle = opened.locator("[data-action=toggleBreakpoint]")
    go_to(opened, 5)
    opened.keyboard.press("b")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    go_to(opened, 9)
    expect(toggle).to_have_attribute("aria-pressed", "false")
    toggle.click()
    opened.evaluate("document.activeElement.blur()")
    expect(opened.locator("#ribbon .pin")).to_have_count(2)
    opened.keyboard.press("Home")
    plays_to(opened, 5)
    plays_to(opened, 9)
    opened.keyboard.press("[")
    assert step_number(opened) == 5
    opened.keyboard.press("]")
    assert step_number(opened) == 9
    opened.locator("[data-action=previousBreakpoint]").click()
    assert step_number(opened) == 5
    opened.locator("[data-action=nextBreakpoint]").click()
    assert step_number(opened) == 9
    opened.keyboard.press("b")
    expect(opened.locator("#ribbon .pin")).to_have_count(1)


def test_a_stage_of_the_strip_is_a_breakpoint_for_every_trace_and_kept(opened: Page, site: Site) -> None:
    stage = opened.locator("#stages [data-stage=view]")
    expect(stage).to_have_attribute("aria-pressed", "false")
    stage.click()
    expect(stage).to_have_attribute("aria-pressed", "true")
    opened.evaluate("document.activeElement.blur()")
    opened.keyboard.press("Space")
    expect(opened.locator("[data-action=toggle]")).to_have_attribute("data-playing", "false")
    expect(opened.locator("#inspector .chip").first).to_contain_text("5 · View")
    opened.reload()
    send(opened, "A query for every card")
    expect(opened.locator("#stages [data-stage=view]")).to_have_attribute("aria-pressed", "true")
    expect(opened.locator("[data-action=toggle]")).to_have_attribute("data-playing", "false")
    expect(opened.locator("#inspector .chip").first).to_contain_text("5 · View")


def test_breakpoints_on_steps_and_the_loop_belong_to_their_trace_and_are_kept(opened: Page) -> None:
    go_to(opened, 4)
    opened.keyboard.press("b")
    opened.keyboard.press("i")
    opened.keyboard.press("End")
    opened.keyboard.press("o")
    expect(opened.locator("#ribbon .loop")).to_be_visible()
    # The address names the trace a moment later.
    expect(opened).to_have_url(re.compile("step=[^1]"))
    opened.reload()
    expect(opened.locator("#ribbon .pin")).to_have_count(1)
    expect(opened.locator("#ribbon .loop")).to_be_visible()
    send(opened, "JSON API")
    expect(opened.locator("#ribbon .pin")).to_have_count(0)
    expect(opened.locator("#ribbon .loop")).to_be_hidden()


def test_a_loop_is_played_again_and_again_until_it_is_cleared(opened: Page) -> None:
    go_to(opened, 6)
    opened.locator("[data-action=loopIn]").click()
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("ArrowRight")
    opened.locator("[data-action=loopOut]").click()
    opened.evaluate("document.activeElement.blur()")
    opened.keyboard.press("ArrowLeft")
    seen = opened.evaluate(_STEPS_WHILE_PLAYING, 1500)
    assert set(seen) == {6, 7, 8}
    assert seen.count(6) > 1
    opened.keyboard.press("l")
    expect(opened.locator("#ribbon .loop")).to_be_hidden()
    opened.keyboard.press("Space")
    eventually(opened, "Number(document.querySelector('[data-show=number]').textContent) > 8")
    pause(opened)
    assert step_number(opened) > 8


# The steps that are shown one after the other while it plays for some milliseconds.
_STEPS_WHILE_PLAYING = """async (ms) => {
  const number = () => Number(document.querySelector('[data-show=number]').textContent);
  const seen = [number()];
  const until = performance.now() + ms;
  document.querySelector('[data-action=toggle]').click();
  while (performance.now() < until) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    if (number() !== seen.at(-1)) seen.push(number());
  }
  document.querySelector('[data-action=toggle]').click();
  return seen;
}"""


def test_on_a_phone_more_controls_are_a_press_away(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, site.url)
    send(page, "JSON API")
    pause(page)
    expect(page.locator("[data-action=toggleBreakpoint]")).to_be_hidden()
    page.locator("[data-action=more]").click()
    for action in ("toggleBreakpoint", "loopIn", "waterfallIn", "waterfallFit"):
        expect(page.locator(f"[data-action={action}]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


# One step in its true time, again and again; several slowly enough that each is seen, and too fast for one to settle.
@pytest.mark.parametrize(("length", "speed"), [(1, "true 1"), (2, "true 0.01"), (3, "true 0.01")])
def test_steps_that_loop_are_explained_meanwhile(opened: Page, length: int, speed: str) -> None:
    opened.select_option("select[name=speed]", speed)
    opened.evaluate("document.activeElement.blur()")
    # In one go: the text of these steps is not fetched before they loop, many times in the time of a fetch.
    opened.evaluate(
        """(length) => {
      const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      [...Array(12).fill("ArrowRight"), "i", ...Array(length - 1).fill("ArrowRight"), "o", " "].forEach(press);
    }""",
        length,
    )
    toggle = opened.locator("[data-action=toggle]")
    expect(toggle).to_have_attribute("data-playing", "true")
    expect(opened.locator("#ribbon .loop")).to_be_visible()
    expect(opened.locator("#inspector .chip").first).not_to_have_text("1 · Client request")
    expect(toggle).to_have_attribute("data-playing", "true")
    pause(opened)
    assert opened.locator("[data-show=label]").inner_text() != "The browser sends"
