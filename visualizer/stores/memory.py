"""Keeps the latest traces of this process in memory."""

import threading
from collections import OrderedDict, deque
from itertools import islice

from visualizer.conf import get_settings
from visualizer.recorder import Trace


class MemoryStore:
    """A sink that keeps `MAX_TRACES` traces, running ones included, and a few more until somebody asks or all is quiet.

    Where there are more the oldest finished one goes, and `dropped` counts it. Running ones go only when they are
    twice too many: then they are those that never ended.
    """

    def __init__(self, max_traces: int | None = None) -> None:
        self._dropped = 0
        self._max_traces = max_traces
        self._traces: OrderedDict[str, Trace] = OrderedDict()
        self._lock = threading.Lock()
        # Those that have begun and are not among the others yet: no request waits for the lock when it begins.
        self._begun: deque[Trace] = deque()
        self.on_begin = self._begun.append
        self.on_end = None

    def tidy(self) -> None:
        """Give up what is too much by now."""
        with self._lock:
            self._take_in()

    def get(self, trace_id: str) -> Trace | None:
        """The trace of this id, if it is still kept."""
        with self._lock:
            self._take_in()
            return self._traces.get(trace_id)

    def recent(self, limit: int | None = 200) -> list[Trace]:
        """The latest traces, newest first; all that are kept if `limit` is None."""
        with self._lock:
            self._take_in()
            return list(islice(reversed(self._traces.values()), limit))

    def clear(self) -> None:
        """Forget all traces and the count of those dropped."""
        with self._lock:
            self._begun.clear()
            self._traces.clear()
            self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many traces have been given up."""
        with self._lock:
            self._take_in()
            return self._dropped

    def _take_in(self) -> None:
        while self._begun:
            trace = self._begun.popleft()
            self._traces[trace.id] = trace
        self._make_room()

    def _make_room(self) -> None:
        limit = self._max_traces or get_settings().max_traces
        while len(self._traces) > limit:
            victim = next((trace for trace in self._traces.values() if trace.finished), None)
            if victim is None and len(self._traces) > 2 * limit:
                victim = next(iter(self._traces.values()))
            if victim is None:
                return
            del self._traces[victim.id]
            self._dropped += 1


store = MemoryStore()
"""The store of this process."""
