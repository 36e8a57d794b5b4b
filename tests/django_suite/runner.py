"""Runs tests as Django does, and writes down how each of them ended."""

import json
import os
import unittest
from pathlib import Path
from typing import Any

from django.test.runner import DiscoverRunner

REPORT = "DJANGO_SUITE_REPORT"
"""The environment variable that names the file to write."""


class OutcomeResult(unittest.TextTestResult):
    """Keeps `{test id: [(outcome, traceback or reason), ...]}`; a subtest that failed has an id of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outcomes: dict[str, list[tuple[str, str]]] = {}

    def _note(self, test: Any, outcome: str, why: str = "") -> None:
        self.outcomes.setdefault(test.id(), []).append((outcome, why))

    def addSuccess(self, test: Any) -> None:
        super().addSuccess(test)
        self._note(test, "passed")

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self._note(test, "error", self.errors[-1][1])

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self._note(test, "failed", self.failures[-1][1])

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        self._note(test, "skipped", reason)

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        super().addExpectedFailure(test, err)
        self._note(test, "failed as expected")

    def addUnexpectedSuccess(self, test: Any) -> None:
        super().addUnexpectedSuccess(test)
        self._note(test, "passed unexpectedly")

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note(subtest, "failed in a subtest", self._exc_info_to_string(err, test))


class OutcomeRunner(DiscoverRunner):
    """Django's runner, with a report at its end."""

    def get_resultclass(self) -> type[OutcomeResult]:
        return OutcomeResult

    def run_suite(self, suite: Any, **kwargs: Any) -> Any:
        result = super().run_suite(suite, **kwargs)
        report = {"outcomes": result.outcomes, **self.seen()}
        Path(os.environ[REPORT]).write_text(json.dumps(report))
        return result

    def seen(self) -> dict[str, Any]:
        """What was recorded while the tests ran."""
        return {"traces": 0, "events": 0, "faults": {}}
