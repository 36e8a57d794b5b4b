"""Takes the pictures of the documentation from the running page, with a server and a database of its own.

`python -m docs.make_screenshots` writes those that the README shows, beside this file; `--all FOLDER` every moment in
every size and theme, to look at after a change to the page.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.driving import launch, open_page, pause, send
from tests.serving import make_database, serve

DOCS = Path(__file__).resolve().parent
SIZES = {"wide": (1600, 960), "laptop": (1280, 800), "phone": (390, 844)}
THEMES = ("dark", "light")
SETTLE_MS = 1200
EARLIER = (
    "/products/wireless-headphones/",
    "/categories/audio/",
    "/reports/average-order/",
    "/api/products/1/",
    "/products/wireless-headphones",
    "/no/such/page/",
    "/products/",
)


class Picture(NamedTuple):
    """One picture: the file's name, and what it shows in which size and theme."""

    name: str
    moment: str
    size: str
    theme: str


README = [
    Picture("page", "mid-play", "wide", "dark"),
    Picture("page-light", "mid-play", "wide", "light"),
    Picture("stopped", "stopped", "wide", "dark"),
]


def at_rest(page: Page) -> None:
    """Before the first request."""


def mid_play(page: Page) -> None:
    """John's product page, on its way through the view."""
    send(page, "John's product page")
    _go(page, "0.3")


def stopped(page: Page) -> None:
    """The banned user, on the way back from the middleware that answered."""
    send(page, "Banned user")
    _go(page, "0.8")


def error(page: Page) -> None:
    """An exception in a view, at the end."""
    send(page, "Error in a view")
    page.locator("[data-action=last]").dispatch_event("click")


def marked(page: Page) -> None:
    """Awaits under way at once, a breakpoint, a loop, and the waterfall in lanes."""
    send(page, "Three awaits gathered")
    for share, key in (("0.3", "i"), ("0.7", "o"), ("0.5", "b")):
        _go(page, share)
        page.keyboard.press(key)
    page.keyboard.press("t")


def enlarged(page: Page) -> None:
    """John's product page, enlarged, with the list of steps."""
    mid_play(page)
    for key in "+++v":
        page.keyboard.press(key)


def tour(page: Page) -> None:
    """The first chapter of the tour, at the template."""
    page.locator("#predict").dblclick()
    page.locator("#tour").click()
    page.locator("#tour-panel [data-slug=cycle]").click()
    page.locator("#tour-panel [data-tour=send]:visible").click()
    page.locator("#tour-panel .outline button", has_text="The template").dispatch_event("click")
    page.locator("#player [data-show=label]", has_text="Renders product_detail.html").wait_for()


def question(page: Page) -> None:
    """A question, before the layer that answers."""
    page.locator("#predict").click()
    send(page, "Banned user")
    page.locator("#question [data-learn=skip]").click()
    page.locator("#question", has_text="Which one?").wait_for()


def compared(page: Page) -> None:
    """A query for every card, beside its cure."""
    send(page, "A query for every card")
    page.locator("#compare-offer").click()
    expect(page.locator("#compare .say")).to_be_visible()


def found(page: Page) -> None:
    """What went wrong, found in the list, with the values that it offers."""
    send(page, "Error in a view")
    page.locator("[data-action=last]").dispatch_event("click")
    page.locator("#find").click()
    page.keyboard.type("status:")


def gone(page: Page) -> None:
    """A link to a request that is no longer kept."""
    page.goto(page.url.partition("#")[0] + "#trace=0123456789abcdef&step=4")
    expect(page.locator("#notice")).to_be_visible()


MOMENTS: dict[str, Callable[[Page], None]] = {
    "rest": at_rest,
    "mid-play": mid_play,
    "stopped": stopped,
    "error": error,
    "marked": marked,
    "enlarged": enlarged,
    "tour": tour,
    "question": question,
    "compared": compared,
    "found": found,
    "gone": gone,
}


def _go(page: Page, share: str) -> None:
    pause(page)
    # Dispatched, because some sizes have no room for this button and leave it to its key.
    page.locator(f"[data-action=share][data-value='{share}']").dispatch_event("click")


def take(browser: Browser, url: str, picture: Picture, folder: Path) -> None:
    """Take one picture with a browser that was never here before."""
    width, height = SIZES[picture.size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=picture.theme,
        device_scale_factor=2 if picture.size == "phone" else 1,
        has_touch=picture.size == "phone",
    )
    page = open_page(context.new_page(), url)
    MOMENTS[picture.moment](page)
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=folder / f"{picture.name}.png")
    context.close()


@contextmanager
def served() -> Iterator[str]:
    """Serve the demonstration site with fresh sample data; yield its address."""
    with TemporaryDirectory() as folder:
        database = Path(folder) / "pictures.sqlite3"
        make_database(database)
        with serve("daphne", database, Path(folder)) as site:
            _warm_up(site.url)
            yield site.url


def _warm_up(url: str) -> None:
    """Make some requests: the first ones take far longer than what a picture should show, and the list is not empty."""
    for path in EARLIER:
        with suppress(HTTPError), urlopen(url + path) as response:
            response.read()


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every moment, size and theme, into this folder")
    folder = parser.parse_args().all
    every = [Picture(f"{m}-{s}-{t}", m, s, t) for m, s, t in product(MOMENTS, SIZES, THEMES)]
    pictures, into = (every, folder) if folder else (README, DOCS)
    into.mkdir(parents=True, exist_ok=True)
    with served() as url, sync_playwright() as playwright:
        browser = launch(playwright)
        for picture in pictures:
            take(browser, url, picture, into)
            print(into / f"{picture.name}.png")
        browser.close()


if __name__ == "__main__":
    main()
