"""Writes ended traces down in quiet moments, so that no request waits for what is told of the one before.

An ended trace is a working state still: what probes copied, secrets among it. It is written down at the latest when it
is read, when `MOST_WAITING` more requests have ended, or when nothing has begun or ended for `QUIET_S`. While tests
run nothing is put off: they change the settings, the URLconf and the databases from one request to the next.

A thread that worked beside a request would hold the interpreter's lock when the request wants it: hence only in quiet.
"""

import itertools
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

logger = logging.getLogger("visualizer")

QUIET_S = 0.05
MOST_WAITING = 32
LARGE = 2_000
"""A trace of more events is written down at once: its records are several times as large as what is kept of them."""


class Unwritten(Protocol):
    """What can be written down, once or again, from any thread."""

    @property
    def count(self) -> int:
        """How many records wait."""

    def write(self) -> None:
        """Write them down."""


class Idle:
    """Traces that wait for a quiet moment, and the thread that waits for it."""

    def __init__(self) -> None:
        # Notes that a request begins: the moment is not quiet. Returns how many moments were noted before.
        self.stir = itertools.count().__next__
        self._tidiers: list[Callable[[], object]] = []
        self._begin()

    def _begin(self) -> None:
        self._waiting: deque[Unwritten] = deque()
        self._wanted = threading.Event()
        self._is_awake = False
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def tidy_by(self, tidier: Callable[[], object]) -> None:
        """Call this after each trace that is written down, or cannot be, in the thread that did it; twice is once."""
        if tidier not in self._tidiers:
            self._tidiers.append(tidier)

    def put_off(self, trace: Unwritten) -> None:
        """Write down an ended trace later, or at once where it cannot be put off.

        `native/closing.h` does the same where there is room and a thread.
        """
        self.stir()
        if trace.count > LARGE or _is_test_run() or not (self._thread or self._start()):
            self._write(trace)
            return
        self._waiting.append(trace)
        if len(self._waiting) > MOST_WAITING:
            self._write_next()
        if not self._is_awake:
            self.wake()

    def wake(self) -> None:
        """Let the thread look at what waits. To wake one that is awake takes a lock and a hundred bytecodes."""
        self._is_awake = True
        self._wanted.set()

    def forget(self) -> None:
        """Let go of all; after a fork they are the parent's, and its thread is not ours."""
        self._begin()

    def _start(self) -> bool:
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="visualizer", daemon=True)
                try:
                    thread.start()
                # No more threads to be had, or the interpreter is ending.
                except RuntimeError:
                    return False
                self._thread = thread
            return True

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self._wanted.wait()
            self._wanted.clear()
            self._write_in_quiet(pause)
            # Who puts off from here on wakes it; what was put off until then it sees now.
            self._is_awake = False
            if self._waiting:
                self._wanted.set()

    def _write_in_quiet(self, pause: threading.Event) -> None:
        while self._waiting:
            seen = self.stir()
            pause.wait(QUIET_S)
            while self._waiting and self.stir() == seen + 1:
                seen += 1
                self._write_next()

    def _write_next(self) -> None:
        try:
            trace = self._waiting.popleft()
        # Another thread was quicker.
        except IndexError:
            return
        self._write(trace)

    def _write(self, trace: Unwritten) -> None:
        try:
            trace.write()
        except Exception:
            logger.exception("A trace could not be written down.")
        for tidy in self._tidiers:
            try:
                tidy()
            except Exception:
                logger.exception("What is kept of ended traces could not be tidied up.")


def _is_test_run() -> bool:
    # What `django.test.utils.setup_test_environment` does. Not imported for it: a site need not have it.
    mail = sys.modules.get("django.core.mail")
    return mail is not None and "outbox" in vars(mail)


idle = Idle()
"""That of this process."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=idle.forget)
