"""Somebody who steps, scrubs, plays, zooms and selects at random, and holds each scene against a fresh draw."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from playwright.sync_api import Page, expect

from tests.browser.driving import pause, send

# Real traces of every kind of outcome, thread and length.
SAMPLES = (
    "John's product page",
    "A query for every card",
    "The same cards, one query",
    "Class-based view",
    "Class-based detail",
    "Changed after the view",
    "Jinja2 page",
    "Unknown URL",
    "No such product",
    "Missing slash",
    "Permission denied",
    "Banned user",
    "CSRF failure",
    "Error in a view",
    "Rescued by a middleware",
    "JSON API",
    "Three awaits gathered",
    "Streaming CSV, async",
    "Whole-page cache: miss, then hit",
    "1,000 queries",
)
FRESH = (Path(__file__).parent / "fresh.js").read_text(encoding="utf-8")
_KEYS = (
    *("ArrowRight", "ArrowLeft", "Shift+ArrowRight", "Shift+ArrowLeft", "Home", "End", "[", "]", "b", "i", "o", "l"),
    *("w", "s", "a", "d", "e", "n", "g", "+", "-", "f", "Shift+W", "Shift+A", "Shift+S", "Shift+D", "v"),
    *"0123456789",
)
_SIZES = ((1600, 960), (1280, 800), (900, 1000))


class Wanderer:
    """Moves at random on one page; the same seed makes the same moves."""

    def __init__(self, page: Page, seed: int) -> None:
        self.page = page
        self.random = Random(seed)
        self.moves: list[str] = []
        self.doings: tuple[tuple[int, Callable[[], str]], ...] = (
            (40, self._press),
            (14, self._scrub),
            (12, self._pick_in_waterfall),
            (12, self._pick_in_scene),
            (5, self._drag_in_waterfall),
            (5, self._play),
            (4, self._choose_time),
            (4, self._open_another),
            (2, self._toggle_motion),
            (2, self._resize),
        )

    def send_all(self, samples: tuple[str, ...]) -> None:
        """Make the traces to wander on."""
        for sample in samples:
            send(self.page, sample)
            pause(self.page)
        # Chromium's own reports come after a response: what they add to a trace has then come.
        self.page.wait_for_timeout(1500)
        self._open_another()

    def move(self) -> list[str]:
        """One move; returns what differs from a fresh draw afterwards."""
        weights = [weight for weight, _ in self.doings]
        [(_, doing)] = self.random.choices(self.doings, weights)
        self.moves.append(doing())
        pause(self.page)
        differences: list[str] = self.page.evaluate(FRESH)
        return [f"{difference} (after {', '.join(self.moves[-4:])})" for difference in differences]

    def _press(self) -> str:
        key = self.random.choice(_KEYS)
        self.page.keyboard.press(key)
        return f"key {key}"

    def _within(self, selector: str) -> tuple[float, float]:
        box = self.page.locator(selector).bounding_box()
        assert box is not None, selector
        return box["x"] + self.random.random() * box["width"], box["y"] + self.random.random() * box["height"]

    def _scrub(self) -> str:
        self.page.mouse.click(*self._within("#ribbon"))
        return "scrub"

    def _pick_in_waterfall(self) -> str:
        self.page.mouse.click(*self._within("#waterfall"))
        return "pick in the waterfall"

    def _drag_in_waterfall(self) -> str:
        self.page.mouse.move(*self._within("#waterfall"))
        self.page.mouse.down()
        self.page.mouse.move(*self._within("#waterfall"), steps=3)
        self.page.mouse.up()
        return "drag in the waterfall"

    def _pick_in_scene(self) -> str:
        self.page.mouse.click(*self._within("#scene-room"))
        return "pick in the scene"

    def _play(self) -> str:
        self.page.keyboard.press("Space")
        self.page.wait_for_timeout(self.random.randrange(50, 400))
        return "play"

    def _choose_time(self) -> str:
        choices = self.page.locator("select[name=speed] option").evaluate_all("all => all.map(each => each.value)")
        choice = self.random.choice(choices)
        self.page.select_option("select[name=speed]", choice)
        self.page.evaluate("document.activeElement.blur()")
        return f"speed {choice}"

    def _open_another(self) -> str:
        rows = self.page.locator("#requests [data-trace]:not([hidden])")
        # By its id: another row may come on top meanwhile.
        trace = self.random.choice(rows.evaluate_all("rows => rows.map((row) => row.dataset.trace)"))
        self.page.locator(f"#trace-{trace} button").first.click()
        # Until the trace has come the one before is still drawn.
        expect(self.page.locator(f'#inspector article[data-trace="{trace}"]')).to_be_visible()
        pause(self.page)
        self.page.evaluate("document.activeElement.blur()")
        return "another trace"

    def _toggle_motion(self) -> str:
        self.page.locator("#motion").click()
        self.page.evaluate("document.activeElement.blur()")
        return "motion"

    def _resize(self) -> str:
        width, height = self.random.choice(_SIZES)
        self.page.set_viewport_size({"width": width, "height": height})
        # The page draws anew with the next frames.
        self.page.wait_for_timeout(150)
        return f"{width} × {height}"
