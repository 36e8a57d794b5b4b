"""Law 5: whatever has no end in the application has one in a trace, and what went over is counted."""

import tracemalloc

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import override_settings

from tests.driving import INTERFACES, ask, handler_for, of, one
from tests.site.settings import site

pytestmark = pytest.mark.usefixtures("shop")


def limits(**settings):
    return override_settings(VISUALIZER={name.upper(): value for name, value in settings.items()})


def counts(trace):
    """Enters and points of a trace by kind; exits are the ends of what is counted already."""
    found = {}
    for event in trace["events"]:
        if event["phase"] != "exit":
            found[event["kind"]] = found.get(event["kind"], 0) + 1
    return found


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("most", [1, 2, 3, 5, 8, 13, 21, 50])
def test_events_over_the_limit_are_counted_exactly(most, interface, traces):
    with site("AllHooks", "Slots", "function"):
        ask(interface, "/many-queries/")
        with limits(max_events=most):
            reply = ask(interface, "/many-queries/")
    assert reply.text == "50"
    whole, short = (trace.as_dict() for trace in traces)
    kept = counts(short)
    assert {kind: kept.get(kind, 0) + short["omitted"].get(kind, 0) for kind in counts(whole)} == counts(whole)
    assert whole["omitted"] == {}
    assert short["outcome"] == whole["outcome"]
    assert short["response"] == whole["response"]


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("most", range(1, 22))
def test_a_span_that_was_kept_is_exited_and_knows_its_parent(most, interface, traces):
    with site("AllHooks", "Slots", "function"), limits(max_events=most):
        ask(interface, "/template/")
    trace = traces.only
    entered = [event["span"] for event in trace["events"] if event["phase"] == "enter"]
    exited = [event["span"] for event in trace["events"] if event["phase"] == "exit"]
    assert sorted(entered) == sorted(exited)
    assert {event["parent"] for event in trace["events"]} <= {None, *entered}


def test_points_of_a_layer_that_is_not_kept_are_no_other_layer_s(traces):
    with site("AllHooks", "Slots", "function"):
        ask("wsgi", "/plain/")
        whole = traces[0].as_dict()
        first = next(event["seq"] for event in of(whole, "middleware", "enter") if event["name"].endswith("Slots"))
        with limits(max_events=first):
            ask("wsgi", "/plain/")
    assert {event["name"] for event in of(traces[1].as_dict(), "middleware")} == {"tests.site.middleware.AllHooks"}


@pytest.mark.parametrize("interface", INTERFACES)
def test_long_texts_are_cut(interface, traces):
    with site("AllHooks"), limits(max_value_bytes=20):
        ask(
            interface,
            f"/queries/{'x' * 100}/?page={'y' * 100}",
            headers=(("User-Agent", "z" * 100), ("X-Word", "w" * 100)),
        )
    trace = traces.only
    query = one(trace, "database", "enter")["detail"]
    assert query["params"] == ["x" * 19 + "…"]
    assert trace["request"]["path"] == "/queries/" + "x" * 10 + "…"
    assert trace["request"]["query_string"] == "page=" + "y" * 14 + "…"
    assert [value for name, value in trace["request"]["headers"] if name.lower() == "x-word"] == ["w" * 19 + "…"]
    assert of(trace, "client")[0]["detail"]["user_agent"] == "z" * 19 + "…"
    assert one(trace, "resolver", "enter")["name"] == "/queries/" + "x" * 10 + "…"


def test_a_long_message_of_an_error_and_a_long_statement_are_cut(traces):
    def view(request):
        raise ValueError("a" * 5000)

    with site():
        ask("wsgi", "/", handler=handler_for(view))
        with limits(max_value_bytes=40):
            ask("wsgi", "/many-queries/")
            ask("wsgi", "/bad-query/")
    assert len(one(traces[0].as_dict(), "exception")["detail"]["message"]) == 2000
    statement = one(traces[2].as_dict(), "database", "enter")["detail"]["sql"]
    assert statement == "SELECT word FROM nowhere"


def test_many_headers_and_cookies_are_bounded(traces):
    headers = tuple((f"X-{number}", "v" * 3000) for number in range(50))
    with site():
        ask("wsgi", "/plain/", headers=headers)
    assert all(len(value) <= 2000 for _, value in traces.only["request"]["headers"])


def test_what_a_task_does_after_the_end_is_not_kept(traces):
    later = []

    def view(request):
        trace = traces[0]
        later.append(lambda: trace.point(0, 0, "view", "database", "late"))
        return HttpResponse()

    with site():
        ask("wsgi", "/", handler=handler_for(view))
    before = traces.only["events"]
    later[0]()
    assert traces.only["events"] == before
    assert traces.only["omitted"] == {"database": 1}


def asks_for_permission(times):
    def view(request):
        user = AnonymousUser()
        for _ in range(times):
            user.has_perm("shop.view_product")
        return HttpResponse()

    return handler_for(view)


def memory_of(times):
    """Bytes that a request with so many permission checks takes: at most, and after it. Each makes two events."""
    handler = asks_for_permission(times)
    tracemalloc.start()
    try:
        ask("wsgi", "/", handler=handler)
        kept, most = tracemalloc.get_traced_memory()
        return most, kept
    finally:
        tracemalloc.stop()


def test_a_trace_of_100_000_events_takes_no_more_memory_than_one_at_its_limit(traces):
    """The limit is the default of 20,000 events."""
    with site():
        most_at_the_limit, kept_at_the_limit = memory_of(11_000)
        most, kept = memory_of(50_000)
    for trace, times in zip(traces, (11_000, 50_000), strict=True):
        spans = 2 * counts(trace.as_dict())["permission"]
        assert 19_900 < spans <= 20_000
        assert spans // 2 + trace.omitted["permission"] == times
    assert most < 1.1 * most_at_the_limit < 30_000_000
    assert kept < 1.1 * kept_at_the_limit < 6_000_000
