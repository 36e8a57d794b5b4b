"""The one place that writes a trace: a mutable object per request in a ContextVar, tuples appended to its list."""

import datetime
import os
import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import django

from visualizer import events as ev
from visualizer import stages
from visualizer.client_report import ClientReport
from visualizer.conf import get_settings
from visualizer.event_log import EventLog
from visualizer.events import ENTER, EXIT, POINT, Detail, describe
from visualizer.idle import LARGE, MOST_WAITING, idle
from visualizer.native import compiled
from visualizer.records import KIND, PHASE, SPAN, STAGE, THREAD, Records
from visualizer.records import clock as clock
from visualizer.redaction import cut, header_value, safe_query_string, scrub, secrets_in_query, secrets_of
from visualizer.secret_names import is_hidden
from visualizer.wire import Read, RequestFacts, texts_of

_AT_ONCE = 50


class _Public:
    """What is told of a trace so far: its events, the request, and the secrets that are in neither."""

    __slots__ = ("events", "opened", "request", "secrets")

    def __init__(self) -> None:
        self.events = EventLog()
        self.opened: dict[int | None, tuple[int | None, str, str]] = {}
        self.secrets: frozenset[str] = frozenset()
        self.request: dict[str, Any] | None = None


class Trace(Records):
    """One request while it runs and afterwards.

    Probes call `enter`, `exit`, `point` and `fault`; everybody else reads `head`, `events` and `as_dict`.
    The first argument of the three is the moment itself, taken by the probe before it did anything else:
    what passes between it and the end of the call is the recorder's own time.
    """

    __slots__ = ()

    def __init__(self, interface: str, handler: str, server: str | None, read: Read, told: Any = None) -> None:
        self.begin(interface, handler, server, read, told, get_settings().max_events)

    # What probes call.

    def abandon(self, t: int) -> None:
        """Close what is open inside the server's span: threads that nobody waits for any longer."""
        # The rule: only the server's own span is open.
        if self.open_spans() == 1:
            return
        told = [self.record(number) for number in range(self.count)]
        left = {record[SPAN] for record in told if record[PHASE] is EXIT}
        for record in reversed(told):
            if record[PHASE] is ENTER and record[SPAN] not in left and record[SPAN] != self.server_span:
                self.exit(t, record[SPAN], record[STAGE], {"unfinished": True})

    def fault(self, probe: str, error: BaseException) -> int:
        """Write down that a probe failed. The request goes on; the 0 returned stands for 'no span'."""
        here = current.get()
        stage = here[2] if here else "server_request"
        detail = {"probe": probe, "error": type(error).__name__}
        self.point(clock(), here[1] if here else 0, stage, ev.RECORDER, "fault", detail)
        return 0

    def see_chunk(self, size: int) -> None:
        """Count a part of the body that was handed to the server."""
        self.body_bytes += size
        self.chunks += 1

    @property
    def overhead_ns(self) -> int:
        """The recorder's own time, measured: in each event, from its moment until it was written down."""
        return self.own_ns if self.own_ns is not None else self.spent_ns()

    def finish(self, t: int) -> None:
        """End the trace at moment `t`; `write` works out what was put off."""
        with self.lock:
            self.duration_ns = t - self.began_ns
            self.own_ns = self.overhead_ns
            self.holdings.let_go()
            # What a task left behind still does is counted in `omitted`.
            self.limit = 0
            self.finished = True
            self.let_go()

    def write(self) -> None:
        """Work out what was put off and keep only that; of a trace that runs, what is there so far."""
        with self.lock:
            try:
                self._describe_new()
            finally:
                if self.finished:
                    self._told.events.pack()
                    self.forget()

    # What sinks and the page read.

    def head(self) -> dict[str, Any]:
        """The trace object of docs/trace-format.md without `events`."""
        with self.lock:
            outcome = self.outcome.decide() if self.finished else {**_NO_OUTCOME, "view_ran": bool(self.outcome.view)}
            return {
                "schema": ev.SCHEMA,
                "id": self.id,
                "started_at": _iso(self.started_epoch_ns),
                "process": {**process_facts(), "server": self.server, "interface": self.interface},
                "request": scrub([self._describe_request()], self.holdings.secrets())[0],
                "response": self._describe_response(),
                "outcome": outcome,
                "duration_ns": self.duration_ns,
                "held_ns": self.held_ns,
                "overhead_ns": self.overhead_ns,
                "omitted": dict(self.omitted),
            }

    def events(self, start: int = 0) -> list[dict[str, Any]]:
        """The public events from number `start` on. May be called while the request runs, from any thread."""
        with self.lock:
            self.write()
            return self._told.events.read(start)

    def as_dict(self) -> dict[str, Any]:
        """The whole trace object."""
        with self.lock:
            events = self.events()
            return {**self.head(), "events": events}

    def as_json(self) -> bytes:
        """The whole trace object as JSON: of `as_dict`, without making objects of its events."""
        with self.lock:
            self.write()
            return self._told.events.as_json(self.head())

    def report_client(self, report: dict[str, Any]) -> None:
        """Add the browser's own timings of this request as stages 1 and 10; a second report changes nothing.

        Raises ValueError naming the key that is missing or of the wrong type.
        """
        client = ClientReport.from_dict(report)
        with self.lock:
            self.write()
            recorded = self._told.events.read()
            if self.duration_ns is None or any(event["name"] == "browser" for event in recorded):
                return
            told = client.events(self.started_epoch_ns, _sent_ns(recorded, self.duration_ns))
            numbered = [{"seq": seq, **event} for seq, event in enumerate(told, start=len(recorded))]
            self._told.events.extend(numbered, self._known_secrets())

    @property
    def _told(self) -> _Public:
        # Not while the request runs, where it can be avoided.
        if self.public is None:
            self.public = _Public()
        told: _Public = self.public
        return told

    def _describe_new(self) -> None:
        # Describing may itself write down a fault; and other threads may append meanwhile.
        while (first := len(self._told.events)) < (end := self.count):
            # A few at a time: many dicts at once would set the garbage collector going.
            last = min(end, first + _AT_ONCE)
            self._told.events.extend([self._public_or_fault(seq) for seq in range(first, last)], self._known_secrets())

    def _public_or_fault(self, seq: int) -> dict[str, Any]:
        record = self.record(seq)
        try:
            return self._tell_record(seq, *record)
        except Exception as fault:
            detail = {"probe": record[KIND] or "recorder", "error": type(fault).__name__}
            told = (record[0], POINT, None, 0, record[STAGE], ev.RECORDER, "fault", record[THREAD], detail)
            return self._tell_record(seq, *told, None, None, None, 0)

    def _tell_record(
        self,
        seq: int,
        t: int,
        phase: str,
        span: int | None,
        parent: int | None,
        stage: str,
        kind: str,
        name: str,
        thread: threading.Thread | int,
        detail: Detail,
        a: Any,
        b: Any,
        c: Any,
        _done: int,
    ) -> dict[str, Any]:
        if phase is EXIT:
            parent, kind, name = self._told.opened.pop(span)
        elif phase is ENTER:
            self._told.opened[span] = (parent, kind, name)
        return {
            "seq": seq,
            "t_ns": t - self.began_ns,
            "span": span,
            "parent": parent or None,
            "phase": phase,
            "stage": stage,
            "kind": kind,
            "name": cut(name),
            "thread": f"Thread {thread}" if isinstance(thread, int) else thread.name,
            "detail": describe(detail, a, b, c),
        }

    def _describe_request(self) -> dict[str, Any]:
        told = self._told
        if told.request is None:
            method, path, query, headers = self._read_request()
            told.secrets = frozenset(secrets_of(headers) | secrets_in_query(query))
            public = {
                "method": method,
                "path": cut(path),
                "query_string": safe_query_string(query),
                "headers": [[name, header_value(name, value)] for name, value in headers],
            }
            told.request = scrub([public], told.secrets)[0]
        return told.request

    def _read_request(self) -> RequestFacts:
        read, self.read = self.read, None
        told, self.told = self.told, None
        try:
            return read(told) if read is not None else _UNREAD
        except Exception as error:
            # Of a trace that has ended too: it is read no earlier.
            limit, self.limit = self.limit, self.count + 1
            self.fault("server", error)
            self.limit = limit
            return _UNREAD

    def _describe_response(self) -> dict[str, Any] | None:
        if self.response is None:
            return None
        status, headers = self.response[0], texts_of(self.response[1])
        types = [value for name, value in headers if name.lower() == "content-type"]
        public = [[name, header_value(name, value)] for name, value in headers]
        return {
            "status": status,
            "headers": scrub(public, self._known_secrets()),
            "content_type": types[0] if types else None,
            "body_bytes": self.body_bytes if self.finished and self.body_seen else None,
            "streaming": self.streaming,
        }

    def _known_secrets(self) -> frozenset[str]:
        self._describe_request()
        known = self._told.secrets | self.holdings.secrets()
        return known | secrets_of(texts_of(self.response[1])) if self.response else known


