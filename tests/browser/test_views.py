"""Scene, waterfall and list of steps: zoom, pan and fit of each, and one selection for all."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Complaints
from tests.browser.driving import eventually, open_page, pause, send, step_count, step_number
from tests.serving import Site

pytestmark = pytest.mark.browser

STAGE = "document.querySelector('.stage').getBoundingClientRect()"


@pytest.fixture(scope="module")
def gathered(chromium: Browser, site: Site) -> Iterator[Page]:
    """A page with the view that gathers three awaits; for all tests of this module."""
    context = chromium.new_context(viewport={"width": 1600, "height": 960}, reduced_motion="reduce")
    complaints = Complaints()
    page = context.new_page()
    complaints.watch(page)
    open_page(page, site.url)
    send(page, "Three awaits gathered")
    expect(page.locator("#step-list li").last).to_have_text("The browser has the response")
    pause(page)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def opened(gathered: Page) -> Iterator[Page]:
    """The same at its first step, nothing zoomed, nothing in focus."""
    gathered.locator("[data-action=first]").click()
    gathered.evaluate("document.activeElement.blur()")
    yield gathered
    gathered.keyboard.press("f")
    gathered.keyboard.press("e")


def centre(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def scale(page: Page) -> float:
    width: float = page.evaluate(f"{STAGE}.width / document.querySelector('.stage').offsetWidth")
    return width


def test_the_scene_is_zoomed_by_keys_and_buttons_and_fits_again(opened: Page) -> None:
    opened.keyboard.press("+")
    assert scale(opened) == pytest.approx(1.25)
    opened.locator("[data-action=sceneIn]").click()
    assert scale(opened) == pytest.approx(1.25**2)
    opened.locator("[data-action=sceneOut]").click()
    opened.keyboard.press("-")
    assert scale(opened) == pytest.approx(1)
    opened.keyboard.press("+")
    expect(opened.locator("[data-show=zoom]")).to_have_text("125 %")
    opened.locator("[data-action=sceneFit]").click()
    assert scale(opened) == pytest.approx(1)
    expect(opened.locator("#pan")).to_be_hidden()


def test_what_is_higher_than_its_room_is_fitted_whole_and_stays_so(opened: Page) -> None:
    opened.set_viewport_size({"width": 1280, "height": 600})
    room = "document.querySelector('#scene-room')"
    eventually(opened, f"{room}.scrollHeight > {room}.clientHeight")
    opened.keyboard.press("f")
    opened.keyboard.press("8")
    for height in (600, 560):
        opened.set_viewport_size({"width": 1280, "height": height})
        eventually(opened, f"Math.abs({STAGE}.height - {room}.clientHeight) < 1")
        assert opened.evaluate(f"{room}.scrollTop") == 0
    opened.set_viewport_size({"width": 1600, "height": 960})
    expect(opened.locator("[data-show=zoom]")).to_have_text("100 %")


def test_the_wheel_with_ctrl_zooms_the_scene_around_the_pointer(opened: Page) -> None:
    x, y = centre(opened, '.stage g[data-key="layer:3"] .name')
    opened.mouse.move(x, y)
    opened.keyboard.down("Control")
    opened.mouse.wheel(0, -80)
    opened.keyboard.up("Control")
    eventually(opened, f"{STAGE}.width > 1.5 * document.querySelector('.stage').offsetWidth")
    there = centre(opened, '.stage g[data-key="layer:3"] .name')
    assert there == pytest.approx((x, y), abs=3)


def test_two_fingers_zoom_the_scene_on_a_phone(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = open_page(context.new_page(), site.url)
    send(page, "JSON API")
    pause(page)
    x, y = centre(page, '.stage g[data-key="layer:3"] .name')
    session = context.new_cdp_session(page)

    def touch(kind: str, *apart: int) -> None:
        points = [{"x": x + sign * each, "y": y, "id": number} for each in apart for number, sign in ((0, -1), (1, 1))]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 30)
    for apart in (40, 50, 60):
        touch("touchMove", apart)
    touch("touchEnd")
    eventually(page, f"{STAGE}.width > 1.8 * document.querySelector('.stage').offsetWidth")
    there = centre(page, '.stage g[data-key="layer:3"] .name')
    assert there == pytest.approx((x, y), abs=30)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_the_enlarged_scene_is_moved_by_keys_buttons_and_dragging_and_follows_the_token(opened: Page) -> None:
    for _ in range(5):
        opened.keyboard.press("+")
    room = "document.querySelector('#scene-room')"
    opened.evaluate(f"{room}.scrollTo(0, 0)")
    opened.keyboard.press("Shift+D")
    opened.locator("[data-action=sceneDown]").click()
    left, top = opened.evaluate(f"[{room}.scrollLeft, {room}.scrollTop]")
    assert left > 100
    assert top > 100
    x, y = centre(opened, "#scene-room")
    number = step_number(opened)
    opened.mouse.move(x, y)
    opened.mouse.down()
    opened.mouse.move(x + 60, y + 40, steps=4)
    opened.mouse.up()
    assert opened.evaluate(f"[{room}.scrollLeft, {room}.scrollTop]") == pytest.approx([left - 60, top - 40], abs=1)
    assert step_number(opened) == number
    opened.keyboard.press("5")
    token, frame = (opened.locator(each).bounding_box() for each in (".token i", "#scene-room"))
    assert token is not None and frame is not None
    assert frame["x"] < token["x"] < frame["x"] + frame["width"]
    assert frame["y"] < token["y"] < frame["y"] + frame["height"]


def test_other_threads_are_seen_in_the_scene(opened: Page) -> None:
    expect(opened.locator(".threads .leap").first).to_be_attached()
    expect(opened.locator(".threads .strand")).to_have_count(3)
    expect(opened.locator('.stage g[data-key="view"] text', has_text="3 awaits at once")).to_be_attached()
    opened.locator("#step-list li", has_text="SELECT").first.evaluate("row => row.click()")
    expect(opened.locator(".token")).to_have_class("token away")


def test_the_waterfall_is_zoomed_moved_and_whole_again(opened: Page) -> None:
    said = opened.locator("[data-show=view]")
    expect(said).to_have_text("")
    opened.keyboard.press("5")
    opened.keyboard.press("w")
    opened.locator("[data-action=waterfallIn]").click()
    expect(said).to_contain_text(" of ")
    ticks = opened.locator("#waterfall .axis text")
    near = ticks.first.text_content() or ""
    opened.locator("[data-action=waterfallLeft]").click()
    expect(ticks.first).not_to_have_text(near)
    opened.evaluate("document.activeElement.blur()")
    opened.keyboard.press("e")
    expect(said).to_have_text("")


def test_a_range_drawn_on_the_axis_is_what_is_looked_at_and_stepping_moves_it_along(opened: Page) -> None:
    box = opened.locator("#waterfall").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] - 8
    opened.mouse.move(box["x"] + box["width"] * 0.4, y)
    opened.mouse.down()
    opened.mouse.move(box["x"] + box["width"] * 0.5, y, steps=4)
    expect(opened.locator("#waterfall .range")).to_be_visible()
    opened.mouse.up()
    expect(opened.locator("#waterfall .range")).to_be_hidden()
    expect(opened.locator("[data-show=view]")).to_contain_text(" of ")
    opened.keyboard.press("End")
    expect(opened.locator("#waterfall .playhead")).to_be_visible()
    playhead = opened.locator("#waterfall .playhead").bounding_box()
    assert playhead is not None
    assert box["x"] - 2 <= playhead["x"] <= box["x"] + box["width"] + 2


def test_lanes_name_the_threads_and_the_choice_is_kept(opened: Page) -> None:
    names = opened.locator("#waterfall .lane-names text")
    expect(names).to_have_count(0)
    opened.keyboard.press("n")
    expect(names).to_have_count(3)
    expect(names.nth(1)).to_contain_text("MainThread")
    expect(opened.locator("[data-action=waterfallLanes]")).to_have_attribute("aria-pressed", "true")
    assert opened.evaluate("JSON.parse(localStorage['cycle.waterfall']).lanes") is True
    opened.keyboard.press("n")
    expect(names).to_have_count(0)


def test_idle_stretches_are_cut_out_and_said(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "The client hangs up")
    pause(page)
    page.locator("[data-action=waterfallCuts]").click()
    expect(page.locator("[data-show=view]")).to_contain_text("without an event cut out")
    assert page.locator("#waterfall .cuts").get_attribute("d")


def selected(page: Page) -> tuple[int, str, str]:
    """Number, label and the inspector's event of what is selected."""
    article = page.locator("#inspector article")
    expect(page.locator("#step-list [aria-current=step]")).to_have_text(page.locator("[data-show=label]").inner_text())
    return step_number(page), page.locator("[data-show=label]").inner_text(), article.get_attribute("data-seq") or ""


