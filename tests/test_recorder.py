"""The one place that writes: what probes hand over, and what sinks and the page read."""

import json
import re
import threading

import pytest
from django.http import HttpResponse
from django.test import override_settings

from tests.driving import ask, assert_well_formed, handler_for, of
from tests.site.settings import site
from tests.site.views import one_query
from visualizer import events as ev
from visualizer.recorder import (
    Trace,
    add_sink,
    begin,
    clock,
    current,
    finish,
    is_recording,
    process_facts,
    remove_sink,
    suspended,
)


def source(_):
    return "GET", "/path/", "page=2", [("Accept", "text/html")]


@pytest.fixture
def trace():
    return Trace("test", "tests.Handler", None, source)


def names(trace, start=0):
    return [(event["seq"], event["phase"], event["name"]) for event in trace.events(start)]


def test_spans_and_points_are_told_in_order(trace):
    outer = trace.enter(clock(), 0, "view", ev.VIEW, "outer", {"a": 1})
    trace.point(clock(), outer, "view", ev.TRANSACTION, "commit")
    inner = trace.enter(clock(), outer, "template", ev.TEMPLATE, "inner")
    trace.exit(clock(), inner, "template")
    trace.exit(clock(), outer, "view", {"b": 2})
    assert names(trace) == [
        (0, "enter", "outer"),
        (1, "point", "commit"),
        (2, "enter", "inner"),
        (3, "exit", "inner"),
        (4, "exit", "outer"),
    ]
    told = trace.events()
    assert [event["parent"] for event in told] == [None, outer, outer, outer, None]
    assert [event["span"] for event in told] == [outer, None, inner, inner, outer]
    assert [event["kind"] for event in told] == ["view", "transaction", "template", "template", "view"]
    assert (told[0]["detail"], told[3]["detail"], told[4]["detail"]) == ({"a": 1}, {}, {"b": 2})
    assert [event["t_ns"] for event in told] == sorted(event["t_ns"] for event in told)
    assert {event["thread"] for event in told} == {"MainThread"}


def test_details_are_worked_out_once_and_when_they_are_asked_for(trace):
    calls = []

    def describe(word):
        calls.append(word)
        return {"word": word}

    trace.point(clock(), 0, "view", ev.TRANSACTION, "commit", (describe, "w"))
    assert calls == []
    assert trace.events()[0]["detail"] == {"word": "w"}
    trace.events()
    finish(trace, clock())
    assert trace.events()[0]["detail"] == {"word": "w"}
    assert calls == ["w"]


def test_events_may_be_asked_for_from_a_number_on_while_the_request_runs(trace):
    trace.point(clock(), 0, "view", ev.TRANSACTION, "first")
    assert names(trace) == [(0, "point", "first")]
    trace.point(clock(), 0, "view", ev.TRANSACTION, "second")
    assert names(trace, 1) == [(1, "point", "second")]
    assert names(trace, 2) == []


def test_other_threads_may_read_while_one_writes(trace):
    read, stop = [], threading.Event()

    def reader():
        while not stop.is_set():
            read.append([event["seq"] for event in trace.events()])

    thread = threading.Thread(target=reader)
    thread.start()
    for number in range(2000):
        span = trace.enter(clock(), 0, "view", ev.DATABASE, str(number))
        trace.exit(clock(), span, "view")
    stop.set()
    thread.join()
    assert all(found == list(range(len(found))) for found in read)
    assert len(trace.events()) == 4000
    assert_well_formed(trace.as_dict())


