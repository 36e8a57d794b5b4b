"""How long each frame of a page takes, measured by itself: `begin`, and `end`, which returns what was measured."""

from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Page

_BEGIN = """() => {
  window.frameTimes = [];
  const tick = (time) => {
    window.frameTimes?.push(time);
    if (window.frameTimes) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""
_END = """() => {
  const times = window.frameTimes;
  window.frameTimes = null;
  return times.slice(1).map((each, index) => each - times[index]);
}"""


@dataclass(frozen=True)
class Frames:
    """The intervals between frames, in milliseconds."""

    intervals: list[float]

    @property
    def per_second(self) -> float:
        return 1000 * len(self.intervals) / sum(self.intervals)

    @property
    def longest_ms(self) -> float:
        return max(self.intervals)

    def __str__(self) -> str:
        late = sum(each > 25 for each in self.intervals)
        return (
            f"{self.per_second:.1f} frames a second, median {median(self.intervals):.1f} ms, "
            f"longest {self.longest_ms:.1f} ms, {late} of {len(self.intervals)} over 25 ms"
        )


def begin(page: Page) -> None:
    """Measure from now on."""
    page.evaluate(_BEGIN)


def end(page: Page) -> Frames:
    """What was measured since `begin`."""
    return Frames(page.evaluate(_END))
