"""A trace, read: which event opens and closes which, and what happened inside. It adds nothing to what was recorded."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeVar

Event = Mapping[str, Any]
_Found = TypeVar("_Found")


class Reading:
    """An index over one trace as docs/trace-format.md describes it; a trace without events, its head, will do too."""

    def __init__(self, trace: Mapping[str, Any]) -> None:
        self.trace = trace
        self.events: list[Event] = list(trace.get("events") or ())
        self._totals: dict[str, dict[int, list[int]]] = {}
        self._worked_out: dict[Callable[[Reading], Any], Any] = {}

    def index(self) -> None:
        """Make at once the indexes that are otherwise made when they are first needed."""
        no_span: Event = {"span": 0}
        self._by_seq.get(0)
        self.children(no_span)
        self.totals_inside(no_span, "database")

    def once(self, work_out: Callable[["Reading"], _Found]) -> _Found:
        """What a function of the module level makes of all of the trace, worked out the first time and kept."""
        if work_out not in self._worked_out:
            self._worked_out[work_out] = work_out(self)
        return self._worked_out[work_out]  # type: ignore[no-any-return]

    @cached_property
    def _by_seq(self) -> dict[int, Event]:
        return {event["seq"]: event for event in self.events}

    @cached_property
    def _by_kind(self) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            if event["phase"] != "exit":
                found[event["kind"]].append(event)
        return found

    @cached_property
    def _by_span(self) -> dict[tuple[int, str], Event]:
        return {(e["span"], e["phase"]): e for e in self.events if e.get("span") is not None}

    @cached_property
    def _by_parent(self) -> dict[int | None, list[Event]]:
        found: dict[int | None, list[Event]] = defaultdict(list)
        for event in self.events:
            if event["phase"] != "exit":
                found[event.get("parent")].append(event)
        return found

    def event(self, seq: int) -> Event:
        """The event of this number. Raises LookupError naming the numbers that there are."""
        if seq not in self._by_seq:
            raise LookupError(f"The trace has no event {seq}; it has {len(self.events)}, numbered from 0.")
        return self._by_seq[seq]

    def enter(self, event: Event) -> Event | None:
        """The event that opened this event's span."""
        return self._by_span.get((event["span"], "enter")) if event.get("span") is not None else None

    def exit(self, event: Event) -> Event | None:
        """The event that closed this event's span; None while it runs."""
        return self._by_span.get((event["span"], "exit")) if event.get("span") is not None else None

    def leaving(self, event: Event) -> Mapping[str, Any]:
        """The detail of the event's exit; empty while it runs."""
        closed = self.exit(event)
        return detail(closed) if closed else {}

    def parent(self, event: Event) -> Event | None:
        """The event that opened the span inside which this one happened."""
        parent = event.get("parent")
        return self._by_span.get((parent, "enter")) if parent is not None else None

    def children(self, event: Event) -> list[Event]:
        """What happened directly inside this event's span; spans by their enter."""
        return self._by_parent.get(event["span"], []) if event.get("span") is not None else []

    def inside(self, event: Event, kind: str) -> Iterator[Event]:
        """What of a kind happened inside this event's span, however deep, in the order of recording."""
        waiting = list(reversed(self.children(event)))
        while waiting:
            child = waiting.pop()
            if child["kind"] == kind:
                yield child
            waiting.extend(reversed(self.children(child)))

    def is_inside(self, event: Event, outer: Event) -> bool:
        """Whether an event happened inside another's span, however deep."""
        around = self.parent(event)
        while around is not None and around["span"] != outer.get("span"):
            around = self.parent(around)
        return around is not None

    def totals_inside(self, event: Event, kind: str) -> tuple[int, int]:
        """How many events of a kind `inside` would give, and how many nanoseconds those took that have ended."""
        if kind not in self._totals:
            self._totals[kind] = self._totals_by_span(kind)
        count, took_ns = self._totals[kind].get(event["span"], (0, 0)) if event.get("span") is not None else (0, 0)
        return count, took_ns

    def _totals_by_span(self, kind: str) -> dict[int, list[int]]:
        by_parent: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        totals: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for event in self.of_kind(kind):
            if event.get("parent") is not None:
                _add(by_parent[event["parent"]], 1, self.duration_ns(event) or 0)
        # Most stand in few spans: a way outwards from each of these, not from each event.
        for parent, own in by_parent.items():
            around = self._by_span.get((parent, "enter"))
            while around is not None:
                _add(totals[around["span"]], *own)
                around = self.parent(around)
        return totals

    def moment(self, event: Event, name: str) -> Event | None:
        """A middleware's `passed_on` or `came_back` point."""
        points = (c for c in self.children(event) if c["kind"] == event["kind"] and c["phase"] == "point")
        return next((point for point in points if detail(point).get("moment") == name), None)

    @property
    def unclosed_said(self) -> str:
        """What is to be said of a span without an exit: it runs, or it outlived the trace."""
        ended = (self.trace.get("outcome") or {}).get("kind")
        return "had not ended when the request did" if ended else "is still running"

    def duration_ns(self, event: Event) -> int | None:
        """From the span's enter to its exit; None while it runs and for a point."""
        opened, closed = self.enter(event), self.exit(event)
        return closed["t_ns"] - opened["t_ns"] if opened and closed else None

    def own_ns(self, event: Event) -> int | None:
        """A span's time without that of the spans of its kind inside it; None while one of them runs."""
        took, waiting = self.duration_ns(event), list(self.children(event))
        while waiting and took is not None:
            child = waiting.pop()
            if child["kind"] == event["kind"]:
                inner = self.duration_ns(child)
                took = None if inner is None else took - inner
            else:
                waiting.extend(self.children(child))
        return took

    @cached_property
    def _sent(self) -> Event | None:
        """What completed the response: ASGI's last message, or WSGI's server closing a response that it has read."""
        if (self.trace.get("process") or {}).get("interface") == "test":
            return None
        points = (event for event in self.of_kind("server") if event["phase"] == "point")
        return next((point for point in points if _completes(point)), None)

    def since_sent_ns(self, event: Event) -> int | None:
        """How long before this event the response had been sent; None where it had not."""
        sent = self._sent
        if sent is None or event["seq"] <= sent["seq"] or event["kind"] == "client":
            return None
        return int(event["t_ns"] - sent["t_ns"])

    def of_kind(self, kind: str) -> list[Event]:
        """The trace's events of a kind, without the exits. To be read only."""
        return self._by_kind.get(kind, [])

    def exits_of_kind(self, kind: str) -> list[Event]:
        """The exits of the spans of a kind, in the order of their enters."""
        return [closed for event in self.of_kind(kind) if (closed := self.exit(event))]

    def omitted(self, kind: str) -> int:
        """How many events of a kind went over the limit and are not in the trace."""
        return int((self.trace.get("omitted") or {}).get(kind, 0))


def _add(totals: list[int], count: int, took_ns: int) -> None:
    totals[0] += count
    totals[1] += took_ns


def _completes(point: Event) -> bool:
    facts = detail(point)
    if point["name"] == "close":
        return not facts.get("early")
    return point["name"] == "http.response.body" and facts.get("more") is False and not facts.get("error")


def detail(event: Event) -> Mapping[str, Any]:
    """The event's detail; empty if it has none."""
    return event.get("detail") or {}
