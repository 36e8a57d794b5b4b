"""The inspector as a microscope: its tabs by keyboard and mouse, what is copied, plans, the editor, contrast."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Complaints
from tests.browser.driving import open_page, pause, send, step_number
from tests.serving import Site, make_database, serve

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def editor_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("inspector")
    make_database(folder / "made.sqlite3")
    settings = "tests.browser.editor_settings"
    with serve("daphne", folder / "made.sqlite3", folder, DJANGO_SETTINGS_MODULE=settings) as running:
        yield running


@pytest.fixture(scope="module")
def opened(chromium: Browser, editor_site: Site) -> Iterator[Page]:
    """A page with John's product page, which may use the clipboard; for all tests of this module."""
    context = chromium.new_context(viewport={"width": 1600, "height": 960})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=editor_site.url)
    complaints = Complaints()
    page = context.new_page()
    complaints.watch(page)
    open_page(page, editor_site.url)
    send(page, "John's product page")
    expect(page.locator("#step-list li").last).to_have_text("The browser has the response")
    pause(page)
    page.locator("#preview-toggle").click()
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def inspected(opened: Page) -> Page:
    """The same at its first step, with the overview chosen and nothing in focus."""
    opened.locator("[data-action=first]").click()
    expect(opened.locator("#inspector h2")).to_have_text("Browser")
    opened.locator("#inspector [data-tab=overview]").click()
    opened.evaluate("document.activeElement.blur()")
    return opened


def go(page: Page, label: str, heading: str) -> None:
    """Go to the step of this label, and wait until the inspector tells it."""
    labels = page.locator("#step-list li").all_text_contents()
    page.locator("[data-action=first]").dispatch_event("click")
    for _ in range(next(number for number, each in enumerate(labels) if label in each)):
        page.locator("[data-action=next]").dispatch_event("click")
    expect(page.locator("#inspector h2")).to_have_text(heading)


def chosen(page: Page) -> str:
    return page.locator("#inspector [aria-selected=true]").inner_text().split("\n")[0].split(" ")[0]


def clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def test_arrows_home_and_end_choose_a_tab_and_leave_the_player_alone(inspected: Page) -> None:
    before = step_number(inspected)
    inspected.locator("#inspector [data-tab=overview]").focus()
    press = inspected.keyboard.press
    for key, name in [
        ("ArrowRight", "Queries"),
        ("ArrowRight", "Headers"),
        ("End", "Raw"),
        ("ArrowRight", "Overview"),
        ("ArrowLeft", "Raw"),
        ("Home", "Overview"),
    ]:
        press(key)
        assert chosen(inspected) == name
        expect(inspected.locator("#inspector [role=tab]:focus")).to_contain_text(name)
        expect(inspected.locator("#inspector [role=tabpanel]:visible")).to_have_count(1)
    assert step_number(inspected) == before
    # From the tab, the next stop of the Tab key is its panel.
    press("Tab")
    expect(inspected.locator("#inspector [data-panel=overview]")).to_be_focused()


def test_the_chosen_tab_stays_chosen_where_there_is_one_and_so_does_the_focus(inspected: Page) -> None:
    go(inspected, "LocaleMiddleware, way in", "LocaleMiddleware")
    inspected.locator("#inspector [data-tab=overview]").focus()
    inspected.keyboard.press("ArrowRight")
    assert chosen(inspected) == "Source"
    # The next steps: a layer, and much later the response, which has no line of source.
    inspected.keyboard.press(".")
    expect(inspected.locator("#inspector h2")).to_have_text("CommonMiddleware")
    assert chosen(inspected) == "Source"
    expect(inspected.locator("#inspector [data-tab=source]")).to_be_focused()
    inspected.locator("[data-action=first]").click()
    expect(inspected.locator("#inspector h2")).to_have_text("Browser")
    assert chosen(inspected) == "Overview"
    go(inspected, "LocaleMiddleware, way in", "LocaleMiddleware")
    assert chosen(inspected) == "Source"


