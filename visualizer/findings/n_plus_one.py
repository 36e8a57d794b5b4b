"""N+1: one query for rows, then like queries, one for each of them; and what would have asked for all at once.

Nothing is guessed. A cure is named only where one relation of the models explains the statement, a query before it read
rows of the model that the relation starts from, and the line that asked reads that relation by its name.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from visualizer.findings.cure import Cure, cure_of, names, works_on
from visualizer.findings.like import MANY, Like
from visualizer.findings.relations import Following, Relation, Relations
from visualizer.findings.select import Select, read_select
from visualizer.lessons.kinds.sql import LIMIT_OF_GET
from visualizer.lessons.reading import Event, Reading, detail


@dataclass(frozen=True)
class NPlusOne:
    """Like queries that follow a relation of rows read before, and what would cure it where that is known."""

    like: Like
    following: Following
    # The query that read the rows, where it is only one.
    source: Event | None
    # The relations from that query's model on, where the rows were themselves read by such queries.
    path: tuple[Relation, ...]
    by: Cure | None

    @property
    def relation(self) -> Relation:
        return self.following.relation

    @property
    def cure(self) -> str:
        """A queryset's method as code, or empty."""
        return self.by.code if self.by else ""


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
        select = read_select(like.sql) if _may_be(like) else None
        if select is None:
            continue
        line = line_of(like.events[0])
        explained = _explain(reading, like, select, relations, found, line)
        if explained is not None:
            following, start = explained
            path = (*start.path, following.relation)
            cure = cure_of(select, following, path, relations, line)
            if cure is not None and start.source is not None and not works_on(cure, line_of(start.source)):
                cure = None
            found.append(NPlusOne(like, following, start.source, path, cure))
    return found


def _may_be(like: Like) -> bool:
    return like.count >= MANY and like.parameters is not None and len(like.differing) == 1


def _explain(
    reading: Reading, like: Like, select: Select, relations: Relations, found: Sequence[NPlusOne], line: str
) -> tuple[Following, _Start] | None:
    starts = {
        (following, start.path): (following, start)
        for following in relations.leading_to(select, like.differing[0])
        # Any model's rows may be meant by a generic one: that it was is known from the line alone.
        if not following.relation.is_generic or names(line, following.relation.name)
        for start in _starts(reading, like, following.relation, relations, found)
    }
    # Of two foreign keys to one table the line may name one; of two queries before it nobody can say which was meant.
    named = [start for start in starts.values() if names(line, start[0].relation.name)]
    likely = list(starts.values()) if len(starts) == 1 else named
    return likely[0] if len(likely) == 1 else None


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
