"""A trace as a tree of text."""

import re
import time

import pytest

from tests.driving import ask, handler_for, observe, sign_in
from tests.site.settings import site
from visualizer.export.tree import render_tree
from visualizer.recorder import add_sink, remove_sink

pytestmark = pytest.mark.usefixtures("shop")


def lines_of(trace):
    """What the lines of the tree say, without their times."""
    text = render_tree(trace)
    return [line[24:] for line in text.split("\n\n")[1].splitlines()[1:]]


def test_the_tree_of_a_small_request(traces):
    with site("AllHooks", "Slots"):
        ask("wsgi", "/queries/word/?page=1")
    text = render_tree(traces.only)
    assert text.startswith("GET /queries/word/?page=1: 200 in ")
    assert "(wsgi, Django " in text.splitlines()[0]
    lines = lines_of(traces.only)
    assert lines[0] == "client GET /queries/word/"
    assert lines[1].startswith("server WSGIHandler  wsgi, 4 bytes sent")
    assert lines.pop(2).startswith("│ signal request_started  ")
    assert lines[2].startswith("│ middleware AllHooks")
    assert lines[3].startswith("│ │ middleware Slots")
    assert lines[4].startswith("│ │ │ resolver /queries/word/  matched 'queries/<str:text>/'")
    assert "text='word'" in lines[4]
    assert lines[5:7] == ["│ │ │ hook AllHooks.process_view", "│ │ │ hook Slots.process_view"]
    assert lines[7] == "│ │ │ view queries  200"
    assert lines[8].startswith("│ │ │ │ database default  SELECT %s  [views.py:")
    assert lines[9] == "│ │ │ response HttpResponse  200"
    assert lines[-4:-2] == ["│ server start_response  200 OK", "│ server close"]
    assert lines[-2].startswith("│ signal request_finished  ")
    assert lines[-1] == "│ server closed"


def test_middleware_that_was_left_out_is_named_and_what_changed_nothing_is_quiet(traces):
    with site("function", "NotUsed", "NotUsedSilently"):
        ask("wsgi", "/plain/")
    lines = lines_of(traces.only)
    assert lines[1].endswith("bytes sent, left out: NotUsed (not in this project), NotUsedSilently")
    assert [line for line in lines if "middleware" in line] == ["│ middleware function"]


def test_a_proxy_is_told_with_the_time_that_the_request_waited(traces):
    with site():
        ask("wsgi", "/plain/", headers=(("Via", "1.1 edge"), ("X-Forwarded-For", "203.0.113.9")))
        ask("wsgi", "/plain/", headers=(("X-Request-Start", f"t={time.time() - 0.5:.3f}"),))
    unknown, queued = (lines_of(trace.as_dict())[1] for trace in traces)
    assert unknown == "proxy proxy  edge, for 203.0.113.9, queue time not known"
    assert re.fullmatch(r"proxy proxy  queued \d+\.\d\d m?s", queued)


def test_changes_of_a_middleware_are_signed(traces):
    with site("Changes"):
        ask("wsgi", "/plain/")
    [line] = [line for line in lines_of(traces.only) if "middleware" in line]
    assert "+ request.added" in line
    assert "~ status" in line
    assert "+ header X-Added" in line


def test_errors_and_answers_are_told(traces):
    with site("AllHooks", "Rescues"):
        observe(lambda: ask("wsgi", "/raises/"))
    with site("StopsIn"):
        ask("wsgi", "/plain/")
    with site():
        observe(lambda: ask("wsgi", "/nothing/"))
    rescued, stopped, missing = (lines_of(trace.as_dict()) for trace in traces)
    assert "│ │ │ view raises  raised ValueError: the view went wrong" in rescued
    assert any(
        "exception ValueError  the view went wrong raised in tests.site.views.raises" in line for line in rescued
    )
    assert any("middleware StopsIn  answered 403 itself" in line for line in stopped)
    assert any(line.startswith("│ resolver /nothing/  ") and "raised Resolver404" in line for line in missing)


def test_an_exception_is_told_with_its_line_and_what_came_before(traces):
    def view(request):
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error

    with site():
        observe(lambda: ask("wsgi", "/", handler=handler_for(view)))
    [line] = [line for line in lines_of(traces.only) if "exception ValueError" in line]
    number = view.__code__.co_firstlineno + 4
    assert line.endswith(f"<locals>.view, raised from KeyError  [test_tree.py:{number}]")


def test_each_line_has_a_time_and_a_duration(traces):
    ask("wsgi", "/products/wireless-headphones/", headers=(sign_in("john"),))
    table = render_tree(traces.only).split("\n\n")[1].splitlines()
    assert table[0].split() == ["at", "took"]
    assert all(line[:10].strip().endswith(("µs", "ms", " s")) for line in table[1:])
    assert len({len(line) - len(line[24:]) for line in table[1:]}) == 1


def test_what_was_not_kept_is_counted_below(traces):
    with site(VISUALIZER={"MAX_EVENTS": 20}):
        ask("wsgi", "/many-queries/")
    assert "more database events were not kept." in render_tree(traces.only)


def test_a_request_without_a_response_and_one_that_still_runs_have_a_tree(traces):
    seen = []

    class Sink:
        def on_begin(self, trace):
            seen.append(render_tree(trace.as_dict()))

        def on_end(self, trace):
            pass

    sink = Sink()
    add_sink(sink)
    try:
        with site():
            ask("wsgi", "/plain/")
    finally:
        remove_sink(sink)
    assert "no response" in seen[0]


def test_a_long_statement_is_cut_to_one_line(traces):
    ask("wsgi", "/products/wireless-headphones/")
    statements = [line for line in lines_of(traces.only) if "database" in line and "SELECT" in line]
    assert any("…" in line for line in statements)
    assert all(len(line) < 240 for line in statements)


def test_a_style_may_make_the_title_bold(traces):
    class Style:
        MIGRATE_HEADING = staticmethod(lambda text: f"*{text}*")

    with site():
        ask("wsgi", "/plain/")
    assert render_tree(traces.only, Style()).splitlines()[0].startswith("*GET /plain/")
