"""Predict, then see: asked before a step, answered by keys or clicks, shown with its reason; off until switched on."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import open_page, pause, send, step_number
from tests.serving import Site

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.dataset.learn ?? document.activeElement.id"


@pytest.fixture
def predicting(page: Page, site: Site) -> Page:
    """The page with predictions on, playing fast."""
    open_page(page, site.url)
    expect(page.locator("#predict")).to_be_enabled()
    page.locator("#predict").click()
    page.locator("select[name=speed]").select_option("8")
    return page


def is_playing(page: Page) -> bool:
    return page.locator("[data-action=toggle]").get_attribute("data-playing") == "true"


def test_nobody_is_asked_before_it_is_switched_on_and_the_choice_is_kept(page: Page, site: Site) -> None:
    open_page(page, site.url)
    expect(page.locator("#predict")).to_have_attribute("aria-pressed", "false")
    page.locator("select[name=speed]").select_option("8")
    send(page, "JSON API")
    expect(page.locator("[data-show=label]")).to_have_text("The browser has the response")
    expect(page.locator("#question")).to_be_hidden()
    page.locator("#predict").click()
    page.reload()
    expect(page.locator("#predict")).to_have_attribute("aria-pressed", "true")
    page.locator("#predict").click()
    expect(page.locator("#predict")).to_have_attribute("aria-pressed", "false")


def test_the_player_stops_before_the_step_and_the_end_is_not_given_away(predicting: Page) -> None:
    page = predicting
    send(page, "Banned user")
    question = page.locator("#question")
    expect(question.locator("h2")).to_have_text("Will GET /products/ get as far as a view?")
    assert not is_playing(page)
    assert page.evaluate(FOCUSED) == "question-prompt"
    expect(page.locator("[data-show=sentence]")).to_have_text("How does it end? Predict, then see.")
    expect(page.locator("#scene-room svg[role=graphics-document]")).not_to_have_attribute(
        "aria-label", re.compile("Stopped")
    )
    expect(page.locator("#scene-room .layer.dark")).to_have_count(0)
    scene, card = page.locator("#scene-room").bounding_box(), question.bounding_box()
    assert scene and card and card["x"] + card["width"] <= scene["x"] + 1


def test_a_digit_answers_and_is_no_share_of_the_way_meanwhile(predicting: Page) -> None:
    page = predicting
    send(page, "Banned user")
    expect(page.locator("#question")).to_be_visible()
    # What the browser measured comes a moment later, and puts a step before all others.
    expect(page.locator("#step-list li").first).to_contain_text("The browser sends")
    before = step_number(page)
    page.keyboard.press("2")
    expect(page.locator("[data-show=verdict]")).to_have_text("Right.")
    expect(page.locator("[data-show=reason]")).to_contain_text("9 of 13 layers saw the request, and the view never ran")
    assert step_number(page) == before + 1
    assert page.evaluate(FOCUSED) == "go-on"
    page.keyboard.press("Enter")
    expect(page.locator("#question h2")).to_have_text("A middleware will answer this request itself. Which one?")
    expect(page.locator("#question [data-show=score]")).to_have_text("1 of 1 right")
    page.keyboard.press("Escape")
    pause(page)
    page.keyboard.press("9")
    assert step_number(page) > 30


def test_a_wrong_answer_by_click_shows_the_true_one_and_what_was_guessed(predicting: Page) -> None:
    page = predicting
    send(page, "Banned user")
    page.locator("#question .options button").first.click()
    expect(page.locator("[data-show=verdict]")).to_have_text("Not quite.")
    expect(page.locator("#question [data-is=wrong]")).to_contain_text("your guess")
    expect(page.locator("#question [data-is=right]")).to_contain_text("No, a middleware answers before")
    expect(page.locator("#question .options button").last).to_be_disabled()
    page.locator("[data-learn=go-on]").click()
    expect(page.locator("#question h2")).to_contain_text("Which one?")
    page.locator("#question .options button", has_text="Banned").click()
    expect(page.locator("[data-show=verdict]")).to_have_text("Right.")
    expect(page.locator("[data-show=sentence]")).to_contain_text("Stopped by BannedUserMiddleware")
    expect(page.locator("#scene-room .layer.dark")).to_have_count(4)


def test_a_question_can_be_skipped_and_is_not_asked_again(predicting: Page) -> None:
    page = predicting
    send(page, "JSON API")
    expect(page.locator("#question")).to_be_visible()
    prompt = page.locator("#question h2").inner_text()
    page.locator("[data-learn=skip]").click()
    pause(page)
    page.keyboard.press("Home")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        assert not (page.locator("#question").is_visible() and page.locator("#question h2").inner_text() == prompt)
    page.locator("#predict").click()
    expect(page.locator("#question")).to_be_hidden()
    expect(page.locator("[data-show=sentence]")).to_contain_text("Completed")


def test_whoever_steps_is_asked_too_and_may_step_on(predicting: Page) -> None:
    page = predicting
    page.locator("#predict").click()
    send(page, "JSON API")
    pause(page)
    page.locator("[data-action=first]").click()
    page.locator("#predict").click()
    question = page.locator("#question")
    for _ in range(8):
        page.keyboard.press("ArrowRight")
        if question.is_visible():
            break
    expect(question).to_be_visible()
    at = step_number(page)
    page.keyboard.press("ArrowRight")
    expect(question).to_be_hidden()
    assert step_number(page) == at + 1


def test_while_typing_digits_are_digits(predicting: Page) -> None:
    page = predicting
    send(page, "JSON API")
    expect(page.locator("#question")).to_be_visible()
    page.locator("#path").fill("")
    page.locator("#path").press_sequentially("/1/")
    expect(page.locator("#path")).to_have_value("/1/")
    expect(page.locator("#question")).to_have_attribute("data-state", "asked")


def test_on_a_phone_the_question_leaves_the_scene_in_sight(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, site.url)
    page.locator("#predict").click()
    send(page, "Banned user")
    expect(page.locator("#question")).to_be_visible()
    card = page.locator("#question").bounding_box()
    now = page.locator("#scene-room .now").first
    expect(now).to_be_in_viewport()
    box = now.bounding_box()
    assert card and box and card["height"] <= 844 * 0.5
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
