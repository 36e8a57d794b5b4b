"""Drives the page in a real Chromium: starting it, opening the page, sending a sample, reading what is shown."""

import os
import shutil
import time

from playwright.sync_api import Browser, Page, Playwright, expect

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 20_000


def find_chromium() -> str | None:
    """The Chromium of this machine, or of the environment variable CHROMIUM."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium."""
    expect.set_options(timeout=PATIENCE_MS)
    return playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)


def open_page(page: Page, url: str) -> Page:
    """The visualizer's page, connected."""
    page.goto(f"{url}/__visualizer__/")
    expect(page.locator("#status")).to_have_attribute("data-status", "live")
    return page


def send(page: Page, scenario: str) -> None:
    """Send a sample request and wait until its trace is complete, the browser's own part included."""
    page.select_option("select[name=scenario]", label=scenario)
    page.locator("#sender .send").click()
    expect(page.locator("#app")).to_have_attribute("data-state", "open")
    expect(page.locator("#sender .send")).to_have_text("Send request")


def pause(page: Page) -> None:
    """Stop playing, if it plays."""
    button = page.locator("[data-action=toggle]")
    if button.get_attribute("data-playing") == "true":
        button.click()


def step_number(page: Page) -> int:
    """The number of the step that is on, from 1."""
    return int(page.locator("[data-show=number]").inner_text())


def step_count(page: Page) -> int:
    """How many steps there are."""
    return int(page.locator("[data-show=count]").inner_text())


def eventually(page: Page, claim: str) -> None:
    """Wait until a claim in JavaScript holds; Playwright's own way polls by `eval`, which the page's policy forbids."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(claim):
        assert time.monotonic() < until, claim
        page.wait_for_timeout(20)


def open_newest(page: Page) -> float:
    """Open the newest trace of the list; how long it took until it was drawn, in milliseconds."""
    expect(page.locator("#requests [data-trace]").first).to_be_visible()
    took: float = page.evaluate(_OPEN_NEWEST)
    return took


_OPEN_NEWEST = """() => new Promise(resolve => {
  const since = performance.now();
  document.querySelector('#requests [data-trace] button').click();
  const look = () => {
    const isDrawn = document.querySelector('[data-show=count]').textContent !== '0';
    if (isDrawn) requestAnimationFrame(() => resolve(performance.now() - since));
    else requestAnimationFrame(look);
  };
  look();
})"""