def test_many_threads_may_write(trace):
    def writer(name):
        # Where one has ended before the next begins, the interpreter gives both the same number.
        for _ in range(500):
            trace.exit(clock(), trace.enter(clock(), 0, "view", ev.DATABASE, name), "view")

    threads = [threading.Thread(target=writer, args=(f"writer {number}",), name=f"T{number}") for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = trace.as_dict()
    assert_well_formed(told)
    assert len(told["events"]) == 4000
    assert {(event["name"], event["thread"]) for event in told["events"]} == {
        (f"writer {number}", f"T{number}") for number in range(4)
    }


def test_the_head_says_what_is_known_yet(trace):
    head = trace.head()
    assert head["schema"] == 1
    assert re.fullmatch("[0-9a-f]{16}", head["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", head["started_at"])
    assert head["process"] == {**process_facts(), "interface": "test", "server": None}
    assert head["request"] == {
        "method": "GET",
        "path": "/path/",
        "query_string": "page=2",
        "headers": [["Accept", "text/html"]],
    }
    assert head["response"] is None
    assert head["outcome"] == {"kind": None, "by": None, "view_ran": False}
    assert head["duration_ns"] is None
    assert "events" not in head
    trace.response = 200, [(b"Content-Type", b"text/plain")]
    assert trace.head()["response"] == {
        "status": 200,
        "headers": [["Content-Type", "text/plain"]],
        "content_type": "text/plain",
        "body_bytes": None,
        "streaming": False,
    }
    json.dumps(trace.as_dict())


def test_a_finished_trace_does_not_change_any_more(trace):
    span = trace.enter(clock(), 0, "view", ev.VIEW, "view")
    trace.exit(clock(), span, "view")
    finish(trace, clock())
    before = trace.as_dict()
    finish(trace, clock())
    trace.exit(clock(), span, "view")
    trace.point(clock(), 0, "view", ev.DATABASE, "late")
    assert trace.enter(clock(), 0, "view", ev.DATABASE, "late") == 0
    after = trace.as_dict()
    assert after["events"] == before["events"]
    assert after["duration_ns"] == before["duration_ns"] > 0
    assert after["omitted"] == {"database": 2}


def test_what_is_still_open_can_be_abandoned(trace):
    trace.server_span = trace.enter(clock(), 0, "server_request", ev.SERVER, "server")
    outer = trace.enter(clock(), trace.server_span, "view", ev.VIEW, "view")
    trace.enter(clock(), outer, "template", ev.TEMPLATE, "template")
    trace.abandon(clock())
    trace.exit(clock(), trace.server_span, "server_response")
    assert names(trace)[3:] == [(3, "exit", "template"), (4, "exit", "view"), (5, "exit", "server")]
    assert [event["detail"] for event in trace.events()[3:]] == [{"unfinished": True}, {"unfinished": True}, {}]


def test_the_recorder_s_own_time_is_counted(trace):
    started = clock()
    for _ in range(50):
        span = trace.enter(clock(), 0, "view", ev.DATABASE, "query")
        trace.exit(clock(), span, "view")
    assert 0 < trace.overhead_ns < clock() - started


def test_a_fault_is_an_event_where_it_happened(trace):
    span = trace.enter(clock(), 0, "template", ev.TEMPLATE, "page.html")
    current.set((trace, span, "template"))
    assert trace.fault("template", ValueError("what went wrong")) == 0
    current.set(None)
    fault = trace.events()[-1]
    assert (fault["kind"], fault["name"], fault["stage"], fault["parent"]) == ("recorder", "fault", "template", span)
    assert fault["detail"] == {"probe": "template", "error": "ValueError"}


def test_a_source_that_cannot_be_read_is_a_fault():
    def broken(_):
        raise ValueError("no such request")

    trace = Trace("test", "tests.Handler", None, broken)
    assert trace.head()["request"] == {"method": "", "path": "", "query_string": "", "headers": []}
    assert [event["name"] for event in trace.events()] == ["fault"]


class Noting:
    """A sink that notes what it is told."""

    def __init__(self):
        self.told = []

    def on_begin(self, trace):
        self.told.append(("begin", trace.id, trace.finished))

    def on_end(self, trace):
        self.told.append(("end", trace.id, trace.finished))


@pytest.fixture
def noting():
    sink = Noting()
    add_sink(sink)
    yield sink
    remove_sink(sink)


def test_a_sink_is_told_of_the_begin_and_once_of_the_end(noting):
    trace = begin("test", "tests.Handler", None, source)
    assert noting.told == [("begin", trace.id, False)]
    finish(trace, clock())
    finish(trace, clock())
    assert noting.told == [("begin", trace.id, False), ("end", trace.id, True)]


def test_a_sink_that_is_added_twice_is_told_once(noting):
    add_sink(noting)
    begin("test", "tests.Handler", None, source)
    assert len(noting.told) == 1


def test_a_sink_that_is_removed_is_told_no_more(noting):
    trace = begin("test", "tests.Handler", None, source)
    remove_sink(noting)
    remove_sink(noting)
    finish(trace, clock())
    assert [what for what, *_ in noting.told] == ["begin"]


# Law 8: it does not see itself.


@pytest.mark.usefixtures("shop")
def test_nothing_is_recorded_while_recording_is_suspended(traces):
    seen = []

    def view(request):
        seen.append(is_recording())
        with suspended():
            seen.append(is_recording())
            one_query("the program's own")
        seen.append(is_recording())
        one_query("the view's")
        return HttpResponse()

    with site():
        ask("wsgi", "/", handler=handler_for(view))
    assert seen == [True, False, True]
    assert [event["detail"]["params"] for event in of(traces.only, "database", "enter")] == [["the view's"]]
    assert not is_recording()


@pytest.mark.usefixtures("shop")
@override_settings(DEBUG=True)
@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_the_program_s_own_pages_are_in_no_trace(interface, traces):
    assert ask(interface, "/__visualizer__/").status == 200
    assert ask(interface, "/__visualizer__/traces/").status == 200
    assert traces == []


def test_a_trace_is_the_same_as_json_and_as_a_dict(trace):
    trace.exit(clock(), trace.enter(clock(), 0, "view", ev.VIEW, "view", {"a": "é"}), "view")
    assert json.loads(trace.as_json()) == trace.as_dict()
    finish(trace, clock())
    assert json.loads(trace.as_json()) == trace.as_dict()
