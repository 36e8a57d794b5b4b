"""Transactions as a trace shows them: from BEGIN, a statement or a point, to the commit or rollback of its alias."""

from collections.abc import Iterator
from dataclasses import dataclass

from visualizer.lessons.kinds.sql import verb_of
from visualizer.lessons.reading import Event, Reading, detail

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
        seqs = [statement["seq"] for statement in self.statements]
        return seqs.index(event["seq"]) + 1 if event["seq"] in seqs else None


def transaction_of(reading: Reading, event: Event) -> Transaction | None:
    """The transaction in which a statement ran, its BEGIN included; None where none is known of."""
    found = _transactions(reading, str(event["name"]), str(event["thread"]))
    return next((each for each in found if each.began["seq"] == event["seq"] or each.place(event)), None)


def _transactions(reading: Reading, alias: str, thread: str) -> Iterator[Transaction]:
    """Those of one alias in one thread: each thread has its own connection."""
    began: Event | None = None
    inside: list[Event] = []
    for event in _moments(reading, alias, thread):
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


def _moments(reading: Reading, alias: str, thread: str) -> Iterator[Event]:
    for event in reading.events:
        if event["phase"] == "exit" or event["thread"] != thread:
            continue
        is_statement = event["kind"] == "database" and event["name"] == alias
        if is_statement or (event["kind"] == "transaction" and detail(event).get("alias") == alias):
            yield event


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
