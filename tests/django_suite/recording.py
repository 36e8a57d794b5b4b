"""The runner that proves that the app did record while Django's tests ran, and tells what went wrong in it."""

import threading
from collections import Counter
from typing import Any

from tests.django_suite.runner import OutcomeRunner
from visualizer import events as ev
from visualizer.recorder import Trace, add_sink


def admit_nobody(request: Any) -> bool:
    return False


class Tally:
    """A sink that counts traces, their events and the faults that the recorder wrote down."""

    def __init__(self) -> None:
        self.traces = self.events = 0
        self.faults: Counter[str] = Counter()
        self._lock = threading.Lock()

    def on_begin(self, trace: Trace) -> None:
        pass

    def on_end(self, trace: Trace) -> None:
        events = trace.events()
        with self._lock:
            self.traces += 1
            self.events += len(events)
            for event in events:
                self._see(event)

    def _see(self, event: dict[str, Any]) -> None:
        detail = event["detail"]
        if event["kind"] == ev.RECORDER and event["name"] == "fault":
            self.faults[f"{detail['probe']}: {detail['error']}"] += 1
        elif "fault" in detail:
            self.faults[f"detail of {event['kind']}: {detail['fault']}"] += 1


class RecordingRunner(OutcomeRunner):
    """Counts what is recorded."""

    def run_suite(self, suite: Any, **kwargs: Any) -> Any:
        self.tally = Tally()
        add_sink(self.tally)
        return super().run_suite(suite, **kwargs)

    def seen(self) -> dict[str, Any]:
        return {"traces": self.tally.traces, "events": self.tally.events, "faults": dict(self.tally.faults)}