def test_after_a_press_with_the_mouse_the_arrows_are_still_the_player_s(inspected: Page) -> None:
    inspected.locator("#inspector [data-tab=headers]").click()
    before = step_number(inspected)
    inspected.keyboard.press("ArrowRight")
    assert step_number(inspected) == before + 1


def test_the_tabs_stay_where_they_are_from_step_to_step(inspected: Page) -> None:
    """Once the steps have been seen: the head takes the room that the longest of them needs."""

    def tops() -> list[float]:
        found = []
        article = inspected.locator("#inspector article")
        for _ in range(40):
            shown = article.get_attribute("data-seq") or ""
            inspected.locator("[data-action=next]").dispatch_event("click")
            expect(article).not_to_have_attribute("data-seq", shown)
            inspected.wait_for_timeout(30)
            found.append(inspected.evaluate("document.querySelector('#inspector .tabs').getBoundingClientRect().top"))
        return found

    tops()
    inspected.locator("[data-action=first]").click()
    expect(inspected.locator("#inspector h2")).to_have_text("Browser")
    assert len(set(tops())) == 1


def test_the_sentence_the_sql_the_line_and_the_event_can_be_copied(inspected: Page) -> None:
    go(inspected, "SELECT shop_product", "SELECT shop_product")
    copy = inspected.get_by_label("Copy the sentence")
    copy.click()
    expect(inspected.locator("#announce")).to_have_text("Copied the sentence")
    expect(copy).to_have_attribute("data-state", "done")
    assert clipboard(inspected) == inspected.locator("#sentence").inner_text()
    inspected.get_by_label("Copy the SQL").first.click()
    expect(inspected.locator("#announce")).to_have_text("Copied the SQL")
    sql = clipboard(inspected)
    assert sql.startswith('SELECT "shop_product"."id"') and "…" not in sql and '"shop_product"."slug" = %s' in sql
    inspected.locator("#inspector [data-tab=source]").click()
    inspected.get_by_label("Copy the file and line").click()
    expect(inspected.locator("#announce")).to_have_text("Copied the file and line")
    assert re.fullmatch(r"/.*/config/shop/views\.py:\d+", clipboard(inspected))
    inspected.locator("#inspector [data-tab=raw]").click()
    inspected.locator("#inspector [data-panel=raw] .copy").first.click()
    expect(inspected.locator("#announce")).to_have_text(re.compile(r"Copied Event \d+"))
    assert inspected.evaluate("navigator.clipboard.readText().then(text => JSON.parse(text).kind)") == "database"


def test_a_line_opens_in_the_editor_and_is_marked_by_a_shape(inspected: Page) -> None:
    go(inspected, "SELECT shop_product", "SELECT shop_product")
    inspected.locator("#inspector [data-tab=source]").click()
    link = inspected.locator("#inspector [data-panel=source] a.open-editor")
    expect(link).to_have_text("Open in editor")
    line = inspected.locator("#inspector [data-panel=source] .line.marked .number").inner_text()
    expect(link).to_have_attribute("href", re.compile(rf"^pycharm://open\?file=/.+/config/shop/views\.py&line={line}$"))
    shape = "getComputedStyle(document.querySelector('.line.marked'), '::before').content"
    assert inspected.evaluate(shape) == '"▸"'
    assert inspected.locator("#inspector [data-panel=source] .src-keyword").count() > 3


def test_a_plan_is_asked_for_by_its_button_only(inspected: Page) -> None:
    asked: list[str] = []
    inspected.on("request", lambda request: asked.append(request.url) if "explain" in request.url else None)
    go(inspected, "SELECT shop_product", "SELECT shop_product")
    button = inspected.locator("#inspector [data-panel=overview] [data-explain]")
    expect(button).to_be_visible()
    assert asked == []
    button.click()
    plan = inspected.locator("#inspector [data-panel=overview] .plan-room")
    expect(plan).to_contain_text("SEARCH shop_product USING INDEX")
    expect(plan).to_contain_text("nothing was run")
    expect(button).to_have_attribute("aria-expanded", "true")
    assert len(asked) == 1
    # And none of it has become a request of the list.
    expect(inspected.locator("#requests .row-path", has_text="explain")).to_have_count(0)
    button.click()
    expect(plan).to_be_hidden()


