"""Queries that are like each other: the same statement, its parameters aside, asked for by the same line."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from visualizer.lessons.kinds.sql import is_cut
from visualizer.lessons.reading import Event, Reading, detail

# Two like queries may well be meant, as one for each end of a comparison; what runs once for each row of a list of any
# length does not stop at two.
MANY = 3
# Who asks: what templates render belongs to the view or middleware around them.
_OWNERS = ("view", "middleware", "hook", "resolver", "server")
_HIDDEN = "********************"
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Like:
    """Two or more like queries in the order in which they ran; times of those that have ended."""

    events: tuple[Event, ...]
    total_ns: int
    longest_ns: int

    @property
    def sql(self) -> str:
        return str(detail(self.events[0]).get("sql") or "")

    @property
    def origin(self) -> dict[str, Any]:
        return dict(detail(self.events[0]).get("origin") or {})

    @property
    def count(self) -> int:
        return len(self.events)

    @property
    def alias(self) -> str:
        return str(self.events[0]["name"])

    @cached_property
    def parameters(self) -> tuple[tuple[str, ...], ...] | None:
        """The parameters of each, or None where the trace does not hold them whole: hidden, cut or only described."""
        found = [tuple(map(str, detail(event).get("params") or ())) for event in self.events]
        certain = all(is_certain(text) for params in found for text in params)
        many = any(detail(event).get("many") for event in self.events)
        return tuple(found) if certain and not many and not is_cut(self.sql) else None

    @property
    def are_all_the_same(self) -> bool:
        """Whether the same question was asked over and over."""
        return self.distinct == 1

    @cached_property
    def _places(self) -> dict[int, int]:
        return {event["seq"]: place for place, event in enumerate(self.events, 1)}

    def place(self, event: Event) -> int | None:
        """Which of the queries this one is, from 1; None if it is none of them."""
        return self._places.get(event["seq"])

    @cached_property
    def distinct(self) -> int | None:
        """How many different sets of parameters there were; None where that cannot be told."""
        return len(set(self.parameters)) if self.parameters is not None else None

    @cached_property
    def differing(self) -> tuple[int, ...]:
        """At which positions, from 0, the parameters are not the same in all of them."""
        if self.parameters is None or len({len(params) for params in self.parameters}) != 1:
            return ()
        return tuple(place for place, values in enumerate(zip(*self.parameters, strict=True)) if len(set(values)) > 1)


def is_certain(text: str) -> bool:
    """Whether a parameter's text is its whole value: not hidden, cut short or a mere description of an object."""
    return not (text == _HIDDEN or text.endswith("…") or text.startswith(("<", "… and ")))


def like_queries(reading: Reading) -> list[Like]:
    """The groups of two or more like queries, in the order in which they began."""
    groups: dict[Key, list[Event]] = defaultdict(list)
    for event in reading.of_kind("database"):
        groups[likeness(reading, event)].append(event)
    return [_like(reading, events) for events in groups.values() if len(events) > 1]


def likeness(reading: Reading, event: Event) -> Key:
    """What queries have in common that are like each other."""
    facts = detail(event)
    origin = facts.get("origin") or {}
    line = (origin.get("where"), origin.get("file") or origin.get("template"), origin.get("line"))
    return event["name"], facts.get("sql"), line, _owner(reading, event)


def _owner(reading: Reading, event: Event) -> int | None:
    """The span of the view, middleware or hook in which it ran."""
    return next((around["span"] for around in around_of(reading, event) if around["kind"] in _OWNERS), None)


def around_of(reading: Reading, event: Event) -> Iterator[Event]:
    """The spans around an event, from the innermost out."""
    around = reading.parent(event)
    while around is not None:
        yield around
        around = reading.parent(around)


def _like(reading: Reading, events: list[Event]) -> Like:
    took = [ns for event in events if (ns := reading.duration_ns(event)) is not None]
    return Like(tuple(events), sum(took), max(took, default=0))
