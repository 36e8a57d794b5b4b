"""Runs the variants against each other: a process each, a few requests in turn, the order drawn by lot.

Machines have moods, and each process its own luck with where its memory lies: many short rounds tell more than a few
long ones. A turn's figure is its quickest request, and what a variant adds is the median, over all turns, of its figure
less that of nothing installed in the same turn. How far the rounds disagree is told beside it.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from math import nan, sqrt
from statistics import median, stdev

from tests.bench.variants import VARIANTS, Variant

INTERFACES = ("wsgi", "asgi")
TURN = 4  # requests before the next variant has its turn: short beside the machine's moods


class WorkerError(Exception):
    """A variant's process did not live to the end of its round."""


@dataclass(frozen=True)
class Turn:
    """What a few requests in a row took: each's times, and the processor's time for one, all threads together."""

    to_response_ns: list[int]
    in_all_ns: list[int]
    processor_ns: float
    saw: str


@dataclass(frozen=True)
class Figure:
    """Microseconds for a request, how many of them nothing installed does not take, and the standard error of that."""

    us: float
    adds_us: float
    error_us: float


@dataclass(frozen=True)
class Figures:
    """What one variant takes for a request: until the last byte was handed over, in all, and of the processor."""

    variant: Variant
    to_response: Figure
    in_all: Figure
    processor: Figure
    saw: str


Round = dict[str, list[Turn]]


def measure(
    interface: str, environment: dict[str, str], rounds: int, requests: int, names: Sequence[str] = tuple(VARIANTS)
) -> list[Figures]:
    """The figures of each variant, `nothing` being one; each round has new processes."""
    played = [_play_round(interface, environment, number, requests, names) for number in range(rounds)]
    return [_figures(VARIANTS[name], played) for name in names]


def _figures(variant: Variant, rounds: list[Round]) -> Figures:
    return Figures(
        variant,
        _figure(variant, rounds, lambda turn: min(turn.to_response_ns)),
        _figure(variant, rounds, lambda turn: min(turn.in_all_ns)),
        _figure(variant, rounds, lambda turn: turn.processor_ns),
        rounds[-1][variant.name][-1].saw,
    )


def _figure(variant: Variant, rounds: list[Round], value: Callable[[Turn], float]) -> Figure:
    added = [
        [value(turn) - value(base) for turn, base in zip(played[variant.name], played["nothing"], strict=True)]
        for played in rounds
    ]
    nothing = median(value(turn) for played in rounds for turn in played["nothing"])
    adds = median(chain.from_iterable(added))
    error = stdev(map(median, added)) / sqrt(len(rounds)) if len(rounds) > 1 else nan
    return Figure((nothing + adds) / 1000, adds / 1000, error / 1000)


def _play_round(interface: str, environment: dict[str, str], number: int, requests: int, names: Sequence[str]) -> Round:
    turns: Round = {name: [] for name in names}
    chance = random.Random(number)
    # The same order of sets and dicts for all: it moves times by more than what is to be measured.
    environment = {**environment, "PYTHONHASHSEED": str(number)}
    with ExitStack() as stack:
        workers = {name: stack.enter_context(_worker(name, interface, environment)) for name in names}
        for worker in workers.values():
            _order(worker, requests)  # warms it up: caches, compiled templates
        for _ in range(max(1, requests // TURN)):
            # Whoever comes after the toolbar finds the processor's caches full of it: that must hit all alike.
            for name in chance.sample(names, len(names)):
                turns[name].append(_order(workers[name], min(TURN, requests)))
    return turns


@contextmanager
def _worker(name: str, interface: str, environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "tests.bench.worker", name, interface]
    worker = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    try:
        yield worker
    finally:
        with suppress(BrokenPipeError):
            worker.stdin.close()
        worker.stdout.close()
        worker.wait()


def _order(worker: subprocess.Popen, count: int) -> Turn:
    with suppress(BrokenPipeError):
        worker.stdin.write(f"{count}\n")
        worker.stdin.flush()
    line = worker.stdout.readline()
    if not line:
        raise WorkerError(f"{' '.join(worker.args[2:])} ended early; what it said is above.")
    return Turn(**json.loads(line))
