"""One SQL statement as the inspector shows it, and what it has in common with the others of its request."""

from collections import Counter
from typing import Any

from visualizer.control.explain import why_not
from visualizer.findings.like import Like
from visualizer.findings.queries import model_of_table, query_findings
from visualizer.findings.transactions import transaction_of, transactions
from visualizer.findings.words import like_said, n_plus_one_said, transaction_said
from visualizer.lessons.kinds.database import asked_by
from visualizer.lessons.kinds.sql import LIMIT_OF_GET, controls_transaction, limit_of, table_of
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import duration, vendor
from visualizer.page.markup import markup
from visualizer.page.sql import laid_out, pieces, shortened
from visualizer.redaction import HIDDEN

_MOST_ALIKE = 40


def statement_of(reading: Reading, event: Event) -> dict[str, Any] | None:
    """What the inspector shows of a query: `html` is its text, `whole` where that is longer. None of other events.

    `why_not` says why it cannot be explained, `controls` whether that would mean nothing.
    `like` tells of its group, `elsewhere` how often the same statement ran in all where other lines asked as well.
    """
    if event["kind"] != "database":
        return None
    opened = reading.enter(event) or event
    facts = detail(opened)
    sql = str(facts.get("sql") or "")
    whole = laid_out(sql)
    short = shortened(whole)
    like = _like(reading, opened)
    alike = reading.once(_statements)[sql]
    return {
        "seq": opened["seq"],
        "text": short,
        "copy": whole,
        "html": markup(pieces(short)),
        "whole": markup(pieces(whole)) if short != whole else "",
        "params": [{"text": text, "is_hidden": HIDDEN in str(text)} for text in facts.get("params") or []],
        "controls": controls_transaction(sql),
        "why_not": why_not(opened),
        "vendor": vendor(facts.get("vendor")),
        "model": model_of_table(table_of(sql)),
        "origin": _origin(opened),
        "is_get": limit_of(sql) == LIMIT_OF_GET,
        "transaction": _transaction(reading, opened),
        "like": like,
        "elsewhere": alike if alike > (like["count"] if like else 1) else 0,
        "omitted": reading.omitted("database"),
    }


def prepare(reading: Reading) -> None:
    """Work out what any step may tell of the queries together."""
    reading.once(query_findings)
    reading.once(transactions)
    reading.once(_statements)


def _statements(reading: Reading) -> Counter[str]:
    """How often each statement ran."""
    return Counter(str(detail(event).get("sql") or "") for event in reading.of_kind("database"))


def _transaction(reading: Reading, opened: Event) -> str:
    found = transaction_of(reading, opened)
    return transaction_said(found, opened) if found else ""


def _like(reading: Reading, opened: Event) -> dict[str, Any] | None:
    """`{place, count, sentence, rows, more, n_plus_one}` of the group of like queries to which this one belongs."""
    findings = reading.once(query_findings)
    like = findings.like(opened)
    if like is None:
        return None
    found = findings.n_plus_one(like)
    return {
        "place": like.place(opened),
        "count": like.count,
        "sentence": like_said(like),
        "rows": _alike(reading, like, opened),
        "more": max(0, like.count - _MOST_ALIKE),
        "n_plus_one": n_plus_one_said(found) if found else "",
    }


def _alike(reading: Reading, like: Like, opened: Event) -> list[dict[str, Any]]:
    """Each of the like queries with what differs: its parameters, time and rows; this one is always among them."""
    place = (like.place(opened) or 1) - 1
    first = max(0, min(place - _MOST_ALIKE // 2, like.count - _MOST_ALIKE))
    shown = like.events[first : first + _MOST_ALIKE]
    return [_row(reading, like, event, number, opened) for number, event in enumerate(shown, first + 1)]


def _row(reading: Reading, like: Like, event: Event, number: int, opened: Event) -> dict[str, Any]:
    closed = reading.exit(event)
    took = closed["t_ns"] - event["t_ns"] if closed is not None else None
    rows = detail(closed).get("rows") if closed is not None else None
    params = [str(text) for text in detail(event).get("params") or []]
    return {
        "seq": event["seq"],
        "number": number,
        "params": ", ".join(params[place] for place in like.differing) if like.differing else "",
        "took": duration(took) if took is not None else "",
        "rows": rows if isinstance(rows, int) and rows >= 0 else "",
        "is_this": event is opened,
    }


def _origin(opened: Event) -> dict[str, Any] | None:
    """`{place, function, is_ours}` of the line that asked, if one was seen."""
    origin = detail(opened).get("origin") or {}
    if not asked_by(opened):
        return None
    return {"place": asked_by(opened), "function": origin.get("function"), "is_ours": origin.get("where") != "library"}
