"""`make soak`: random moves on twenty traces, a trace of 10,000 queries, and a crowd of requests, in a real browser."""

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import frames
from tests.browser.conftest import Complaints
from tests.browser.crowd import COUNT, SECONDS, send_many
from tests.browser.driving import launch, open_newest, open_page, pause, send
from tests.browser.wandering import SAMPLES, Wanderer
from tests.serving import Site, make_database, serve

DUE_FPS = 50
DUE_LONGEST_MS = 100
QUERIES = 10_000
_SPEEDS = ("1", "8", "true 0.1")
_PLAY_MS = 5000
_SCRUBS = 240
_REPORT_EVERY_S = 60


class Part(NamedTuple):
    """One of the three parts: what it is called, and what runs it; it returns whether all was as it must be."""

    title: str
    run: Callable[[Page, Site, argparse.Namespace], bool]


def wander(page: Page, site: Site, options: argparse.Namespace) -> bool:
    """Random moves for some minutes, each held against a fresh draw."""
    wanderer = Wanderer(page, options.seed)
    wanderer.send_all(SAMPLES)
    since = said = time.monotonic()
    differences: list[str] = []
    while time.monotonic() - since < options.minutes * 60 and len(differences) < 10:
        differences += wanderer.move()
        if time.monotonic() - said > _REPORT_EVERY_S:
            said = time.monotonic()
            print(f"{(said - since) / 60:.0f} min: {len(wanderer.moves):,} moves", flush=True)
    print("\n".join([f"{len(wanderer.moves):,} moves on {len(SAMPLES)} traces, seed {options.seed}", *differences]))
    return not differences


def play_many_queries(page: Page, site: Site, options: argparse.Namespace) -> bool:
    """Open, play and scrub a trace of 10,000 queries."""
    with urlopen(f"{site.url}/queries/{QUERIES}/") as response:
        response.read()
    open_page(page, site.url)
    print(f"open in {open_newest(page):.0f} ms", flush=True)
    pause(page)
    measured = [_play(page, speed) for speed in _SPEEDS]
    measured.append(_scrub(page))
    return all(each.per_second >= DUE_FPS for each in measured)


def _play(page: Page, speed: str) -> frames.Frames:
    page.select_option("select[name=speed]", speed)
    page.locator("[data-action=first]").click()
    page.locator("[data-action=toggle]").click()
    frames.begin(page)
    page.wait_for_timeout(_PLAY_MS)
    measured = frames.end(page)
    pause(page)
    print(f"played, speed {speed}: {measured}", flush=True)
    return measured


def _scrub(page: Page) -> frames.Frames:
    box = page.locator("#ribbon").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 1, box["y"] + 8)
    page.mouse.down()
    frames.begin(page)
    for step in range(_SCRUBS):
        share = abs((step / 60) % 2 - 1)
        page.mouse.move(box["x"] + 1 + (box["width"] - 2) * share, box["y"] + 8)
        page.wait_for_timeout(16)
    measured = frames.end(page)
    page.mouse.up()
    print(f"scrubbed: {measured}", flush=True)
    return measured


def stand_a_crowd(page: Page, site: Site, options: argparse.Namespace) -> bool:
    """Play while 500 requests arrive in ten seconds."""
    send(page, "A query for every card")
    page.select_option("select[name=speed]", "1")
    page.locator("[data-action=first]").click()
    page.locator("[data-action=toggle]").click()
    with ThreadPoolExecutor(1) as pool:
        since = time.monotonic()
        crowd = pool.submit(send_many, site.url)
        frames.begin(page)
        while not crowd.done():
            page.wait_for_timeout(100)
        measured = frames.end(page)
        took = time.monotonic() - since
    answered = crowd.result().count(200)
    print(f"{answered} of {COUNT} requests answered in {took:.1f} s, due in {SECONDS}: {measured}", flush=True)
    return answered == COUNT and measured.longest_ms <= DUE_LONGEST_MS


PARTS = {
    "moves": Part("Random moves, the scene held against a fresh draw", wander),
    "queries": Part(f"A trace of {QUERIES:,} queries, {DUE_FPS} frames a second due", play_many_queries),
    "crowd": Part(f"{COUNT} requests while playing, no frame over {DUE_LONGEST_MS} ms due", stand_a_crowd),
}


@contextmanager
def _served(browser: Browser) -> Iterator[tuple[Page, Site, Complaints]]:
    """A page of a site of its own, and what the page complains about."""
    with TemporaryDirectory() as folder:
        database = Path(folder) / "made.sqlite3"
        make_database(database)
        with serve("daphne", database, Path(folder), DJANGO_SETTINGS_MODULE="tests.browser.deep_settings") as site:
            page = browser.new_page(viewport={"width": 1600, "height": 960})
            complaints = Complaints()
            complaints.watch(page)
            yield open_page(page, site.url), site, complaints
            page.close()


def main() -> None:
    """Run the parts that were asked for; fails where one of them was not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long to move at random (%(default)s)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="the same seed, the same moves")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part only; may be given again")
    options = parser.parse_args()
    missed = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for name in options.only or PARTS:
            print(f"\n{PARTS[name].title}", flush=True)
            with _served(browser) as (page, site, complaints):
                is_good = PARTS[name].run(page, site, options)
            if complaints or not is_good:
                missed.append(name)
            print("\n".join([*complaints, f"{name}: {'MISSED' if name in missed else 'met'}"]), flush=True)
        browser.close()
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
