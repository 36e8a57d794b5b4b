"""Finished traces as they were read for a step, for the next step of the same: the one place that keeps readings.

A trace of 100,000 events takes a second to read and 150 MB as objects, which the garbage collector visits: so few are
kept, and none for long after the last step.
"""

import threading
import time
from collections import OrderedDict

from visualizer.lessons.reading import Reading
from visualizer.page.excerpt import named_files
from visualizer.page.statement import prepare
from visualizer.recorder import Trace

MOST_EVENTS = 100_000
IDLE_S = 20.0


class Readings:
    """The latest readings, `most_events` in all; the latest itself is kept whatever its length. All go when idle."""

    def __init__(self, most_events: int = MOST_EVENTS, idle_s: float = IDLE_S) -> None:
        self._most_events, self._idle_s = most_events, idle_s
        self._kept: OrderedDict[str, Reading] = OrderedDict()
        self._lock = threading.Lock()
        self._used = 0.0
        self._timer: threading.Timer | None = None

    def of(self, trace: Trace) -> Reading:
        """What there is to read of a trace by now; one that still runs is read anew each time."""
        if not trace.finished:
            return Reading(trace.as_dict())
        with self._lock:
            reading = self._kept.pop(trace.id, None)
            # The browser may have reported since.
            if reading is None or trace.events(len(reading.events)):
                reading = _read(trace)
            self._kept[trace.id] = reading
            self._make_room()
            self._see_use()
        return reading

    def __len__(self) -> int:
        return len(self._kept)

    def _make_room(self) -> None:
        while len(self._kept) > 1 and sum(len(each.events) for each in self._kept.values()) > self._most_events:
            self._kept.popitem(last=False)

    def _see_use(self) -> None:
        self._used = time.monotonic()
        if self._timer is None:
            self._wait(self._idle_s)

    def _wait(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._release)
        self._timer.daemon = True
        self._timer.start()

    def _release(self) -> None:
        with self._lock:
            left = self._used + self._idle_s - time.monotonic()
            if left > 0:
                self._wait(left)
            else:
                self._kept.clear()
                self._timer = None


def _read(trace: Trace) -> Reading:
    """The trace with all that any of its steps may need of the whole: only the first of them waits for that."""
    reading = Reading(trace.as_dict())
    reading.index()
    prepare(reading)
    reading.once(named_files)
    return reading


readings = Readings()
"""Those of this process."""
