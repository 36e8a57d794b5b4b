"""Transactions as a trace shows them: from BEGIN, a statement or a point, to the commit or rollback of its alias."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from visualizer.lessons.kinds.sql import verb_of
from visualizer.lessons.reading import Event, Reading, detail

Connection = tuple[str, str]
"""An alias and the thread whose own connection it is."""

_DEEPER = {"SAVEPOINT": 1, "RELEASE": -1}


@dataclass(frozen=True)
class Transaction:
    """The statements between BEGIN, not counted, and its end, with how many savepoints were open at each."""

    began: Event
    statements: tuple[Event, ...]
    savepoints: tuple[int, ...]
    ended: Event | None

    def place(self, event: Event) -> int | None:
        """Which of the statements this one is, from 1."""
        return self._places.get(event["seq"])

    @cached_property
    def _places(self) -> dict[int, int]:
        return {statement["seq"]: place for place, statement in enumerate(self.statements, 1)}


def transaction_of(reading: Reading, event: Event) -> Transaction | None:
    """The transaction in which a statement ran, its BEGIN included; None where none is known of."""
    found = reading.once(transactions).get(_connection(event), ())
    return next((each for each in found if each.began["seq"] == event["seq"] or each.place(event)), None)


def transactions(reading: Reading) -> dict[Connection, list[Transaction]]:
    """All transactions of a trace, by their connection."""
    moments: dict[Connection, list[Event]] = defaultdict(list)
    for event in sorted((*reading.of_kind("database"), *reading.of_kind("transaction")), key=lambda each: each["seq"]):
        moments[_connection(event)].append(event)
    return {connection: list(_of_one(events)) for connection, events in moments.items()}


def _connection(event: Event) -> Connection:
    alias = event["name"] if event["kind"] == "database" else detail(event).get("alias")
    return str(alias), str(event["thread"])


def _of_one(moments: list[Event]) -> Iterator[Transaction]:
    began: Event | None = None
    inside: list[Event] = []
    for event in moments:
        if _begins(event):
            began, inside = event, []
        elif began is not None and _ends(event):
            yield _made(began, inside, event)
            began = None
        elif began is not None:
            inside.append(event)
    if began is not None:
        yield _made(began, inside, None)


def _begins(event: Event) -> bool:
    return event["name"] == "begin" if event["kind"] == "transaction" else verb_of(_sql(event)) == "BEGIN"


def _ends(event: Event) -> bool:
    if event["kind"] == "transaction":
        return True
    verb = verb_of(_sql(event))
    return verb in ("COMMIT", "END") or (verb == "ROLLBACK" and " TO " not in _sql(event).upper())


def _made(began: Event, inside: list[Event], ended: Event | None) -> Transaction:
    depth, depths = 0, []
    for event in inside:
        step = _DEEPER.get(verb_of(_sql(event)), 0)
        depth += min(step, 0)
        depths.append(depth)
        depth += max(step, 0)
    return Transaction(began, tuple(inside), tuple(depths), ended)


def _sql(event: Event) -> str:
    return str(detail(event).get("sql") or "")
