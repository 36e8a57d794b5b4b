"""N+1: one query for rows, then like queries, one for each of them; and what would have asked for all at once.

Nothing is guessed. A cure is named only where one relation of the models explains the statement, a query before it read
rows of the model that the relation starts from, and the line that asked reads that relation by its name.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from visualizer.findings.like import MANY, Like
from visualizer.findings.relations import Relation, Relations
from visualizer.findings.select import Select, read_select
from visualizer.lessons.kinds.sql import LIMIT_OF_GET
from visualizer.lessons.reading import Event, Reading, detail

_FUNCTIONS = {"AVG": "Avg", "COUNT": "Count", "MAX": "Max", "MIN": "Min", "SUM": "Sum"}


@dataclass(frozen=True)
class NPlusOne:
    """Like queries that follow a relation of rows read before. `cure` is a queryset's method as code, or empty."""

    like: Like
    relation: Relation
    # The query that read the rows, where it is only one.
    source: Event | None
    # The relations from that query's model on, where the rows were themselves read by such queries.
    path: tuple[Relation, ...]
    cure: str


@dataclass(frozen=True)
class _Start:
    """Where rows came from: a query, or other like queries that were explained already."""

    source: Event | None
    path: tuple[Relation, ...]


def n_plus_ones(
    reading: Reading, likes: Sequence[Like], relations: Relations, line_of: Callable[[Event], str]
) -> list[NPlusOne]:
    """Those of the groups that are N+1, in their order; `line_of` gives the text of the line that asked."""
    found: list[NPlusOne] = []
    for like in likes:
        explained = _explain(reading, like, relations, found)
        if explained is not None:
            relation, start = explained
            path = (*start.path, relation)
            found.append(NPlusOne(like, relation, start.source, path, _cure(like, path, relations, line_of)))
    return found


def _explain(
    reading: Reading, like: Like, relations: Relations, found: Sequence[NPlusOne]
) -> tuple[Relation, _Start] | None:
    select = read_select(like.sql)
    if select is None or like.count < MANY or like.parameters is None or like.differing != (select.place,):
        return None
    starts = {
        (relation, start.path): (relation, start)
        for relation in relations.leading_to(select)
        for start in _starts(reading, like, relation, relations, found)
    }
    # Two foreign keys to one table, or two queries before it that could be meant: nobody can say which.
    return next(iter(starts.values())) if len(starts) == 1 else None


def _starts(
    reading: Reading, like: Like, relation: Relation, relations: Relations, found: Sequence[NPlusOne]
) -> Iterator[_Start]:
    first, own = like.events[0]["seq"], {event["seq"] for event in like.events}
    explained = {event["seq"] for known in found for event in known.like.events}
    for known in found:
        before = known.like.events[0]["seq"] < first
        if before and known.cure and known.relation.target == relation.source and _reads(known.like.sql, relation):
            yield _Start(known.source, known.path)
    sources = [
        event
        for event in reading.of_kind("database")
        if event["seq"] < first and event["seq"] not in own | explained and event["name"] == like.events[0]["name"]
        if _gives_many(str(detail(event).get("sql") or ""), like.distinct or 0, relation, relations)
        and _may_have_read(reading, event, like.distinct or 0)
    ]
    if sources:
        yield _Start(sources[0] if len(sources) == 1 else None, ())


def _may_have_read(reading: Reading, event: Event, count: int) -> bool:
    """Whether the driver does not tell how many rows there were, as SQLite's, or tells of enough of them."""
    rows = reading.leaving(event).get("rows")
    return rows is None or rows < 0 or rows >= count


def _reads(sql: str, relation: Relation) -> bool:
    select = read_select(sql)
    return select is not None and select.table == relation.column[0] and relation.column in select.columns


def _gives_many(sql: str, count: int, relation: Relation, relations: Relations) -> bool:
    """Whether a statement reads rows of the relation's source, and may have read as many as were asked about."""
    select = read_select(sql)
    if select is None or not _reads(sql, relation) or select.limit == LIMIT_OF_GET:
        return False
    if select.limit is not None and select.limit < count:
        return False
    return not select.equal & relations.unique_columns(select.table)


def _cure(like: Like, path: tuple[Relation, ...], relations: Relations, line_of: Callable[[Event], str]) -> str:
    select, relation = read_select(like.sql), path[-1]
    if select is None:
        return ""
    line = line_of(like.events[0])
    if relation.leads_to == "one":
        return _related(path) if _is_one_row(select) and _names(line, relation.name) else ""
    if select.aggregate is not None:
        return _annotated(select, path, relations) if _names(line, relation.name) else ""
    if select.asks_whether or select.limit is not None or not _reads_all(line, relation.name):
        return ""
    return _related(path)


def _is_one_row(select: Select) -> bool:
    return select.aggregate is None and not select.asks_whether


def _names(line: str, name: str) -> bool:
    return re.search(rf"\.{re.escape(name)}\b", line) is not None


def _reads_all(line: str, name: str) -> bool:
    """Whether the line reads all of the relation and asks nothing more of it: what is prefetched answers only that."""
    return re.search(rf"\.{re.escape(name)}\.all\b(?:\(\))?(?![.\[(\w])", line) is not None


def _related(path: tuple[Relation, ...]) -> str:
    method = "select_related" if all(step.leads_to == "one" for step in path) else "prefetch_related"
    return f'{method}("{"__".join(step.name for step in path)}")'


def _annotated(select: Select, path: tuple[Relation, ...], relations: Relations) -> str:
    function, column = select.aggregate or ("", None)
    field = relations.field_of(select.table, column) if column else None
    if len(path) > 1 or (column and field is None) or select.has_joins or (not column and function != "COUNT"):
        return ""
    return f'annotate({_FUNCTIONS[function]}("{"__".join([path[0].lookup, *([field] if field else [])])}"))'
