"""Laws 3 and 9 where work leaves the request's own line of calls: tasks, threads and requests inside requests."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.http import HttpResponse

from tests.driving import (
    ancestors,
    ask_asgi,
    ask_wsgi,
    assert_well_formed,
    enters,
    handler_for,
    of,
    one,
    sign_in,
)
from tests.site.settings import site
from visualizer.recorder import current, is_recording

pytestmark = pytest.mark.usefixtures("shop")
LAYERS = ["AllHooks", "Slots", "both"]


def assert_own(trace, number):
    """Nothing in this trace is another request's."""
    assert trace["request"]["path"].endswith(f"/{number}/")
    is_async = "async" in trace["request"]["path"]
    params = [param for event in of(trace, "database", "enter") for param in event["detail"]["params"]]
    assert params == [f"before {number}", *[f"after {number}"] * (2 if is_async else 1)]
    assert one(trace, "resolver", "enter")["name"] == trace["request"]["path"]
    assert len(enters(trace, "view")) == 1
    assert_well_formed(trace)


async def test_sync_and_async_views_on_one_loop_make_their_own_traces(traces):
    with site(*LAYERS):
        handler = ASGIHandler()
        paths = [f"/{'async-naps' if number % 2 else 'naps'}/{number}/" for number in range(30)]
        replies = await asyncio.gather(*(ask_asgi(path, handler=handler) for path in paths))
    assert [reply.text for reply in replies] == [str(number) for number in range(30)]
    by_path = {trace.head()["request"]["path"]: trace.as_dict() for trace in traces}
    assert set(by_path) == set(paths)
    for number, path in enumerate(paths):
        assert_own(by_path[path], number)


def test_requests_of_a_few_threads_that_work_through_many_make_their_own_traces(traces):
    with site(*LAYERS):
        handler = WSGIHandler()

        def send(number):
            try:
                return ask_wsgi(f"/naps/{number}/", handler=handler).text
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(send, range(30))) == [str(number) for number in range(30)]
    for trace in (trace.as_dict() for trace in traces):
        assert_own(trace, int(trace["request"]["path"].split("/")[-2]))
        assert len({event["thread"] for event in trace["events"]}) == 1


async def test_a_request_s_private_thread_is_in_its_trace_only(traces):
    with site():
        handler = ASGIHandler()
        await asyncio.gather(*(ask_asgi(f"/naps/{number}/", handler=handler) for number in range(10)))
    threads = [{event["thread"] for event in trace.as_dict()["events"]} - {"MainThread"} for trace in traces]
    assert all(len(found) == 1 for found in threads)
    assert len(set.union(*threads)) == 10


async def test_tasks_of_one_view_keep_their_nesting(traces):
    with site("AllHooks", "MarkedAsync"):
        await ask_asgi("/gathers/", handler=ASGIHandler())
    trace = traces.only
    queries = of(trace, "database", "enter")
    assert sorted(query["detail"]["params"][0] for query in queries) == [f"task {number}" for number in range(5)]
    assert {ancestors(trace, query)[0] for query in queries} == {"view tests.site.views.gathers"}
    assert_well_formed(trace)


def test_a_bare_thread_s_work_is_in_no_trace(traces):
    with site():
        ask_wsgi("/bare-thread/", handler=WSGIHandler())
    assert not of(traces.only, "database")


def test_nothing_is_left_behind_after_a_request(traces):
    john = sign_in("john")
    ask_wsgi("/products/wireless-headphones/", handler=WSGIHandler(), headers=(john,))
    assert current.get() is None
    assert not is_recording()
    sign_in("sarah")
    assert len(traces) == 1


async def test_a_request_made_inside_another_has_its_own_trace(traces):
    async def view(request):
        await ask_asgi("/queries/inner/", handler=ASGIHandler())
        await sync_to_async(ask_wsgi)("/queries/innermost/", handler=WSGIHandler())
        return HttpResponse("outer")

    with site("AllHooks"):
        reply = await ask_asgi("/outer/", handler=handler_for(view, "asgi"))
    assert reply.text == "outer"
    whole = [trace.as_dict() for trace in traces]
    assert [trace["request"]["path"] for trace in whole] == ["/outer/", "/queries/inner/", "/queries/innermost/"]
    assert [len(of(trace, "database", "enter")) for trace in whole] == [0, 1, 1]
    for trace in whole:
        assert_well_formed(trace)
