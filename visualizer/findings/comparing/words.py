"""What two requests differ in, in sentences that are true for these two."""

from collections.abc import Iterator

from visualizer.findings.comparing.comparison import FIRST_ONLY, SAME, SECOND_ONLY, Comparison, Row
from visualizer.lessons.outcomes import outcome_said
from visualizer.lessons.reading import Reading
from visualizer.lessons.wording import capital, counted, duration, listed, sentences

# Two runs of the same request differ by as much.
_NOISE_SHARE = 0.1
_NOISE_NS = 200_000
_MANY = 3


def comparison_said(comparison: Comparison) -> str:
    """The most telling difference first: how they ended, their queries, the cache, the time; then why."""
    lead = ", ".join(_leads(comparison))
    reasons = [*_reasons(comparison), *_all_the_same(comparison)]
    if not lead and not reasons:
        return _nothing_said(comparison)
    if not lead:
        return sentences(*map(capital, reasons))
    first, rest = (reasons or [""])[0], reasons[1:]
    return sentences(capital(f"{lead}: {first}" if first else lead), *map(capital, rest))


def _nothing_said(comparison: Comparison) -> str:
    if any(stage.different for stage in comparison.stages):
        return "Both came to the same end, with the same queries and in about the same time; what differs stands below."
    return "Nothing differs between these two but their times."


def _leads(comparison: Comparison) -> Iterator[str]:
    first, second = comparison.first, comparison.second
    if _status(first) != _status(second):
        yield f"{_status(second)} instead of {_status(first)}"
    more = _queries(second) - _queries(first)
    if more:
        yield f"{counted(abs(more), 'query', 'queries')} {'more' if more > 0 else 'fewer'}"
    if _faster_ns(first, second) and not _is_unlikely(first, second):
        yield f"{duration(abs(_faster_ns(first, second)))} {'faster' if _faster_ns(first, second) > 0 else 'slower'}"


def _all_the_same(comparison: Comparison) -> Iterator[str]:
    """A time that the queries do not explain is told by itself."""
    first, second = comparison.first, comparison.second
    if _is_unlikely(first, second):
        faster = _faster_ns(first, second)
        yield f"even so, the second took {duration(abs(faster))} {'less' if faster > 0 else 'more'}"


def _is_unlikely(first: Reading, second: Reading) -> bool:
    """More queries in less time, or fewer in more."""
    return _faster_ns(first, second) * (_queries(second) - _queries(first)) > 0


def _status(reading: Reading) -> str:
    response = reading.trace.get("response") or {}
    return str(response.get("status") or "no response")


def _queries(reading: Reading) -> int:
    return len(reading.of_kind("database")) + reading.omitted("database")


def _faster_ns(first: Reading, second: Reading) -> int:
    """By how much the second was faster; 0 where the difference is none to speak of."""
    ours, theirs = first.trace["duration_ns"], second.trace["duration_ns"]
    if ours is None or theirs is None or abs(theirs - ours) < max(_NOISE_NS, ours * _NOISE_SHARE):
        return 0
    return int(ours - theirs)


def _reasons(comparison: Comparison) -> Iterator[str]:
    if _end(comparison.first) != _end(comparison.second):
        # The end that is out of the ordinary explains the difference.
        telling = comparison.first if _end(comparison.second)[0] == "completed" else comparison.second
        which = "first" if telling is comparison.first else "second"
        yield f"the {which} request {_lowered(outcome_said(telling))}"
    yield from _cache_said(comparison)
    yield from _queries_said(comparison)


def _end(reading: Reading) -> tuple[str, str]:
    outcome = reading.trace["outcome"]
    return str(outcome["kind"]), str(outcome["by"]) if outcome["kind"] != "completed" else ""


def _lowered(sentence: str) -> str:
    """A sentence about a request as the rest of one that names it: was stopped by X."""
    lead, colon, rest = sentence.partition(":")
    verbs = {"Stopped": "was stopped", "Rescued": "was rescued", "Failed": "failed", "Completed": "completed"}
    verbs |= {"Not": "was not", "Disconnected": "was disconnected"}
    word, space, after = lead.partition(" ")
    return f"{verbs.get(word, word.lower())}{space}{after}{colon}{rest}"


def _cache_said(comparison: Comparison) -> Iterator[str]:
    for row in comparison.rows("cache"):
        if row.first and row.second and {row.first.says, row.second.says} == {"hit", "miss"}:
            yield f"{row.item.label} was a {row.first.says} in the first, a {row.second.says} in the second"
            return


def _queries_said(comparison: Comparison) -> Iterator[str]:
    """The like queries whose number differs most; where none stands out, all that only one of the two ran."""
    rows = [row for row in comparison.rows("database") if row.state != SAME]
    most = max(rows, key=_difference, default=None)
    if most is None:
        return
    if _difference(most) >= _MANY or len(rows) == 1:
        yield f"{most.item.label}{f' {most.item.says}' if most.item.says else ''} ran {_times_said(most)}"
    # Where they ended differently, that one of them asked for less goes without saying.
    elif _end(comparison.first) == _end(comparison.second):
        yield from _only_said(comparison, FIRST_ONLY)
        yield from _only_said(comparison, SECOND_ONLY)


def _only_said(comparison: Comparison, which: str) -> Iterator[str]:
    """What the other one did not run at all, from whatever line."""
    rows = comparison.rows("database")
    elsewhere = {row.item.label for row in rows if row.state != which}
    seen = dict.fromkeys(row.item.label for row in rows if row.state == which)
    if labels := [label for label in seen if label not in elsewhere]:
        yield f"only the {which} ran {listed(labels)}"


def _difference(row: Row) -> int:
    return abs(row.counts[1] - row.counts[0])


def _times_said(row: Row) -> str:
    """The greater number first: 24 times in the first, never in the second."""
    told = sorted(zip(row.counts, ("first", "second"), strict=True), key=lambda each: -each[0])
    return ", ".join(f"{_often(count)} in the {which}" for count, which in told)


def _often(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count:,} times")
