"""Chapter 4: a query for every row, and its cure."""

from collections.abc import Sequence

from visualizer import stages
from visualizer.lessons.kinds.sql import table_of
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.tour.chapter import Chapter, Part, Stop
from visualizer.lessons.tour.moments import first, most_alike, queries_of_template, queries_of_view
from visualizer.lessons.tour.words import asked_at, database_ns, not_reached, queries, took
from visualizer.lessons.wording import capital, duration, sentences, short


def _first_alike(reading: Reading) -> Event | None:
    return next(iter(most_alike(reading)), None)


def _last_alike(reading: Reading) -> Event | None:
    return most_alike(reading)[-1] if most_alike(reading) else None


def _calls(reading: Reading, event: Event) -> str:
    return sentences(
        f"{short(event['name'])} is called; {queries(len(queries_of_view(reading)))} ran in it, apart from its template"
    )


def _renders(reading: Reading, event: Event) -> str:
    return sentences(
        f"{event['name']} is rendered; {queries(len(queries_of_template(reading)))} ran while it was",
        "Each of them is a way to the database and back",
    )


def _begins(reading: Reading, event: Event) -> str:
    line, table = asked_at(event), table_of(str(detail(event).get("sql") or ""))
    count = len(most_alike(reading))
    return sentences(
        f"This query{f' on {table}' if table else ''} is asked for by {line or 'a line that was not seen'}",
        f"It is the first of {count} with the same statement, from the same line",
    )


def _ends(reading: Reading, event: Event) -> str:
    alike = most_alike(reading)
    spent = sum(reading.duration_ns(query) or 0 for query in alike)
    return sentences(
        f"This is number {len(alike)} of them. Together they took {duration(spent)} in the database alone",
        "If each row of a list asks, more rows ask more: that is called N+1",
    )


def _cured(reading: Reading, event: Event) -> str:
    line, joins = asked_at(event), str(detail(event).get("sql") or "").count(" JOIN ")
    at_once = "asks for several tables in one query" if joins else "asks, and that is enough"
    return sentences(
        f"This time {line or 'one line'} {at_once}",
        f"{capital(queries(len(reading.of_kind('database'))))} ran in the whole request",
    )


def _calm(reading: Reading, event: Event) -> str:
    alike = len(most_alike(reading))
    rest = f"{capital(queries(len(queries_of_template(reading))))} ran while it was rendered"
    return sentences(
        f"{event['name']} is rendered. {rest}",
        f"There are still {alike} like queries" if alike > 1 else "No two queries of this request are alike",
    )


def _read_by(reading: Reading) -> Event | None:
    """The query with most tables: what the cure asks for at once."""
    asked = [*queries_of_view(reading), *queries_of_template(reading)]
    return max(asked, key=lambda query: str(detail(query).get("sql") or "").count(" JOIN "), default=None)


def _closing(readings: Sequence[Reading]) -> str:
    before, after = (len(reading.of_kind("database")) for reading in readings)
    spent = [duration(database_ns(reading)) for reading in readings]
    return sentences(
        f"{capital(queries(before))} in {took(readings[0])} before, {queries(after)} in {took(readings[1])} after; in "
        f"the database {spent[0]} before, {spent[1]} after",
        "Name what a list will need, with select_related, prefetch_related or annotate, where the queryset is made",
    )


CHAPTER = Chapter(
    slug="n-plus-one",
    title="N+1, and its cure",
    promise="A query for every row of a list, and one query for all of them.",
    opening="A list looks harmless in its template. Watch what each row of it asks, and then the same list asked "
    "otherwise.",
    parts=[
        Part(
            sample="n-plus-one",
            fits=lambda reading: len(most_alike(reading)) > 2,
            stops=[
                Stop(
                    title="The view",
                    find=first("view", phase="enter"),
                    say=_calls,
                    ask="query-count",
                    missing=not_reached,
                ),
                Stop(
                    title="The template",
                    find=first("template", stage=stages.TEMPLATE),
                    say=_renders,
                    ask="evaluated-here",
                ),
                Stop(
                    title="Once",
                    find=_first_alike,
                    say=_begins,
                    missing=lambda reading: "No two queries of this request are alike: nothing to cure.",
                ),
                Stop(title="And again", find=_last_alike, say=_ends),
            ],
        ),
        Part(
            sample="cure",
            lead="Now the same cards by a view that says beforehand what they need.",
            stops=[
                Stop(
                    title="Another view",
                    find=first("view", phase="enter"),
                    say=_calls,
                    ask="query-count",
                    missing=not_reached,
                ),
                Stop(title="A quiet template", find=first("template", stage=stages.TEMPLATE), say=_calm),
                Stop(title="All at once", find=_read_by, say=_cured, missing=not_reached),
            ],
        ),
    ],
    closing=_closing,
)
