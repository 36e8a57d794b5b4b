"""The queries of a step, folded by likeness."""

from html import unescape

import pytest

from tests.driving import ask, of
from tests.lessons.sample import LAYER, VIEW, Sample
from visualizer.lessons.reading import Reading
from visualizer.page.inspector import inspector_context
from visualizer.page.queries import queries_of
from visualizer.page.templates import render

IN, OUT = "request_middleware", "response_middleware"


def queries(sample, seq, is_end=False):
    reading = Reading(sample.as_dict())
    return queries_of(reading, reading.event(seq), is_end=is_end)


def titles(found):
    return [(group["title"], group["count"]) for group in found["groups"]] if found else []


def ran(sample, table, after_ns=1_000, params=(), rows=1):
    origin = {"where": "python", "file": "/srv/shop/views.py", "line": 3, "function": "page"}
    sample.enter("database", "default", sql=f'SELECT * FROM "{table}" WHERE a = %s', params=list(params), origin=origin)
    return sample.exit(after_ns=after_ns, rows=rows)


def test_a_view_has_those_that_ran_inside_it_what_took_longest_first():
    sample = Sample()
    view = sample.enter("view", VIEW)
    for number in range(3):
        ran(sample, "a", params=[str(number)], rows=2)
    sample.enter("template", "page.html", "template", node="template")
    ran(sample, "b", after_ns=9_000)
    sample.exit()
    left = sample.exit()
    ran(sample, "c")
    for seq in (view, left):
        found = queries(sample, seq)
        assert titles(found) == [("SELECT b", 1), ("SELECT a", 3)]
        assert found["said"] == "4 queries of 2 sorts, 12 µs in all"
        assert [group["share"] for group in found["groups"]] == [75, 25]
        assert (found["groups"][1]["rows"], found["groups"][1]["longest"]) == ("6 rows", "1 µs")
        assert found["groups"][1]["place"] == "shop/views.py line 3"
    assert titles(queries(sample, view + 7)) == [("SELECT b", 1)]


def test_a_layer_has_only_its_own_and_each_direction_apart():
    sample = Sample()
    enter = sample.enter("middleware", LAYER, IN)
    ran(sample, "a")
    sample.point("middleware", LAYER, IN, moment="passed_on")
    sample.enter("view", VIEW)
    ran(sample, "b")
    sample.exit()
    sample.point("middleware", LAYER, OUT, moment="came_back")
    ran(sample, "c")
    left = sample.exit(OUT)
    assert titles(queries(sample, enter)) == [("SELECT a", 1)]
    assert titles(queries(sample, left)) == [("SELECT c", 1)]


def test_a_layer_that_answers_itself_has_all_inside_it():
    sample = Sample()
    enter = sample.enter("middleware", LAYER, IN)
    ran(sample, "a")
    sample.exit(IN)
    assert titles(queries(sample, enter)) == [("SELECT a", 1)]


def test_the_ends_tell_of_all_and_of_what_was_not_kept():
    sample = Sample()
    sample.point("client", "GET /", "client_request")
    ran(sample, "a")
    sample.head["omitted"] = {"database": 7}
    found = queries(sample, 0, is_end=True)
    assert (titles(found), found["omitted"]) == ([("SELECT a", 1)], 7)
    assert queries(sample, 0) is None


def test_failed_queries_are_counted_and_rows_that_are_not_known_not_said():
    sample = Sample()
    view = sample.enter("view", VIEW)
    ran(sample, "a")
    sample.enter("database", "default", sql="SELECT x", params=[])
    sample.exit(rows=None, error={"type": "DatabaseError", "message": None})
    failed = next(group for group in queries(sample, view)["groups"] if group["title"] == "SELECT")
    assert (failed["errors"], failed["rows"]) == (1, "")


def test_of_many_sorts_those_that_took_least_are_counted():
    sample = Sample()
    view = sample.enter("view", VIEW)
    for number in range(45):
        ran(sample, f"t{number}", after_ns=1_000 + number)
    found = queries(sample, view)
    assert (len(found["groups"]), found["more"], found["groups"][0]["title"]) == (40, 5, "SELECT t44")


@pytest.mark.usefixtures("shop")
def test_an_n_plus_one_is_named_where_the_queries_are_listed(traces):
    ask("wsgi", "/products/")
    view = of(traces.only, "view", "enter")[0]
    shown = unescape(render("visualizer/inspector/step.html", inspector_context(traces.only, view["seq"])))
    assert "<strong>24 × SELECT shop_review</strong>" in shown
    assert "24 queries followed Product.reviews" in shown
    assert "Each differs only in product_id" in shown
    assert 'data-explain="' in shown and "Go to the first of them" in shown
