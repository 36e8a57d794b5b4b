"""Two requests beside each other: what only one did, what they did differently, and the sentence that says it."""

import pytest

from tests.driving import INTERFACES, ask, observe, sign_in
from tests.lessons.sample import LAYER, VIEW, Sample
from visualizer.findings.comparing.comparison import DIFFERS, FIRST_ONLY, SAME, SECOND_ONLY, Comparison
from visualizer.findings.comparing.times import times_of
from visualizer.findings.comparing.words import comparison_said
from visualizer.lessons.reading import Reading

REVIEWS = {
    "sql": "SELECT * FROM review WHERE product = %s",
    "origin": {"where": "template", "template": "a", "line": 3},
}


def asked(queries=0, *, took=6_400_000, path="/a/", status=200):
    sample = Sample(request={"method": "GET", "path": path, "query_string": "", "headers": [["Host", "x"]]})
    sample.enter("view", VIEW)
    for _ in range(queries):
        sample.span("database", "default", **REVIEWS)
    sample.exit()
    sample.ended("completed", VIEW, status)
    sample.head["duration_ns"] = took
    return sample


def stopped():
    sample = Sample()
    sample.span("middleware", LAYER, {"result": "answered"}, "request_middleware")
    return sample.ended("stopped", LAYER, 403, view_ran=False)


def compared(first, second):
    return Comparison(*(Reading(each.as_dict()) for each in (first, second)))


def said(first, second):
    return comparison_said(compared(first, second))


def states(comparison, kind):
    return [(row.item.key.split(" ")[0], row.state, row.counts) for row in comparison.rows(kind)]


def test_like_queries_are_one_row_with_both_counts():
    comparison = compared(asked(24), asked(1))
    assert states(comparison, "database") == [("default", DIFFERS, (24, 1))]
    [row] = comparison.rows("database")
    assert row.first.duration_ns == 24_000
    assert row.item.says == "from a line 3"


def test_what_only_one_of_them_did_is_in_that_ones_column():
    comparison = compared(asked(), stopped())
    assert states(comparison, "view") == [("view", FIRST_ONLY, (1, 0))]
    assert states(comparison, "middleware")[0][1] == SECOND_ONLY


def test_rows_stand_in_the_order_of_both():
    first, second = Sample(), Sample()
    for sample, names in ((first, "abd"), (second, "bcd")):
        for name in names:
            sample.span("template", name, stage="template", node="include")
        sample.ended("completed", VIEW)
    rows = compared(first, second).rows("template")
    assert [row.item.label[-1] for row in rows] == ["a", "b", "c", "d"]
    assert [row.state for row in rows] == [FIRST_ONLY, SAME, SECOND_ONLY, SAME]


def test_headers_that_differ_in_value_differ_and_our_own_mark_is_none():
    first, second = asked(), asked()
    first.head["request"]["headers"] = [["Accept-Language", "de"], ["X-Visualizer-Request", "a.1"]]
    second.head["request"]["headers"] = [["accept-language", "en"], ["X-Visualizer-Request", "b.1"]]
    rows = [row for row in compared(first, second).rows("header") if row.item.stage == "client_request"]
    assert [(row.item.label, row.first.says, row.second.says) for row in rows] == [("Accept-Language", "de", "en")]


def test_a_change_that_both_made_with_another_value_differs():
    samples = []
    for value in ("100", "200"):
        sample = Sample()
        sample.enter("middleware", LAYER, "request_middleware")
        change = {"op": "add", "what": "header Content-Length", "value": value, "was": None}
        sample.exit("response_middleware", result="passed", changed=[change])
        samples.append(sample.ended("completed", VIEW))
    [row] = compared(*samples).rows("change")
    assert (row.item.stage, row.state, row.first.says, row.second.says) == (
        "response_middleware",
        DIFFERS,
        "100",
        "200",
    )


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (
            asked(24, took=30_000_000),
            asked(1, took=10_000_000),
            "23 queries fewer, 20 ms faster: SELECT review from a line 3 ran 24 times in the first, once in the "
            "second.",
        ),
        (
            asked(),
            asked(2),
            "2 queries more: SELECT review from a line 3 ran twice in the second, never in the first.",
        ),
        (
            asked(24, took=10_000_000),
            asked(1, took=30_000_000),
            "23 queries fewer: SELECT review from a line 3 ran 24 times in the first, once in the second. "
            "Even so, the second took 20 ms more.",
        ),
        (asked(took=10_000_000), asked(took=10_900_000), "Nothing differs between these two but their times."),
        (
            asked(path="/a/"),
            asked(path="/b/"),
            "Both came to the same end, with the same queries and in about the same time; what differs stands below.",
        ),
        (
            asked(),
            stopped(),
            "403 instead of 200: the second request was stopped by BannedUserMiddleware: it answered 403, and the view "
            "never ran.",
        ),
        (
            stopped(),
            asked(),
            "200 instead of 403: the first request was stopped by BannedUserMiddleware: it answered 403, and the view "
            "never ran.",
        ),
    ],
)
def test_the_most_telling_difference_is_said_first(first, second, sentence):
    assert said(first, second) == sentence


def test_where_no_query_stands_out_those_are_named_that_only_one_of_them_ran():
    samples = []
    for tables in (("user", "ban", "price"), ("price", "shop")):
        sample = Sample()
        for table in tables:
            sample.span("database", "default", sql=f"SELECT * FROM {table}")
        samples.append(sample.ended("completed", VIEW))
    assert said(*samples) == (
        "1 query fewer: only the first ran SELECT user and SELECT ban. Only the second ran SELECT shop."
    )


def test_a_cache_that_missed_and_then_had_it_is_the_reason():
    samples = []
    for hit in (False, True):
        sample = Sample()
        sample.span("cache", "get", {"hit": hit}, key="page", alias="default")
        samples.append(sample.ended("completed", VIEW))
    assert said(*samples) == "Cache get was a miss in the first, a hit in the second."


def test_the_times_of_the_stages_add_up_to_the_request():
    sample = Sample()
    sample.enter("server", "ASGIHandler", "server_request")
    sample.enter("view", VIEW)
    sample.span("template", "a.html", stage="template", node="template")
    sample.exit("view", after_ns=5_000)
    sample.exit("server_response")
    reading = Reading(sample.ended("completed", VIEW).as_dict())
    times = times_of(reading)
    assert times["template"] == 1_000
    assert times["view"] >= 5_000
    assert sum(times.values()) == reading.trace["duration_ns"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_real_requests_are_compared_as_they_were(interface, shop, traces):
    observe(lambda: ask(interface, "/products/"))
    observe(lambda: ask(interface, "/best-rated/"))
    observe(lambda: ask(interface, "/products/", headers=(sign_in("mallory"),)))
    many, one, banned = (Reading(trace.as_dict()) for trace in (traces[0], traces[1], traces[2]))
    assert "24 queries fewer" in comparison_said(Comparison(many, one))
    assert "shop_review from shop/models.py" in comparison_said(Comparison(many, one))
    told = comparison_said(Comparison(many, banned))
    assert told.startswith("403 instead of 200")
    assert "the second request was stopped by BannedUserMiddleware" in told
    for reading in (many, one, banned):
        assert sum(times_of(reading).values()) == reading.trace["duration_ns"]
        same = Comparison(reading, reading)
        assert not any(stage.different for stage in same.stages)
