"""The store in memory keeps the latest traces and counts those it gave up."""

import threading

import pytest

from visualizer.recorder import Trace
from visualizer.stores.memory import MemoryStore


def make_trace(finished: bool = True) -> Trace:
    trace = Trace("asgi", "ASGIHandler", None, lambda _: ("GET", "/", "", []))
    trace.finished = finished
    return trace


@pytest.fixture
def store():
    return MemoryStore(max_traces=3)


def keep(store, *traces):
    for trace in traces:
        store.on_begin(trace)


def test_a_trace_is_found_by_its_id_from_its_begin_on(store):
    trace = make_trace(finished=False)
    store.on_begin(trace)
    assert store.get(trace.id) is trace
    assert store.get("0000000000000000") is None


def test_recent_is_newest_first_with_running_ones(store):
    first, second = make_trace(), make_trace(finished=False)
    keep(store, first, second)
    assert store.recent() == [second, first]
    assert store.recent(limit=1) == [second]


def test_the_oldest_goes_and_is_counted(store):
    traces = [make_trace() for _ in range(5)]
    keep(store, *traces)
    assert store.recent() == traces[:1:-1]
    assert store.dropped == 2


def test_a_running_trace_stays_and_the_oldest_finished_goes(store):
    running, finished = make_trace(finished=False), make_trace()
    keep(store, running, finished, make_trace(), make_trace())
    assert store.get(running.id) is running
    assert store.get(finished.id) is None


def test_running_traces_over_the_limit_go_when_they_have_finished(store):
    traces = [make_trace(finished=False) for _ in range(5)]
    keep(store, *traces)
    assert len(store.recent()) == 5
    for trace in traces:
        trace.finished = True
    store.tidy()
    assert store.recent() == traces[:1:-1]


def test_traces_that_never_end_are_bounded_too(store):
    keep(store, *(make_trace(finished=False) for _ in range(50)))
    assert len(store.recent()) == 6
    assert store.dropped == 44


def test_the_limit_comes_from_the_settings(settings):
    settings.VISUALIZER = {"MAX_TRACES": 2}
    store = MemoryStore()
    keep(store, *(make_trace() for _ in range(4)))
    assert len(store.recent()) == 2


def test_clear_forgets_everything(store):
    keep(store, *(make_trace() for _ in range(5)))
    store.clear()
    assert (store.recent(), store.dropped) == ([], 0)


def test_many_threads_lose_no_trace(store):
    store = MemoryStore(max_traces=10_000)

    def work():
        for _ in range(200):
            trace = make_trace(finished=False)
            store.on_begin(trace)
            store.recent(5)
            trace.finished = True
            store.tidy()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.recent(limit=10_000)) == 1600
    assert store.dropped == 0