def test_what_is_selected_anywhere_is_selected_everywhere(opened: Page) -> None:
    opened.keyboard.press("v")
    row = opened.locator("#step-list li", has_text="SELECT").first
    row.click()
    expect(opened.locator("#inspector h2")).to_contain_text("SELECT")
    number, label, seq = selected(opened)
    assert label.startswith("SELECT")
    expect(opened.locator('.stage g[data-key="database"]')).to_have_class("database now")
    expect(opened.locator("#waterfall .current")).to_have_attribute("visibility", "visible")
    opened.keyboard.press("v")
    expect(opened.locator("#step-list")).to_have_class("visually-hidden")

    opened.keyboard.press("Home")
    opened.locator('.stage g[data-key="database"] .name').click()
    expect(opened.locator("#inspector article")).to_have_attribute("data-seq", seq)
    assert selected(opened) == (number, label, seq)
    opened.locator('.stage g[data-key="database"] .name').click()
    assert step_number(opened) > number

    opened.keyboard.press("Home")
    current = opened.evaluate(_BAR_OF_THE_VIEW)
    opened.mouse.click(*current)
    expect(opened.locator("[data-show=label]")).to_have_text("product_summary is called")
    expect(opened.locator("#inspector h2")).to_contain_text("product_summary")
    expect(opened.locator('.stage g[data-key="view"]')).to_have_class("view now")

    seq = opened.locator("#inspector article").get_attribute("data-seq") or ""
    opened.keyboard.press("End")
    assert step_number(opened) == step_count(opened)
    opened.evaluate(_LINK_IN_THE_INSPECTOR, seq)
    expect(opened.locator("[data-show=label]")).to_have_text("product_summary is called")


# The middle of the first part in which the view's own bar works, on the screen.
_BAR_OF_THE_VIEW = """() => {
  const path = document.querySelector('#waterfall .bar.view:not(.waits)');
  const first = /M([-.\\d]+) ([-.\\d]+)h([-.\\d]+)v([-.\\d]+)/.exec(path.getAttribute('d'));
  const [, x, y, width, height] = first.map(Number);
  const frame = document.querySelector('#waterfall svg').getBoundingClientRect();
  return [frame.left + x + width / 2, frame.top + y + height / 2];
}"""
# What the inspector offers for another event: an element that carries its number.
_LINK_IN_THE_INSPECTOR = """seq => {
  const link = document.createElement('button');
  link.dataset.seq = seq;
  document.querySelector('#inspector').append(link);
  link.click();
}"""
