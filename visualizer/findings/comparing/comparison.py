"""Two requests, aligned: the rows of each stage in the order of both, and what is not the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from visualizer.findings.comparing.items import Item, items_of
from visualizer.findings.comparing.times import times_of
from visualizer.lessons.reading import Reading
from visualizer.stages import STAGES, Stage

SAME, DIFFERS, FIRST_ONLY, SECOND_ONLY = "same", "differs", "first", "second"


@dataclass(frozen=True)
class Row:
    """One thing of the first request, of the second, or of both."""

    first: Item | None
    second: Item | None

    @property
    def item(self) -> Item:
        found = self.first or self.second
        if found is None:
            raise ValueError("A row without an item says nothing.")
        return found

    @property
    def state(self) -> str:
        """Whether both have it, and alike."""
        if self.first is None or self.second is None:
            return FIRST_ONLY if self.second is None else SECOND_ONLY
        alike = (self.first.says, self.first.count) == (self.second.says, self.second.count)
        return SAME if alike else DIFFERS

    @property
    def counts(self) -> tuple[int, int]:
        """How often it is in each of them."""
        return (self.first.count if self.first else 0), (self.second.count if self.second else 0)


@dataclass(frozen=True)
class StageRows:
    """One stage of both requests; the time is None where a request was not in it, or no clock of the server tells."""

    stage: Stage
    rows: tuple[Row, ...]
    first_ns: int | None
    second_ns: int | None

    @property
    def different(self) -> list[Row]:
        return [row for row in self.rows if row.state != SAME]

    @property
    def same(self) -> list[Row]:
        return [row for row in self.rows if row.state == SAME]


class Comparison:
    """The first request beside the second."""

    def __init__(self, first: Reading, second: Reading) -> None:
        self.first, self.second = first, second

    @cached_property
    def stages(self) -> list[StageRows]:
        """All ten, those that neither request was in included."""
        rows = list(_aligned(items_of(self.first), items_of(self.second)))
        first, second = times_of(self.first), times_of(self.second)
        return [
            StageRows(
                stage,
                tuple(row for row in rows if row.item.stage == stage.name),
                first.get(stage.name),
                second.get(stage.name),
            )
            for stage in STAGES
        ]

    def rows(self, kind: str) -> list[Row]:
        """The rows of one kind, of all stages."""
        return [row for stage in self.stages for row in stage.rows if row.item.kind == kind]


def _aligned(first: list[Item], second: list[Item]) -> Iterator[Row]:
    """Every item once, in an order that keeps that of both as far as it can."""
    ours, theirs = {item.place: item for item in first}, {item.place: item for item in second}
    matcher = SequenceMatcher(None, list(ours), list(theirs), autojunk=False)
    done = set()
    for _, start, end, other_start, other_end in matcher.get_opcodes():
        for item in (*first[start:end], *second[other_start:other_end]):
            if item.place not in done:
                done.add(item.place)
                yield Row(ours.get(item.place), theirs.get(item.place))
