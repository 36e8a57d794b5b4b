"""The demonstration site under Daphne and a Chromium, once for all tests of this folder; a fresh page for each."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.driving import find_chromium, launch
from tests.serving import Site, make_database, serve


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("browser")
    database = folder / "made.sqlite3"
    make_database(database)
    with serve("daphne", database, folder) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if find_chromium() is None:
        pytest.fail("No Chromium found: put one on PATH, or its path into the environment variable CHROMIUM.")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


class Complaints(list[str]):
    """What the browser complained about: errors, refused content, warnings of scripts; not what a test `allows`."""

    # Chromium reports each response of 400 and more; those are what some samples are about. And it remarks on a socket
    # that a reload or the end of a test closes while it still connects.
    allowed = (
        "Failed to load resource: the server responded",
        "WebSocket is closed before the connection is established",
    )

    def allow(self, *texts: str) -> None:
        self.allowed += texts

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.append(str(error)))

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(each in text for each in self.allowed):
            self.append(f"{kind}: {text}")


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def page(chromium: Browser, site: Site, complaints: Complaints) -> Iterator[Page]:
    """An unopened page of a new visitor; it must not complain about anything."""
    context = chromium.new_context(viewport={"width": 1600, "height": 960}, base_url=site.url)
    page = context.new_page()
    complaints.watch(page)
    yield page
    context.close()
    assert complaints == []
