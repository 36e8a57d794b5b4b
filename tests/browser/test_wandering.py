"""Whatever way leads to a step, the scene is the one that a fresh draw of it shows; `make soak` takes longer."""

import pytest
from playwright.sync_api import Page

from tests.browser.driving import open_page, step_count, step_number
from tests.browser.wandering import FRESH, Wanderer
from tests.serving import Site

pytestmark = pytest.mark.browser

SAMPLES = ("John's product page", "Banned user", "Rescued by a middleware", "Three awaits gathered")
MOVES = 45


def test_random_moves_never_leave_another_scene_than_a_fresh_draw(page: Page, site: Site) -> None:
    open_page(page, site.url)
    wanderer = Wanderer(page, seed=1)
    wanderer.send_all(SAMPLES)
    for _ in range(MOVES):
        assert wanderer.move() == []
    page.evaluate("document.querySelector('.stage g.layer .name').setAttribute('x', 1)")
    assert len(page.evaluate(FRESH)) == 1


def test_going_back_shows_each_step_exactly_as_going_on_did(page: Page, site: Site) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_page(page, site.url)
    Wanderer(page, 0).send_all(("Rescued by a middleware",))
    picture = "document.querySelector('.stage svg').outerHTML + document.querySelector('.token').outerHTML"
    page.keyboard.press("Home")
    pictures = [page.evaluate(picture)]
    while step_number(page) < step_count(page):
        page.keyboard.press("ArrowRight")
        pictures.append(page.evaluate(picture))
    assert len(set(pictures)) > len(pictures) / 2
    for expected in reversed(pictures[:-1]):
        page.keyboard.press("ArrowLeft")
        assert page.evaluate(picture) == expected
    assert page.evaluate(FRESH) == []
