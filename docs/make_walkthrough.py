"""Films a walk through the running page: `python -m docs.make_walkthrough` writes `walkthrough.webp` beside this file.

Each frame is a picture of the page as it was at that moment; the film gives it the time that it is to be looked at.
"""

import argparse
import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from docs.make_screenshots import DOCS, served
from tests.browser.driving import launch, open_page, pause, send

WIDTH, HEIGHT = 1280, 800
SHOWN = (1024, 640)
QUALITY = 72
MOST_BYTES = 2_000_000
LOOK_MS, MOVE_MS = 1600, 160


class Film:
    """The frames so far, each with how long it is shown."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[Image.Image] = []
        self.times_ms: list[int] = []

    def take(self, shown_ms: int = LOOK_MS, settle_ms: int = 350) -> None:
        """One frame, once the page has come to rest."""
        self.page.wait_for_timeout(settle_ms)
        picture = Image.open(io.BytesIO(self.page.screenshot()))
        self.frames.append(picture.convert("RGB").resize(SHOWN, Image.Resampling.LANCZOS))
        self.times_ms.append(shown_ms)

    def roll(self, count: int) -> None:
        """Frames of what moves, one after the other."""
        for _ in range(count):
            self.take(MOVE_MS, settle_ms=60)

    def save(self, file: Path) -> None:
        """Write all frames as one animated WebP that begins anew at its end."""
        first, *rest = self.frames
        options = {"quality": QUALITY, "method": 6, "loop": 0, "minimize_size": False}
        first.save(file, save_all=True, append_images=rest, duration=self.times_ms, **options)


def play(film: Film) -> None:
    """John's product page sets out, and is stopped on its way to be looked at."""
    page = film.page
    film.take()
    send(page, "John's product page")
    pause(page)
    page.locator("[data-action=first]").click()
    film.take()
    page.locator("[data-action=toggle]").click()
    film.roll(24)
    pause(page)
    for share in ("0.5", "0.7"):
        page.locator(f"[data-action=share][data-value='{share}']").click()
        film.take()
    page.locator("[data-action=last]").click()
    film.take()


def stop(film: Film) -> None:
    """The banned user is turned round by a middleware."""
    page = film.page
    send(page, "Banned user")
    pause(page)
    page.locator("[data-action=share][data-value='0.8']").click()
    film.take()


def compare(film: Film) -> None:
    """N+1 beside its cure."""
    page = film.page
    send(page, "A query for every card")
    pause(page)
    film.take()
    page.locator("#compare-offer").click()
    expect(page.locator("#compare .say")).to_be_visible()
    film.take(2 * LOOK_MS)
    page.keyboard.press("Escape")


def find(film: Film) -> None:
    """What went wrong, found in the list."""
    page = film.page
    page.locator("#find").click()
    for part in ("status", ":", "4xx"):
        page.keyboard.type(part)
        film.take(500)
    page.keyboard.press("Enter")
    film.take()


SCENES: tuple[Callable[[Film], None], ...] = (play, stop, compare, find)


def main() -> None:
    """Film all scenes and write them into one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, default=DOCS / "walkthrough.webp", help="where to write it (%(default)s)")
    file = parser.parse_args().file
    with served() as url, sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="dark")
        film = Film(open_page(context.new_page(), url))
        for scene in SCENES:
            scene(film)
        browser.close()
    film.save(file)
    size = file.stat().st_size
    print(f"{file}: {len(film.frames)} frames, {sum(film.times_ms) / 1000:.0f} s, {size:,} bytes")
    if size > MOST_BYTES:
        parser.error(f"That is more than {MOST_BYTES:,} bytes: lower QUALITY or take fewer frames.")


if __name__ == "__main__":
    main()
