"""What a chapter of the tour is: requests, the stops in each, what is said before and after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from visualizer.lessons.reading import Event, Reading

Find = Callable[[Reading], Event | None]
Say = Callable[[Reading, Event], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop of a chapter: the moment that `find` finds in a trace, and what `say` says of it from its values.

    `ask` names a question of frontend/predict/questions/ that is asked before. `missing` is said where the trace has no
    such moment; without it the stop is left out then.
    """

    title: str
    find: Find
    say: Say
    ask: str = ""
    missing: Callable[[Reading], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One request of a chapter.

    `sample` is what a scenario of the project says in its key `tour`. Of a scenario that sends several, `which` says
    which one this is: the first is 0. `fits` says whether a trace that is open already will do. `lead` is said before.
    """

    sample: str
    stops: Sequence[Stop]
    which: int = 0
    lead: str = ""
    fits: Callable[[Reading], bool] = lambda reading: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A chapter: `slug` stands in addresses, `promise` in the list, `opening` before the first request.

    `closing` says what to take home; it gets what was read of each part.
    """

    slug: str
    title: str
    promise: str
    opening: str
    parts: Sequence[Part]
    closing: Callable[[Sequence[Reading]], str]

    @property
    def samples(self) -> set[str]:
        """The samples that a project must have for this chapter to be offered."""
        return {part.sample for part in self.parts}


class Halt(NamedTuple):
    """A stop in a trace: the number of its event (None where there is no such moment), title, text, question."""

    seq: int | None
    title: str
    text: str
    ask: str = ""


def halts(part: Part, reading: Reading) -> list[Halt]:
    """The stops of a part in this trace, in the order in which its moments came."""
    made = [halt for stop in part.stops if (halt := _halt(stop, reading)) is not None]
    places: list[int] = []
    for halt in made:
        # What is missing stays behind the stop before it.
        places.append(halt.seq if halt.seq is not None else max(places, default=-1))
    return [made[at] for at in sorted(range(len(made)), key=places.__getitem__)]


def _halt(stop: Stop, reading: Reading) -> Halt | None:
    event = stop.find(reading)
    if event is not None:
        return Halt(event["seq"], stop.title, stop.say(reading, event), stop.ask)
    return Halt(None, stop.title, stop.missing(reading)) if stop.missing else None
