"""The queries of a step, those that are like each other as one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from visualizer.control.explain import why_not
from visualizer.findings.like import Key, Like, likeness
from visualizer.findings.queries import QueryFindings, model_of_table, query_findings
from visualizer.findings.words import difference_said, n_plus_one_said
from visualizer.lessons.kinds.database import asked_by
from visualizer.lessons.kinds.sql import controls_transaction, table_of, verb_of
from visualizer.lessons.reading import Event, Reading
from visualizer.lessons.wording import counted, duration
from visualizer.page.markup import markup
from visualizer.page.sql import laid_out, pieces, shortened

_MOST_GROUPS = 40
# Spans inside which queries may run, besides those that have rules of their own.
_SPANS = ("view", "template", "hook", "resolver", "signal", "cache", "permission", "form", "outbound")


def queries_of(reading: Reading, event: Event, *, is_end: bool) -> dict[str, Any] | None:
    """`{count, said, groups, more, omitted}`, what took longest first; None for a step inside which no query ran.

    A step of the request's two ends tells of all of them.
    """
    found = _inside(reading, event, is_end)
    if not found:
        return None
    likes = _likes(reading, found)
    total, findings = sum(like.total_ns for like in likes), reading.once(query_findings)
    return {
        "count": len(found),
        "said": _said(len(found), len(likes), total),
        "groups": [_group(reading, like, findings, total) for like in likes[:_MOST_GROUPS]],
        "more": max(0, len(likes) - _MOST_GROUPS),
        "omitted": reading.omitted("database") if is_end else 0,
    }


def _inside(reading: Reading, event: Event, is_end: bool) -> list[Event]:
    if is_end:
        return reading.of_kind("database")
    opened = reading.enter(event)
    if opened is None:
        return []
    if event["kind"] == "middleware":
        return list(_of_layer(reading, event, opened))
    return list(reading.inside(opened, "database")) if event["kind"] in _SPANS else []


def _of_layer(reading: Reading, event: Event, opened: Event) -> Iterator[Event]:
    """What a layer itself asks in the direction that this step tells: between its call and passing on, or after."""
    passed_on, back = (reading.moment(opened, name) for name in ("passed_on", "came_back"))
    inside = reading.inside(opened, "database")
    if passed_on is None:
        return inside
    if event["phase"] == "enter":
        return (query for query in inside if query["seq"] < passed_on["seq"])
    since = back["seq"] if back is not None else None
    return (query for query in inside if since is not None and query["seq"] > since)


def _likes(reading: Reading, events: Iterable[Event]) -> list[Like]:
    by_likeness: dict[Key, list[Event]] = defaultdict(list)
    for event in events:
        by_likeness[likeness(reading, event)].append(event)
    return sorted((_like(reading, alike) for alike in by_likeness.values()), key=lambda like: -like.total_ns)


def _like(reading: Reading, events: list[Event]) -> Like:
    took = [reading.duration_ns(event) or 0 for event in events]
    return Like(tuple(events), sum(took), max(took))


def _group(reading: Reading, like: Like, findings: QueryFindings, total_ns: int) -> dict[str, Any]:
    first, table = like.events[0], table_of(like.sql)
    whole = laid_out(like.sql)
    short = shortened(whole)
    return {
        "seq": first["seq"],
        "count": like.count,
        "times": f"{like.count:,}",
        "took": duration(like.total_ns),
        "share": round(100 * like.total_ns / total_ns) if total_ns else 0,
        "longest": duration(like.longest_ns) if like.count > 1 else "",
        "rows": _rows_said(reading, like.events),
        "title": f"{verb_of(like.sql)} {table}".strip() or "a statement",
        "model": model_of_table(table),
        "place": asked_by(first),
        "html": markup(pieces(short)),
        "text": whole,
        "difference": difference_said(like) if like.count > 1 else "",
        "n_plus_one": _n_plus_one(findings, first),
        "controls": controls_transaction(like.sql),
        "why_not": why_not(first),
        "errors": sum(1 for event in like.events if reading.leaving(event).get("error")),
    }


def _rows_said(reading: Reading, events: tuple[Event, ...]) -> str:
    """How many rows came or were changed; empty where not every query's are known."""
    counts = [reading.leaving(event).get("rows") for event in events]
    known = [count for count in counts if isinstance(count, int) and count >= 0]
    return counted(sum(known), "row") if len(known) == len(counts) else ""


def _n_plus_one(findings: QueryFindings, event: Event) -> str:
    like = findings.like(event)
    found = findings.n_plus_one(like) if like is not None else None
    return n_plus_one_said(found) if found is not None else ""


def _said(count: int, groups: int, total_ns: int) -> str:
    of_sorts = f" of {counted(groups, 'sort')}" if 1 < groups < count else " of one sort" if groups < count else ""
    return f"{counted(count, 'query', 'queries')}{of_sorts}, {duration(total_ns)} in all"
