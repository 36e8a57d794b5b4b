import pytest

from tests.lessons.sample import Sample
from visualizer.lessons.kinds.hop import hops_said
from visualizer.lessons.sentences import sentence_for

CARRIED = {"function": "shop.middleware.Banned.refuse", "to": "Pool_0"}
COST = {"to_ns": 40_000, "ran_ns": 2_000_000, "back_ns": 60_000}
TIMES = " It ran for 2 ms; the way there took 40 µs, the way back 60 µs."


@pytest.mark.parametrize(
    ("origin", "asked"),
    [
        ({"where": "unseen"}, "Django asked for it, no line of the project"),
        (
            {"where": "python", "file": "/site/shop/middleware.py", "line": 46},
            "shop/middleware.py line 46 asked for it",
        ),
        ({"where": "template", "template": "list.html", "line": 3}, "list.html line 3 asked for it"),
    ],
)
def test_who_waits_for_what_and_what_the_way_cost(origin, asked):
    sample = Sample()
    sample.point("hop", "sync_to_async", **CARRIED, **COST, origin=origin)
    said = sentence_for(sample.as_dict(), 0)
    assert said == f"MainThread waits while Banned.refuse runs in Pool_0; {asked}.{TIMES}"


def test_one_of_which_no_beginning_was_seen():
    sample = Sample()
    nothing = dict.fromkeys(("to", "to_ns", "ran_ns", "back_ns"))
    sample.point("hop", "sync_to_async", **{**CARRIED, **nothing}, origin={"where": "unseen"})
    said = "Banned.refuse was to run in another thread; no beginning was seen."
    assert sentence_for(sample.as_dict(), 0) == said


def test_one_that_still_ran_when_the_waiting_side_went_on():
    sample = Sample()
    times = {"to_ns": 40_000, "ran_ns": None, "back_ns": None}
    sample.point("hop", "sync_to_async", **CARRIED, **times, origin={"where": "unseen"})
    assert sentence_for(sample.as_dict(), 0).endswith(" It had not ended when the waiting side went on.")


def test_several_are_told_with_what_they_cost_together():
    sample = Sample()
    for _ in range(2):
        sample.point("hop", "sync_to_async", **CARRIED, **COST)
    assert hops_said(sample.events) == "2 hops to another thread and back, 200 µs for the way"
    assert hops_said([]) == ""