def test_of_a_query_with_a_secret_it_is_said_why_there_is_no_plan(inspected: Page) -> None:
    go(inspected, "SELECT django_session", "SELECT django_session")
    expect(inspected.locator("#inspector [data-panel=overview]")).to_contain_text(
        "is a secret, which the trace does not hold"
    )
    expect(inspected.locator("#inspector [data-panel=overview] [data-explain]")).to_have_count(0)


def test_queries_of_the_whole_request_lead_to_their_steps(inspected: Page) -> None:
    inspected.locator("#inspector [data-tab=queries]").click()
    group = inspected.locator(".query-group", has_text="SELECT shop_ban")
    group.get_by_role("button", name="Go to its step").click()
    expect(inspected.locator("#inspector h2")).to_have_text("SELECT shop_ban")


def test_the_request_is_copied_as_curl_and_as_a_test(inspected: Page) -> None:
    inspected.locator(".inspector-head [data-reuse]").click()
    sheet = inspected.locator("#reuse")
    expect(sheet).to_be_visible()
    sheet.get_by_role("button", name="Copy the curl").click()
    expect(sheet.locator("[role=status]")).to_have_text("Copied the curl command")
    copied = clipboard(inspected)
    assert copied.startswith("curl 'http://127.0.0.1:") and "sessionid=YOUR-SESSIONID" in copied
    expect(sheet).to_contain_text("Secrets are not in the trace")
    sheet.get_by_role("tab", name="curl").focus()
    inspected.keyboard.press("ArrowRight")
    sheet.get_by_role("button", name="Copy the Django test").click()
    assert "self.client.force_login(get_user_model().objects.get(pk=1))" in clipboard(inspected)
    inspected.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


# The lightest and the darkest ground that a text of the inspector may stand on, worked out as WCAG 2.2 says.
_CONTRASTS = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => below.map((value, index) => top[index] * top[3] + value * (1 - top[3]));
  const ground = (element) => {
    if (!element) return [255, 255, 255];
    const color = rgba(getComputedStyle(element).backgroundColor);
    return color[3] === 1 ? color.slice(0, 3) : over(color, ground(element.parentElement));
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = {};
  for (const element of document.querySelectorAll('#inspector *')) {
    const has = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!has || !element.checkVisibility()) continue;
    const below = ground(element);
    const [a, b] = [light(over(rgba(getComputedStyle(element).color), below)), light(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const name = element.className || element.tagName;
    found[name] = Math.min(found[name] ?? 21, ratio);
  }
  return found;
}"""


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_text_has_enough_contrast(inspected: Page, theme: str) -> None:
    inspected.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
    seen: dict[str, float] = {}
    for label, heading in [
        ("LocaleMiddleware, way out", "LocaleMiddleware"),
        ("SELECT shop_product", "SELECT shop_product"),
        ("Renders product_detail.html", "shop/product_detail.html"),
        ("The browser has the response", "Browser"),
    ]:
        go(inspected, label, heading)
        for tab in inspected.locator("#inspector [role=tab]").all():
            tab.click()
            for name, ratio in inspected.evaluate(_CONTRASTS).items():
                seen[name] = min(seen.get(name, 21), ratio)
    assert {"src-keyword", "src-string", "src-comment", "sql-keyword", "hidden-value"} <= seen.keys()
    assert {name: ratio for name, ratio in seen.items() if ratio < 4.5} == {}


def test_on_a_phone_what_stands_below_the_inspector_stays_where_it_is(chromium: Browser, editor_site: Site) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = open_page(context.new_page(), editor_site.url)
    send(page, "JSON API")
    pause(page)

    def heights() -> list[float]:
        found = []
        page.locator("[data-action=first]").dispatch_event("click")
        for _ in range(25):
            page.wait_for_timeout(60)
            found.append(page.evaluate("document.querySelector('#inspector').getBoundingClientRect().height"))
            page.locator("[data-action=next]").dispatch_event("click")
        return found

    heights()
    seen = heights()
    # What is longer than a screen may push the rest down; nothing shorter lets it up again.
    assert min(seen) >= 760
    context.close()
