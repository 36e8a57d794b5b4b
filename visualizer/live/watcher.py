"""One open page: how far it has been served and how far it has confirmed."""

import asyncio
import threading

from visualizer.live import protocol
from visualizer.live.log import FrameLog

WINDOW = 64
"""Frames that may be under way unconfirmed. Daphne's send does not push back, so the page has to."""

BATCH = 8
"""Frames handed out at once, so that one watcher does not keep the loop to itself."""


class Watcher:
    """A cursor on the log of frames. A slow one falls behind alone: nobody waits for it and nothing is queued for it.

    Used on the loop it was made on; only `wake` may be called from elsewhere.
    """

    def __init__(self, log: FrameLog, lock: threading.Lock, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._log, self._lock = log, lock
        self._sent = self._confirmed = log.last
        self._awake = asyncio.Event()

    async def next(self) -> list[str]:
        """Wait until there is something to send, and hand it out."""
        while True:
            self._awake.clear()
            if texts := self.take():
                return texts
            await self._awake.wait()

    def take(self) -> list[str]:
        """What may be sent now: the next frames with their rows, or a resync if they are no longer kept."""
        with self._lock:
            last = min(self._log.last, self._confirmed + WINDOW, self._sent + BATCH)
            if last <= self._sent:
                return []
            frames = self._log.between(self._sent + 1, last)
            if frames is None:
                return [self._resync()]
            self._sent = last
        return [text for frame in frames for text in (frame.text, *frame.rows)]

    def confirm(self, n: int) -> None:
        """Note that the page has all frames up to number `n`."""
        if self._confirmed < n <= self._sent:
            self._confirmed = n
            self._awake.set()

    def again(self, first: int, last: int) -> list[str]:
        """Frames that were sent before, once more; a resync if they cannot be had."""
        with self._lock:
            asked_well = last <= self._sent and last - first < WINDOW
            frames = self._log.between(first, last) if asked_well else None
            return [self._resync()] if frames is None else [frame.text for frame in frames]

    def wake(self) -> None:
        """Say that there are new frames; RuntimeError if the watcher's loop is closed."""
        self.loop.call_soon_threadsafe(self._awake.set)

    def wake_here(self) -> None:
        """Say the same on the watcher's own loop."""
        self._awake.set()

    def _resync(self) -> str:
        self._sent = self._confirmed = self._log.last
        return protocol.resync(self._log.last)
