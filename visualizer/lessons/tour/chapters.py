"""The chapters in their order, and which of them a project can offer. A new chapter is a file and an entry here."""

from collections.abc import Collection

from visualizer.lessons.tour import asynchronous, caching, cycle, error, n_plus_one, stopped, streaming
from visualizer.lessons.tour.chapter import Chapter

CHAPTERS: tuple[Chapter, ...] = (
    cycle.CHAPTER,
    stopped.CHAPTER,
    error.CHAPTER,
    n_plus_one.CHAPTER,
    caching.CHAPTER,
    asynchronous.CHAPTER,
    streaming.CHAPTER,
)
SAMPLES: frozenset[str] = frozenset(sample for chapter in CHAPTERS for sample in chapter.samples)
"""What a scenario may say in its key `tour`."""


def offered(samples: Collection[str]) -> list[Chapter]:
    """The chapters for which these samples are enough."""
    return [chapter for chapter in CHAPTERS if chapter.samples <= set(samples)]
