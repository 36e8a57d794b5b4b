"""Keeps the latest traces of this process in memory."""

import threading
from collections import OrderedDict
from itertools import islice

from visualizer.conf import get_settings
from visualizer.recorder import Trace


class MemoryStore:
    """A sink that keeps `MAX_TRACES` traces, running ones included.

    Where there are more the oldest finished one goes, and `dropped` counts it. Running ones go only when they are
    twice too many: then they are those that never ended.
    """

    def __init__(self, max_traces: int | None = None) -> None:
        self.dropped = 0
        self._max_traces = max_traces
        self._traces: OrderedDict[str, Trace] = OrderedDict()
        self._lock = threading.Lock()

    def on_begin(self, trace: Trace) -> None:
        """Keep a trace that has just begun."""
        with self._lock:
            self._traces[trace.id] = trace
            self._make_room()

    def on_end(self, trace: Trace) -> None:
        """See that a trace has finished, and may be given up from now on."""
        with self._lock:
            self._make_room()

    def get(self, trace_id: str) -> Trace | None:
        """The trace of this id, if it is still kept."""
        return self._traces.get(trace_id)

    def recent(self, limit: int | None = 200) -> list[Trace]:
        """The latest traces, newest first; all that are kept if `limit` is None."""
        with self._lock:
            return list(islice(reversed(self._traces.values()), limit))

    def clear(self) -> None:
        """Forget all traces and the count of those dropped."""
        with self._lock:
            self._traces.clear()
            self.dropped = 0

    def _make_room(self) -> None:
        limit = self._max_traces or get_settings().max_traces
        while len(self._traces) > limit:
            victim = next((trace for trace in self._traces.values() if trace.finished), None)
            if victim is None and len(self._traces) > 2 * limit:
                victim = next(iter(self._traces.values()))
            if victim is None:
                return
            del self._traces[victim.id]
            self.dropped += 1


store = MemoryStore()
"""The store of this process."""
