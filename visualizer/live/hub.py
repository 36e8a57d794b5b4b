"""The live hub of a process: gathers what happened in the running requests and puts it into frames for all watchers.

Nothing is done per event. A request costs an entry in a list; while somebody watches, one timer on the watchers'
loop reads what is new in each running trace, and encodes it once.
"""

import asyncio
import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from operator import itemgetter
from typing import NamedTuple

from visualizer.conf import get_settings
from visualizer.live import protocol
from visualizer.live.log import FrameLog
from visualizer.live.watcher import Watcher
from visualizer.recorder import Trace, process_facts, suspended

logger = logging.getLogger("visualizer.live")

INTERVAL_S = 0.016

FLUSH_BYTES = 4 * 1024 * 1024
"""Where one flush stops gathering: it may neither hold up the loop nor fill the log before a watcher has read it."""

MAX_WAITING = 10_000
"""Finished traces that may wait for a flush. Where there are more nobody is told of them, and all reload."""


class _Ended(NamedTuple):
    trace: Trace
    announced: bool


class Hub:
    """A sink that shows traces to watchers while they run.

    `row_renderer` makes the HTML of a request's row in the list; without it none are sent.
    `on_begin`, `on_end`, `tidy` and `announce` may be called from any thread; the rest belongs to event loops.
    """

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        self.row_renderer: Callable[[Trace], str] | None = None
        self.log = FrameLog()
        self._interval_s = interval_s
        self._lock = threading.Lock()
        self._watchers: set[Watcher] = set()
        self._home: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._awake = False
        # Traces that have begun, until they are put among those that run.
        self._begun: deque[Trace] = deque()
        self._active: dict[str, Trace] = {}
        self._ended: deque[_Ended] = deque()
        self._overflowed = False
        # How many events of a trace the watchers have; of finished ones too, for what a browser reports later.
        self._sent: OrderedDict[str, int] = OrderedDict()
        # Where nobody watches, a request costs no more than this: what has ended is left out when all is quiet.
        self.on_begin: Callable[[Trace], None] = self._begun.append
        self.on_end: Callable[[Trace], None] | None = None

    # What the recorder and the pages call.

    def _begin_and_wake(self, trace: Trace) -> None:
        self._begun.append(trace)
        self._wake()

    def _end_and_wake(self, trace: Trace) -> None:
        self._take_begun()
        self._active.pop(trace.id, None)
        self._show_end(_Ended(trace, announced=False))

    def tidy(self) -> None:
        """Leave out what has ended while nobody watched."""
        if self.on_end is None:
            self._leave_out_ended()

    def announce(self, trace: Trace) -> None:
        """Show what was added to a finished trace."""
        self._show_end(_Ended(trace, announced=True))

    # What consumers call.

    def join(self) -> tuple[Watcher, str]:
        """Add a watcher on the running loop; also its first message, which says what is running."""
        loop = asyncio.get_running_loop()
        with self._lock:
            self._forget_closed()
            watcher = Watcher(self.log, self._lock, loop)
            self._watchers.add(watcher)
            if self._home is None or not self._home.is_running():
                self._move_to(loop)
            self._take_begun()
            heads = [head for trace in list(self._active.values()) if (head := _head_of(trace))]
            return watcher, protocol.hello(self.log.last, {**process_facts(), "interface": "asgi"}, heads)

    def leave(self, watcher: Watcher) -> None:
        """Remove a watcher; with the last one the hub falls asleep."""
        with self._lock:
            self._watchers.discard(watcher)
            if not any(other.loop is self._home for other in self._watchers):
                self._move_to(next((other.loop for other in self._watchers), None))

    # Waking and sleeping.

    def _show_end(self, ended: _Ended) -> None:
        if self._watchers:
            if len(self._ended) < MAX_WAITING:
                self._ended.append(ended)
            else:
                self._overflowed = True
            self._wake()

    def _wake(self) -> None:
        home = self._home
        if self._awake or home is None:
            return
        self._awake = True
        try:
            home.call_soon_threadsafe(self._arm)
        except RuntimeError:
            self._abandon(home)

    def _abandon(self, home: asyncio.AbstractEventLoop) -> None:
        # The loop was closed without its watchers having left: a server that was shot, a test that has ended.
        with self._lock:
            self._forget_closed()
            if self._home is home:
                self._move_to(next((watcher.loop for watcher in self._watchers), None))

    def _forget_closed(self) -> None:
        self._watchers = {watcher for watcher in self._watchers if not watcher.loop.is_closed()}

    def _move_to(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._home, self._timer, self._awake = loop, None, loop is not None
        self.on_begin = self._begun.append if loop is None else self._begin_and_wake
        # A trace has finished before it is looked up whether this wants to know: either it is told or left out here.
        self.on_end = None if loop is None else self._end_and_wake
        self._leave_out_ended()
        if loop is None:
            self._ended.clear()
            self._sent.clear()
        else:
            loop.call_soon_threadsafe(self._arm)

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        if loop is self._home and self._timer is None:
            self._timer = loop.call_later(self._interval_s, self._tick)

    def _tick(self) -> None:
        if asyncio.get_running_loop() is not self._home:
            return
        with suspended():
            self.flush()
        self._timer = None
        # In this order: who begins a trace after the first line sees the hub asleep and wakes it.
        self._awake = False
        if self._begun or self._active or self._ended:
            self._awake = True
            self._arm()

    # Gathering.

    def flush(self) -> None:
        """Put what is new into frames and wake the watchers."""
        with self._lock:
            parts: list[bytes] = []
            rows: list[tuple[int, str]] = []
            size = 0
            for trace, ended in self._take():
                size += self._gather(trace, ended, parts, rows)
                if size > FLUSH_BYTES:
                    break
            bodies = list(protocol.pack(parts))
            # As they began: each goes on top of those before it.
            texts = tuple(text for _, text in sorted(rows, key=itemgetter(0)))
            for body in bodies:
                self.log.append(body, texts if body is bodies[-1] else ())
            if self._overflowed:
                self._overflowed = False
                self.log.break_off()
            if bodies:
                self._wake_watchers()

    def _take_begun(self) -> None:
        while self._begun:
            # Another thread may be quicker.
            with suppress(IndexError):
                trace = self._begun.popleft()
                self._active[trace.id] = trace
                # It may have ended in between.
                if trace.finished:
                    self._active.pop(trace.id, None)

    def _leave_out_ended(self) -> None:
        self._take_begun()
        for trace in list(self._active.values()):
            if trace.finished:
                self._active.pop(trace.id, None)

    def _take(self) -> Iterator[tuple[Trace, _Ended | None]]:
        self._take_begun()
        while self._ended:
            ended = self._ended.popleft()
            yield ended.trace, ended
        for trace in list(self._active.values()):
            yield trace, None

    def _gather(self, trace: Trace, ended: _Ended | None, parts: list[bytes], rows: list[tuple[int, str]]) -> int:
        """Add what is new of a trace; how many bytes that is."""
        try:
            is_new = trace.id not in self._sent
            found = self._describe(trace, is_new, ended)
            parts.extend(found)
            if ended or is_new:
                html = self._row(trace, is_new and not (ended and ended.announced))
                rows.extend((trace.started_epoch_ns, each) for each in html)
            return sum(map(len, found))
        except Exception:
            # A trace that cannot be described is not tried again every 16 ms.
            self._active.pop(trace.id, None)
            logger.exception("Trace %s cannot be shown live.", trace.id)
            return 0

    def _describe(self, trace: Trace, is_new: bool, ended: _Ended | None) -> list[bytes]:
        items: list[protocol.Item] = [{"begin": trace.head()}] if is_new else []
        sent = self._sent.get(trace.id, 0)
        if events := trace.events(sent):
            items.append({"trace": trace.id, "events": events})
        if ended:
            items.append({"end": trace.head()})
        parts = [part for item in items for part in protocol.encode_item(item)]
        self._remember(trace.id, sent + len(events))
        return parts

    def _remember(self, trace_id: str, sent: int) -> None:
        self._sent[trace_id] = sent
        self._sent.move_to_end(trace_id)
        # Running traces are remembered at each flush, so that the oldest entries are finished ones.
        while len(self._sent) > get_settings().max_traces + len(self._active):
            self._sent.popitem(last=False)

    def _row(self, trace: Trace, is_new: bool) -> Iterator[str]:
        if self.row_renderer is not None:
            html = self.row_renderer(trace)
            yield protocol.row_added(html) if is_new else protocol.row_replaced(html, trace.id)

    def _wake_watchers(self) -> None:
        for watcher in self._watchers:
            if watcher.loop is self._home:
                watcher.wake_here()
            else:
                with suppress(RuntimeError):
                    watcher.wake()


def _head_of(trace: Trace) -> dict[str, object] | None:
    try:
        return trace.head()
    except Exception:
        logger.exception("Trace %s cannot be shown live.", trace.id)
        return None


hub = Hub()
"""The hub of this process."""
