"""Runs labels of Django's tests with the app and without, and tells what ended differently."""

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from tests.django_suite.runner import REPORT
from tests.django_suite.source import ROOT, tests_folder

WAYS = ("without", "recording")

Outcomes = dict[str, list[list[str]]]


class WorkerError(Exception):
    """A run of Django's tests came to no end; says what it printed."""


class Difference(NamedTuple):
    """A test that ended in another way, and what was printed of it both ways."""

    test: str
    without: list[list[str]]
    recording: list[list[str]]

    def __str__(self) -> str:
        told = [f"{self.test}"]
        for way, outcomes in (("without", self.without), ("with", self.recording)):
            told += [f"  {way} the app: {outcome}\n{why}".rstrip() for outcome, why in outcomes]
        return "\n".join(told)


@dataclass
class Comparison:
    """The outcomes of both runs, and what the app recorded in one of them."""

    without: Outcomes
    recording: Outcomes
    traces: int
    events: int
    faults: dict[str, int]

    @property
    def differences(self) -> list[Difference]:
        tests = [*self.without, *(test for test in self.recording if test not in self.without)]
        found = [Difference(test, self.without.get(test, []), self.recording.get(test, [])) for test in tests]
        return [each for each in found if _words(each.without) != _words(each.recording)]

    def __str__(self) -> str:
        ended = Counter(outcome for outcomes in self.without.values() for outcome, _ in outcomes)
        told = ", ".join(f"{count} {outcome}" for outcome, count in ended.most_common())
        return f"{told}; recorded {self.traces:,} requests with {self.events:,} events"


def _words(outcomes: list[list[str]]) -> list[str]:
    return [outcome for outcome, _ in outcomes]


def compare(labels: list[str]) -> Comparison:
    """Run these labels both ways, at the same time: much of it is waiting."""
    tests_folder()
    with ThreadPoolExecutor(len(WAYS)) as pool:
        without, recording = pool.map(_run, WAYS, [labels] * len(WAYS))
    seen = {key: recording[key] for key in ("traces", "events", "faults")}
    return Comparison(without["outcomes"], recording["outcomes"], **seen)


def _run(way: str, labels: list[str]) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        environment = os.environ | {"PYTHONPATH": str(ROOT), REPORT: str(report)}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        command = [sys.executable, "-m", "tests.django_suite.worker", way, *labels]
        ended = subprocess.run(
            command, cwd=tests_folder(), env=environment, capture_output=True, text=True, errors="replace", check=False
        )
        if not report.exists():
            raise WorkerError(f"Django's tests came to no end ({way}):\n{ended.stdout[-4000:]}{ended.stderr[-4000:]}")
        found: dict[str, Any] = json.loads(report.read_text())
        return found
