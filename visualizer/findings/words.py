"""The findings in sentences."""

from collections.abc import Iterator

from visualizer.findings.like import Like
from visualizer.findings.n_plus_one import NPlusOne
from visualizer.findings.queries import QueryFindings
from visualizer.findings.select import compared_columns
from visualizer.findings.transactions import Transaction
from visualizer.lessons.kinds.database import asked_by
from visualizer.lessons.kinds.sql import table_of, verb_of
from visualizer.lessons.reading import Event
from visualizer.lessons.wording import counted, duration, listed, sentences, short

_ENDINGS = {"commit": "was committed", "rollback": "was rolled back"}


def like_said(like: Like) -> str:
    """How often, from where, and how long: 50 × like this, from shop/list.html line 14, 3.1 ms in all."""
    line = asked_by(like.events[0])
    where = f", from {line}" if line else ", from no line that was seen"
    return sentences(
        f"{like.count:,} × like this{where}: {duration(like.total_ns)} in all, the longest {duration(like.longest_ns)}",
        difference_said(like),
    )


def difference_said(like: Like) -> str:
    """In what like queries differ; empty where that is not known."""
    if like.are_all_the_same:
        return "The parameters are the same as well"
    names = _differing(like)
    if not names or like.distinct is None:
        return ""
    if like.distinct == like.count:
        return f"Each differs only in {listed(names)}"
    return (
        f"They differ only in {listed(names)}, of which there are {counted(like.distinct, 'value', 'sets of values')}"
    )


def _differing(like: Like) -> list[str]:
    columns = compared_columns(like.sql)
    names = [columns[place] if place < len(columns) else None for place in like.differing]
    return [name for name in names if name] if all(names) else []


def n_plus_one_said(found: NPlusOne) -> str:
    """The rows, the queries for each of them, the line, and the cure where it is known."""
    like, relation = found.like, found.relation
    reads = found.following.reads
    followed = f"read {short(reads)} through" if reads else "followed"
    return sentences(
        f"N+1: {_rows_said(found)}, then {counted(like.count, 'query', 'queries')} {followed} "
        f"{short(relation.source)}.{relation.name}, one at a time, from {asked_by(like.events[0]) or 'no line seen'}",
        *_cure_said(found),
    )


def _rows_said(found: NPlusOne) -> str:
    of = short(found.path[0].source)
    line = asked_by(found.source) if found.source is not None else ""
    return f"a query for {of} rows{f' from {line}' if line else ''}"


def _cure_said(found: NPlusOne) -> Iterator[str]:
    if found.by is None:
        return
    which = "that query" if found.source is not None else f"the query for {short(found.path[0].source)} rows"
    yield f"{found.cure} on {which} {_doing(found)}"
    if found.by.instead:
        holder = short(found.relation.source)
        what = "them" if found.cure.startswith("prefetch") else "it"
        yield f"Each {holder} then has {what} in {found.by.instead}, to be read instead of {found.by.read}"


def _doing(found: NPlusOne) -> str:
    method = found.cure.partition("_")[0]
    if method == "prefetch" and found.relation.is_generic and found.relation.leads_to == "one":
        return "would ask for all of them in one more query for each model"
    asks = {"select": "would bring them along in it", "prefetch": "would ask for all of them in one more query"}
    return asks.get(method, "would answer all of them in it")


def summary_of(findings: QueryFindings) -> list[str]:
    """A line for each group that is worth one: N+1 with its cure, or what ran many times."""
    return [_line_of(findings, like) for like in findings.worth_a_line()]


def _line_of(findings: QueryFindings, like: Like) -> str:
    found = findings.n_plus_one(like)
    if found is not None:
        return n_plus_one_said(found)
    what = f"{verb_of(like.sql)} {table_of(like.sql)}".strip()
    return f"{what}: {like_said(like)}" if what else like_said(like)


def transaction_said(transaction: Transaction, event: Event) -> str:
    """Where in which transaction a statement ran, and how that ended."""
    ended = transaction.ended
    ending = _ENDINGS.get(str(ended["name"]), "ended") if ended else "had not ended when the trace did"
    place, count = transaction.place(event), len(transaction.statements)
    if place is None:
        return sentences(f"It opens a transaction of {counted(count, 'statement')}, which {ending}")
    depth = transaction.savepoints[place - 1]
    inside = f", inside {counted(depth, 'savepoint')}" if depth else ""
    return sentences(f"Statement {place} of {count} in a transaction, which {ending}{inside}")
