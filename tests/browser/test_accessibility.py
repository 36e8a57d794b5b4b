"""Everyone: axe finds nothing in any state, the keyboard alone does all, and a screen reader is told what happens."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Complaints
from tests.browser.driving import open_page, pause, send
from tests.serving import Site

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
# What the preview shows is the project's own page.
_RUN = "axe.run(document, {iframes: false, resultTypes: ['violations']})"
WIDE, PHONE = {"width": 1600, "height": 960}, {"width": 390, "height": 844}


class Examined:
    """A page that axe looks at in one state after the other."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: list[str] = []

    def look(self, state: str) -> None:
        """Note every violation in this state."""
        # A colour that still changes is neither the one nor the other.
        self.page.wait_for_timeout(300)
        for violation in self.page.evaluate(_RUN)["violations"]:
            self.found += [f"{state}: {violation['id']}: {_node(node)}" for node in violation["nodes"]]


def _node(node: dict[str, Any]) -> str:
    return f"{node['target']} {node['failureSummary']}".replace("\n", " ")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_in_any_state(chromium: Browser, site: Site, theme: str, size: dict[str, int]) -> None:
    context = chromium.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    context.add_init_script(path=AXE)
    complaints = Complaints()
    page = context.new_page()
    complaints.watch(page)
    examined = Examined(page)
    _visit_all_states(examined, site)
    context.close()
    assert not examined.found, "\n".join(examined.found)
    assert complaints == []


def _visit_all_states(examined: Examined, site: Site) -> None:
    page = examined.page
    open_page(page, site.url)
    examined.look("rest")
    send(page, "John's product page")
    pause(page)
    examined.look("open")
    for key in ("3", "5", "End"):
        page.locator("body").press(key)
        examined.look(f"at {key}")
    page.locator("[data-action=first]").dispatch_event("click")
    page.locator("[data-action=toggle]").click()
    examined.look("mid-play")
    pause(page)
    send(page, "Error in a view")
    pause(page)
    page.locator("body").press("End")
    examined.look("error")
    send(page, "Banned user")
    pause(page)
    page.locator("body").press("8")
    examined.look("stopped")
    page.locator("#requests .row-compare").nth(2).dispatch_event("click")
    expect(page.locator("#compare .say")).to_be_visible()
    examined.look("compare")
    page.keyboard.press("Escape")
    page.locator("#find").click()
    examined.look("offers of the filter")
    page.locator("#find").fill("stauts:500")
    examined.look("wrong filter")
    page.locator("#find").fill("path:/there/is/no/such/path")
    examined.look("nothing found")
    page.locator("#find").fill("")
    page.locator("#help").click()
    examined.look("help")
    page.keyboard.press("Escape")
    page.goto(f"{site.url}/__visualizer__/#trace=0123456789abcdef")
    expect(page.locator("#inspector h2")).to_have_text("This trace is no longer kept")
    examined.look("no longer kept")


_CONTROLS = """() => {
  const all = [...document.querySelectorAll('button, a[href], input, select, textarea, summary, [tabindex="0"]')];
  // Of radio buttons and tabs the tab key reaches the chosen one, and arrows the others.
  const isOwn = each => !each.disabled && !(each.type === 'radio' && !each.checked) && each.tabIndex >= 0;
  return all.filter(each => isOwn(each) && each.checkVisibility({visibilityProperty: true})).length;
}"""
_REACHED = """() => {
  const each = document.activeElement;
  if (each === document.body || each.tagName === 'IFRAME') return null;
  window.reached ??= new Set();
  window.reached.add(each);
  return window.reached.size;
}"""


def test_a_full_session_needs_no_mouse(page: Page, site: Site) -> None:
    open_page(page, site.url)
    press = page.keyboard.press
    press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    press("Tab")
    page.keyboard.type("Error in")
    expect(page.locator("select[name=scenario]")).to_have_value("4.1")
    press("/")
    page.locator("#path").press("Enter")
    expect(page.locator("#headline [data-show=status]")).to_have_text("500")
    press("Space")
    press("End")
    expect(page.locator("[data-action=toggle]")).to_have_attribute("data-playing", "false")
    press("Shift+ArrowLeft")
    press("q")
    page.keyboard.type("outcome:failed")
    press("Tab")
    press("Tab")
    expect(page.locator("#requests .row:not([hidden]) .row-open").first).to_be_focused()
    press("Enter")
    expect(page.locator("[data-action=toggle]")).to_have_attribute("data-playing", "true")
    press("?")
    expect(page.locator("#help-sheet")).to_be_visible()
    press("Escape")
    expect(page.locator("#help-sheet")).to_be_hidden()
    press("Alt+ArrowLeft")


def test_the_tab_key_reaches_every_control(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "JSON API")
    pause(page)
    page.evaluate("document.activeElement.blur()")
    wanted = page.evaluate(_CONTROLS)
    reached = 0
    for _ in range(wanted + 20):
        page.keyboard.press("Tab")
        reached = page.evaluate(_REACHED) or reached
    # What the tab key opens, as the offers of the filter, is no more to be reached.
    assert reached >= wanted


def test_a_screen_reader_gets_the_steps_in_order_and_one_polite_sentence_a_step(page: Page, site: Site) -> None:
    open_page(page, site.url)
    send(page, "JSON API")
    pause(page)
    page.locator("[data-action=first]").click()
    steps = page.get_by_role("list", name="Steps of this request").get_by_role("listitem")
    labels = steps.all_inner_texts()
    assert len(labels) == int(page.locator("[data-show=count]").inner_text())
    announce = page.locator("#announce")
    assert announce.get_attribute("aria-live") == "polite"
    for number in (2, 3):
        page.keyboard.press("ArrowRight")
        expect(announce).to_have_text(f"Step {number} of {len(labels)}: {labels[number - 1].strip()}")
    spoken = page.locator("[aria-live], [role=status], [role=alert]").evaluate_all(
        "all => all.filter(each => each.checkVisibility() && each.textContent.includes('Step ')).length"
    )
    assert spoken == 1