def _sent_ns(events: list[dict[str, Any]], duration_ns: int) -> int:
    """When the last of the response was handed to the server; the handler may go on after that."""
    sent = [e["t_ns"] for e in events if e["stage"] == stages.SERVER_RESPONSE and e["name"] in _SENDING]
    return max(sent, default=duration_ns)


_SENDING = ("http.response.start", "http.response.body", "start_response", "body")
_UNREAD: RequestFacts = ("", "", "", [])
_NO_OUTCOME: dict[str, Any] = {"kind": None, "by": None}

Here = tuple[Trace, int, str]
"""A trace, its innermost open span (0: none) and the stage."""


class PlainCurrent:
    """Where the running code stands, in a variable of the context; None where nothing is recorded."""

    def __init__(self) -> None:
        self._place: ContextVar[Here | None] = ContextVar("visualizer_current", default=None)
        self.get = self._place.get
        self.set = self._place.set

    def seen_in(self, context: Context) -> Here | None:
        """Where the code of another context stands."""
        return context.get(self._place)


if TYPE_CHECKING or compiled is None:
    current = PlainCurrent()
else:
    current = compiled.current


class Sink(Protocol):
    """Receives traces, in the request's own thread: it must be fast and thread-safe."""

    @property
    def on_begin(self) -> Callable[[Trace], None]: ...

    @property
    def on_end(self) -> Callable[[Trace], None] | None:
        """None while it need not be told."""


