"""The guided tour: chapters that send their own requests and lead to moments of them; progress is kept."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import open_page, pause, send, step_number
from tests.serving import Site
from visualizer.stages import STAGES

pytestmark = pytest.mark.browser

TOLD = "#tour-panel .card:visible .told"


@pytest.fixture
def touring(page: Page, site: Site) -> Page:
    """The list of chapters, open; steps jump, so that nobody waits for them."""
    page.emulate_media(reduced_motion="reduce")
    open_page(page, site.url)
    expect(page.locator("#tour")).to_be_enabled()
    page.locator("#tour").click()
    expect(page.locator(".chapter-list")).to_be_visible()
    return page


def begin(page: Page, slug: str) -> None:
    """Begin a chapter, send its first request and wait for what comes of it."""
    page.locator(f"#tour-panel [data-slug={slug}]").click()
    page.locator("#tour-panel [data-tour=send]:visible").click()
    expect(page.locator("#tour-panel [data-kind=stop]").first).to_be_attached()


def move_on(page: Page) -> None:
    """To the next card, past a question if one is asked."""
    place = page.locator("#tour-panel [data-show=place]").inner_text()
    page.locator("#tour-panel [data-tour=next]:visible").click()
    moved = f"#question:not([hidden]), #tour-panel [data-show=place]:not(:text-is('{place}'))"
    expect(page.locator(moved).first).to_be_visible()
    if page.locator("#question").is_visible():
        page.locator("[data-learn=skip]").click()


def walk(page: Page) -> list[str]:
    """Every text of the chapter from here to its end or its next request."""
    texts = []
    if page.locator("#question").is_visible():
        page.locator("[data-learn=skip]").click()
    while page.locator("#tour-panel [data-tour=next]:visible").count():
        texts.append(page.locator(TOLD).inner_text())
        move_on(page)
    return [*texts, page.locator(TOLD).inner_text()]


def test_a_first_visit_is_invited(page: Page, site: Site) -> None:
    open_page(page, site.url)
    page.get_by_role("button", name="Take the guided tour").click()
    expect(page.locator(".chapter-list li")).to_have_count(7)
    expect(page.locator(".chapter-list [data-next]")).to_contain_text("One page, ten stages")
    page.keyboard.press("t")
    expect(page.locator("#tour-panel")).to_be_hidden()


def test_the_first_chapter_walks_john_s_page_to_the_browser(touring: Page) -> None:
    page = touring
    begin(page, "cycle")
    expect(page.locator(TOLD)).to_contain_text("GET /products/wireless-headphones/ arrives with")
    trace = page.locator("#tour-panel .card[data-trace]").first.get_attribute("data-trace")
    events = page.request.get(f"/__visualizer__/traces/{trace}.json").json()["events"]
    stages, texts = [], []
    while page.locator("#tour-panel [data-tour=next]:visible").count():
        texts.append(page.locator(TOLD).inner_text())
        seq = page.locator("#tour-panel .card:visible").get_attribute("data-seq")
        stages.append(events[int(seq or -1)]["stage"])
        move_on(page)
    assert list(dict.fromkeys(stages)) == [stage.name for stage in STAGES]
    assert any("GZipMiddleware takes" in text for text in texts)
    assert any(text.startswith("After ") and "By the browser's clock" in text for text in texts)
    expect(page.locator(TOLD)).to_contain_text("through all 13 layers")
    page.locator("#tour-panel [data-tour=chapters]:visible").first.click()
    expect(page.locator(".chapter-list [data-done]")).to_have_count(1)
    page.reload()
    page.locator("#tour").click()
    expect(page.locator(".chapter-list [data-done]")).to_contain_text("One page, ten stages")
    expect(page.locator(".chapter-list [data-next]")).to_contain_text("Stopped on the way")
    page.locator("[data-tour=reset]").click()
    expect(page.locator(".chapter-list [data-done]")).to_have_count(0)


def test_a_question_comes_before_the_stop_that_answers_it(touring: Page) -> None:
    page = touring
    begin(page, "stopped")
    expect(page.locator("[data-show=sentence]")).to_have_text("How does it end? Predict, then see.")
    page.locator("#tour-panel [data-tour=next]:visible").click()
    expect(page.locator("#question h2")).to_have_text("A middleware will answer this request itself. Which one?")
    expect(page.locator("#tour-panel [data-tour=next]").first).to_be_hidden()
    page.locator("#question .options button", has_text="Banned").click()
    expect(page.locator("[data-show=verdict]")).to_have_text("Right.")
    page.keyboard.press("Enter")
    expect(page.locator(TOLD)).to_contain_text("BannedUserMiddleware, layer 9 of 13, answers 403 by itself")
    expect(page.locator("[data-show=label]")).to_contain_text("BannedUserMiddleware")


def test_whoever_has_switched_predictions_off_is_not_asked(touring: Page) -> None:
    page = touring
    page.locator("#predict").click()
    page.locator("#predict").click()
    begin(page, "stopped")
    page.locator("#tour-panel [data-tour=next]:visible").click()
    expect(page.locator(TOLD)).to_contain_text("answers 403 by itself")
    expect(page.locator("#question")).to_be_hidden()


def test_two_requests_are_compared(touring: Page) -> None:
    page = touring
    begin(page, "n-plus-one")
    expect(page.locator("#question")).to_be_visible()
    first = walk(page)
    assert any("the first of 24 with the same statement" in text for text in first)
    page.locator("#tour-panel [data-tour=send]:visible").click()
    expect(page.locator("#tour-panel [data-kind=closing]")).to_be_attached()
    expect(page.locator("#question")).to_be_visible()
    assert walk(page)[-1].startswith("26 queries in ")
    expect(page.locator("#tour-panel .send:visible")).to_have_text("Next: Miss, then hit")


@pytest.mark.parametrize("slug", ["error", "cache", "async", "streaming"])
def test_every_other_chapter_reaches_its_end(touring: Page, slug: str) -> None:
    page = touring
    begin(page, slug)
    walk(page)
    if page.locator("#tour-panel [data-tour=send]:visible").count():
        page.locator("#tour-panel [data-tour=send]:visible").click()
        expect(page.locator("#tour-panel [data-kind=closing]")).to_be_attached()
        walk(page)
    expect(page.locator("#tour-panel [data-kind=closing]")).to_be_visible()


def test_an_open_request_may_be_used(touring: Page) -> None:
    page = touring
    page.locator("[data-tour=close]").click()
    send(page, "Error in a view")
    pause(page)
    count = page.locator("#requests [data-trace]").count()
    page.locator("#tour").click()
    page.locator("#tour-panel [data-slug=error]").click()
    page.locator("#tour-panel [data-tour=use]").click()
    expect(page.locator(TOLD)).to_contain_text("average_order is called")
    assert page.locator("#requests [data-trace]").count() == count


def test_it_can_be_left_and_taken_up_again_and_playing_goes_on(touring: Page) -> None:
    page = touring
    begin(page, "cycle")
    move_on(page)
    expect(page.locator(TOLD)).to_contain_text("ASGIHandler is called")
    page.keyboard.press("t")
    expect(page.locator("#tour-panel")).to_be_hidden()
    expect(page.locator("#requests")).to_be_visible()
    at = step_number(page)
    page.keyboard.press("ArrowRight")
    assert step_number(page) == at + 1
    page.keyboard.press("t")
    expect(page.locator(TOLD)).to_contain_text("ASGIHandler is called")
    page.locator("#tour-panel .outline button", has_text="Made smaller").click()
    expect(page.locator(TOLD)).to_contain_text("GZipMiddleware takes")
    page.locator("#tour-panel [data-tour=back]:visible").click()
    expect(page.locator("#tour-panel .card:visible h2")).to_have_text("The way out")
    page.reload()
    expect(page.locator("#tour")).to_be_enabled()
    page.keyboard.press("t")
    expect(page.locator("#tour-panel .card:visible h2")).to_have_text("The way out")
    page.locator("#tour-panel [data-tour=chapters]").first.click()
    expect(page.locator(".chapter-list")).to_be_visible()


def test_the_keyboard_alone_walks_a_chapter(touring: Page) -> None:
    page = touring
    page.locator(".chapter-list [data-next]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tour-panel [data-tour=send]:visible")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#tour-panel [data-tour=next]:visible")).to_be_focused()
    for title in ("The server calls Django", "The way in"):
        page.keyboard.press("Enter")
        expect(page.locator("#tour-panel .card:visible h2")).to_have_text(title)
        expect(page.locator("#tour-panel [data-tour=next]:visible")).to_be_focused()


def test_with_motion_the_token_walks_to_the_stop(page: Page, site: Site) -> None:
    open_page(page, site.url)
    page.locator("#tour").click()
    begin(page, "cycle")
    move_on(page)
    move_on(page)
    page.locator("#tour-panel .outline button", has_text="Queries before the view").click()
    expect(page.locator("[data-show=label]")).to_contain_text("BannedUserMiddleware")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (900, 1000), (1280, 800)])
def test_the_panel_hides_neither_scene_nor_page(page: Page, site: Site, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, site.url)
    page.locator("#tour").click()
    begin(page, "cycle")
    move_on(page)
    expect(page.locator("#tour-panel .card:visible .send")).to_be_in_viewport()
    expect(page.locator("#scene-room .now").first).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
