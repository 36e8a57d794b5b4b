"""Takes the pictures of the documentation from the running page, with a server and a database of its own.

`python -m docs.make_screenshots` writes those that the README shows, beside this file; `--all FOLDER` every moment in
every size and theme, to look at after a change to the page.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

from docs.moments import MOMENTS
from tests.browser.driving import launch, open_page
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
    parser.add_argument("--only", nargs="+", default=list(MOMENTS), choices=MOMENTS, help="with --all: these moments")
    arguments = parser.parse_args()
    folder = arguments.all
    every = [Picture(f"{m}-{s}-{t}", m, s, t) for m, s, t in product(arguments.only, SIZES, THEMES)]
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
