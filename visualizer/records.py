"""What probes write: records of moments, as many as there is room for.

Where it has been compiled, `Records` is the class of that name in `native/records.h`, which keeps them where the
garbage collector need not look through them while the request runs. Both do the same.
"""

import itertools
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Self

from visualizer.application_secrets import Holdings
from visualizer.events import ENTER, EXIT, POINT, Detail
from visualizer.native import compiled
from visualizer.outcome import Outcome
from visualizer.snapshots import Attributes, ResponsePicture
from visualizer.wire import Read

clock = time.perf_counter_ns
ident_of_thread = threading.get_ident
# Looked up directly: threading.current_thread() would register a thread that `threading` does not know.
_threads: dict[int, threading.Thread] = getattr(threading, "_active", {})
thread_of = _threads.get
"""The running thread is `thread_of(ident, ident)`: an unknown one is told by its number."""

FIELDS = 13
"""Items of a record: moment, phase, span, parent, stage, kind, name, thread, detail, three arguments of a detail that
is a function, and when it was written down."""

Record = tuple[Any, ...]
PHASE, SPAN, STAGE, KIND, THREAD = 1, 2, 4, 5, 7


class PlainRecords:
    """The records of one trace in one flat list: tuples would be objects for the garbage collector.

    The first argument of the three that write is the moment itself, taken by the probe before it did anything else:
    what passes between it and the end of the call is the recorder's own time.
    """

    __slots__ = (
        "_items",
        "_spent_ns",
        "awaits_close",
        "began_ns",
        "body_bytes",
        "body_seen",
        "chunks",
        "duration_ns",
        "fetching",
        "finished",
        "held_ns",
        "holdings",
        "id",
        "interface",
        "is_whole",
        "leaving",
        "left_ns",
        "limit",
        "lock",
        "next_span",
        "omitted",
        "outcome",
        "own_ns",
        "passages",
        "public",
        "read",
        "reads_body",
        "request_seen",
        "response",
        "response_complete",
        "response_seen",
        "server",
        "server_span",
        "signal_span",
        "started_epoch_ns",
        "streaming",
        "told",
        "visitor",
        "__weakref__",
    )

    outcome: Outcome

    def __new__(cls, *_: Any, **__: Any) -> Self:
        made = super().__new__(cls)
        made._begin()
        return made

    def _begin(self) -> None:
        self._items: list[Any] = []
        self._spent_ns = 0
        self.server_span = 0
        # Of the signal that the handler itself sends.
        self.signal_span = 0
        self.limit = 0
        self.finished = False
        self.next_span = itertools.count(1).__next__
        # By kind, how many more there were.
        self.omitted: dict[str, int] = {}
        # Of the layers of the middleware that the request is inside of, by span.
        self.passages: dict[int, list[Any]] = {}
        # By thread, how many rows its last statement gave: one item, None as long as that is not known.
        self.fetching: dict[int, list[int | None]] = {}
        # The call that sets out for another thread.
        self.leaving: list[Any] | None = None
        self.request_seen: Attributes | None = None
        self.response_seen: ResponsePicture | None = None
        # Status and headers as they were handed to the server: pairs of name and value, as bytes or as texts.
        self.response: tuple[int, Any] | None = None
        self.response_complete = False
        # Of the body, as far as it was handed over; unseen where the server takes it from a file by itself.
        self.body_bytes = self.chunks = 0
        self.body_seen = True
        self.streaming = self.awaits_close = False
        # Whether the last part of a stream has been made.
        self.is_whole = True
        # Where the method is HEAD a server need not read the body.
        self.reads_body = True
        # When the server last got something of the response: from then on the time is the server's. -1: not seen.
        self.left_ns = -1
        self.held_ns = 0
        # Field and name of who asked, where the project found out: told nowhere but in the list of requests.
        self.visitor: tuple[str, str] | None = None
        # What is told of the trace so far, by `recorder.Trace`.
        self.public: Any = None
        self.duration_ns: int | None = None
        # The recorder's own time, once the trace has ended.
        self.own_ns: int | None = None

    def begin(self, interface: str, handler: str, server: str | None, read: Read, told: Any, limit: int) -> None:
        """Note of which request this is: what `read` makes of `told` is its method, path, query string and headers."""
        self.id = os.urandom(8).hex()
        self.outcome = outcome = Outcome(handler)
        self.holdings = Holdings(outcome.frames)
        self.interface, self.server, self.limit = interface, server, limit
        self.read: Read | None = read
        self.told = told
        self.lock = threading.RLock()
        self.started_epoch_ns = time.time_ns()
        self.began_ns = clock()

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self._items) // FIELDS

    # fmt: off
    def enter(
        self, t: int, parent: int, stage: str, kind: str, name: str, detail: Detail = None,
        a: Any = None, b: Any = None, c: Any = None,
    ) -> int:
        """Open a span and return its id, from 1 on; 0 when the trace is full. `exit` ignores what was not opened."""
        if self.count >= self.limit:
            return self._omit(kind)
        span = self.next_span()
        ident = ident_of_thread()
        self._items += (t, ENTER, span, parent, stage, kind, name, thread_of(ident, ident), detail, a, b, c, clock())
        return span

    def exit(
        self, t: int, span: int, stage: str, detail: Detail = None, a: Any = None, b: Any = None, c: Any = None
    ) -> None:
        """Close a span. It is kept even when the trace is full: what was entered is always exited."""
        if span > 0 and not self.finished:
            ident = ident_of_thread()
            self._items += (t, EXIT, span, 0, stage, "", "", thread_of(ident, ident), detail, a, b, c, clock())

    def point(
        self, t: int, parent: int, stage: str, kind: str, name: str, detail: Detail = None,
        a: Any = None, b: Any = None, c: Any = None,
    ) -> None:
        """Write down one moment inside the span `parent` (0: none)."""
        if self.count >= self.limit:
            self._omit(kind)
            return
        ident = ident_of_thread()
        self._items += (t, POINT, None, parent, stage, kind, name, thread_of(ident, ident), detail, a, b, c, clock())

    # fmt: on

    def _omit(self, kind: str) -> int:
        self.omitted[kind] = self.omitted.get(kind, 0) + 1
        return 0

    def record(self, number: int) -> Record:
        """The record of this number, from 0 on."""
        return tuple(self._items[number * FIELDS : (number + 1) * FIELDS])

    def spend(self, ns: int) -> None:
        """Count time of the recorder's own that no event tells."""
        self._spent_ns += ns

    def spent_ns(self) -> int:
        """The recorder's own time: in all records, from each moment until it was written down, and besides."""
        items = self._items
        end = len(items) // FIELDS * FIELDS
        spent: int = self._spent_ns + sum(items[FIELDS - 1 : end : FIELDS]) - sum(items[:end:FIELDS])
        return spent

    def open_spans(self) -> int:
        """How many spans were entered and not left."""
        phases = self._items[PHASE::FIELDS]
        return phases.count(ENTER) - phases.count(EXIT)

    def passage(self, span: int) -> list[Any] | None:
        """What is noted of the layer of the middleware with this span around it, if there is one."""
        return self.passages.get(span)

    def let_go(self) -> None:
        """Forget what was noted only for the rest of the request."""
        self.passages.clear()
        self.fetching.clear()
        self.request_seen = self.response_seen = None

    def forget(self) -> None:
        """Let all records go."""
        self._items.clear()
        self.leaving = None


if TYPE_CHECKING or compiled is None:
    Records = PlainRecords
else:
    Records = compiled.Records
    compiled.connect(
        threads=_threads,
        enter=ENTER,
        exit=EXIT,
        point=POINT,
        urandom=os.urandom,
        new_outcome=Outcome,
        new_holdings=Holdings,
        new_lock=threading.RLock,
    )
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=compiled.forget_random)
