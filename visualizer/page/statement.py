"""One SQL statement as the inspector shows it, and what it has in common with the others of its request."""

from collections import Counter
from typing import Any

from visualizer.findings.queries import QueryFindings, model_of_table, query_findings
from visualizer.findings.transactions import transaction_of, transactions
from visualizer.findings.words import like_said, n_plus_one_said, transaction_said
from visualizer.lessons.kinds.database import asked_by
from visualizer.lessons.kinds.sql import LIMIT_OF_GET, limit_of, table_of
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import vendor
from visualizer.page.sql import laid_out, pieces, shortened


def statement_of(reading: Reading, event: Event) -> dict[str, Any] | None:
    """`{text, pieces, whole, params, vendor, model, origin, is_get, transaction, like, elsewhere, omitted}` of a query.

    `like` tells of its group, `elsewhere` how often the same statement ran in all where other lines asked as well.
    """
    if event["kind"] != "database":
        return None
    opened = reading.enter(event) or event
    facts = detail(opened)
    sql = str(facts.get("sql") or "")
    whole = laid_out(sql)
    short = shortened(whole)
    like = _like(reading.once(query_findings), opened)
    alike = reading.once(_statements)[sql]
    return {
        "text": short,
        "pieces": pieces(short),
        "whole": pieces(whole) if short != whole else (),
        "params": facts.get("params") or [],
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


def _like(findings: QueryFindings, opened: Event) -> dict[str, Any] | None:
    """`{place, count, sentence, n_plus_one}` of the group of like queries to which this one belongs."""
    like = findings.like(opened)
    if like is None:
        return None
    found = findings.n_plus_one(like)
    return {
        "place": like.place(opened),
        "count": like.count,
        "sentence": like_said(like),
        "n_plus_one": n_plus_one_said(found) if found else "",
    }


def _origin(opened: Event) -> dict[str, Any] | None:
    """`{place, function, is_ours}` of the line that asked, if one was seen."""
    origin = detail(opened).get("origin") or {}
    if not asked_by(opened):
        return None
    return {"place": asked_by(opened), "function": origin.get("function"), "is_ours": origin.get("where") != "library"}