_sinks: list[Sink] = []


def add_sink(sink: Sink) -> None:
    """Let a sink receive all traces that begin from now on; adding it twice is adding it once."""
    if sink not in _sinks:
        _sinks.append(sink)


def remove_sink(sink: Sink) -> None:
    """Let a sink receive no more."""
    if sink in _sinks:
        _sinks.remove(sink)


def begin(interface: str, handler: str, server: str | None, read: Read, told: Any = None) -> Trace:
    """Begin the trace of one request and tell the sinks."""
    trace = Trace(interface, handler, server, read, told)
    _tell_sinks(trace)
    return trace


def _tell_sinks(trace: Trace) -> None:
    t = clock()
    idle.stir()
    for sink in _sinks:
        try:
            sink.on_begin(trace)
        except Exception as error:
            _sink_failed(error, trace, sink)
    trace.spend(clock() - t)


def _sink_failed(error: BaseException, trace: Trace, sink: Sink) -> None:
    trace.fault(f"{type(sink).__name__}.on_begin", error)


def finish(trace: Trace, t: int) -> None:
    """End a trace at moment `t`, once; its response has gone by now."""
    if trace.finished:
        return
    try:
        trace.finish(t)
    except Exception as error:
        trace.fault("recorder", error)
    for sink in _sinks:
        try:
            if sink.on_end is not None:
                sink.on_end(trace)
        except Exception as error:
            _sink_failed_at_end(error, trace, sink)
    idle.put_off(trace)


def _sink_failed_at_end(error: BaseException, trace: Trace, sink: Sink) -> None:
    trace.fault(f"{type(sink).__name__}.on_end", error)


def is_recording() -> bool:
    """Whether the running code belongs to a request that is being recorded."""
    return current.get() is not None


@contextmanager
def suspended() -> Iterator[None]:
    """Record nothing inside: for this program's own work."""
    here = current.get()
    current.set(None)
    try:
        yield
    finally:
        current.set(here)


@cache
def process_facts() -> dict[str, Any]:
    """`{server, interface, django, python, pid}` of this process; the first two are the trace's to fill in."""
    return {
        "server": None,
        "interface": None,
        "django": django.get_version(),
        "python": platform.python_version(),
        "pid": os.getpid(),
    }


def _iso(epoch_ns: int) -> str:
    moment = datetime.datetime.fromtimestamp(epoch_ns // 1000 / 1_000_000, datetime.UTC)
    return moment.isoformat(timespec="microseconds")


if compiled is not None:
    compiled.connect(
        trace_class=Trace,
        get_settings=get_settings,
        stir=idle.stir,
        sinks=_sinks,
        sink_failed=_sink_failed,
        sink_failed_at_end=_sink_failed_at_end,
        idle=idle,
        most_waiting=MOST_WAITING,
        large=LARGE,
        is_hidden=is_hidden,
    )
    _tell_sinks = compiled.tell_sinks
