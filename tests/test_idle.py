"""Ended traces are written down in quiet moments, at the latest when they are read."""

import os
import threading
import time

import pytest
from django.core import mail
from django.core.handlers.wsgi import WSGIHandler

from tests.driving import ask
from tests.site.settings import site
from visualizer import idle as idle_module
from visualizer import recorder
from visualizer.idle import LARGE, MOST_WAITING, Idle


class Unwritten:
    """Counts how often it was written down, and by whom."""

    def __init__(self, count=10):
        self.count = count
        self.by = []

    def write(self):
        self.by.append(threading.current_thread().name)


class Broken(Unwritten):
    def write(self):
        super().write()
        raise ValueError("cannot be written")


@pytest.fixture(autouse=True)
def _as_in_no_test(monkeypatch):
    monkeypatch.delattr(mail, "outbox")


def until(condition, seconds=10):
    ends = time.monotonic() + seconds
    while not condition() and time.monotonic() < ends:
        time.sleep(0.005)
    assert condition()


def test_a_trace_is_written_down_once_by_the_thread_that_waits_for_quiet():
    idle, trace = Idle(), Unwritten()
    idle.put_off(trace)
    until(lambda: trace.by)
    later = Unwritten()
    idle.put_off(later)
    until(lambda: later.by)
    assert trace.by == later.by == ["visualizer"]


def test_while_requests_begin_no_moment_is_quiet(monkeypatch):
    monkeypatch.setattr(idle_module, "QUIET_S", 0.5)
    idle, trace = Idle(), Unwritten()
    idle.put_off(trace)
    ends = time.monotonic() + 1.2
    while time.monotonic() < ends:
        idle.stir()
        time.sleep(0.01)
    assert trace.by == []
    until(lambda: trace.by)


def test_where_too_many_wait_the_oldest_is_written_down_at_once(monkeypatch):
    monkeypatch.setattr(idle_module, "QUIET_S", 60)
    idle, traces = Idle(), [Unwritten() for _ in range(MOST_WAITING + 2)]
    for trace in traces:
        idle.put_off(trace)
    here = threading.current_thread().name
    assert [trace.by for trace in traces] == [[here], [here], *([[]] * MOST_WAITING)]


def test_a_large_trace_is_written_down_at_once():
    trace = Unwritten(LARGE + 1)
    Idle().put_off(trace)
    assert trace.by == [threading.current_thread().name]


def test_where_no_thread_is_to_be_had_it_is_written_down_at_once(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    trace = Unwritten()
    Idle().put_off(trace)
    assert trace.by == [threading.current_thread().name]


def test_what_cannot_be_written_down_is_logged_and_hinders_nothing(caplog):
    idle, broken, trace = Idle(), Broken(), Unwritten()
    idle.put_off(broken)
    idle.put_off(trace)
    until(lambda: trace.by)
    assert len(broken.by) == 1
    assert "could not be written down" in caplog.text


def test_a_forked_process_writes_down_its_own_only(monkeypatch):
    monkeypatch.setattr(recorder.idle, "_waiting", type(recorder.idle._waiting)())
    parents = Unwritten()
    recorder.idle.put_off(parents)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        mine = Unwritten()
        recorder.idle.put_off(mine)
        ends = time.monotonic() + 10
        while not mine.by and time.monotonic() < ends:
            time.sleep(0.005)
        os.write(write, f"{len(parents.by)} {len(mine.by)}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 20) == b"0 1"
    until(lambda: parents.by)
    assert len(parents.by) == 1


@pytest.mark.usefixtures("shop")
def test_a_trace_keeps_no_record_once_all_is_quiet(traces):
    with site("AllHooks"):
        assert ask("wsgi", "/queries/secret-word/").status == 200
        trace = traces[-1]
        assert trace.finished
        until(lambda: not trace.count)
        assert b"secret-word" in trace.as_json()


def test_of_many_requests_the_latest_wait(traces, monkeypatch):
    monkeypatch.setattr(idle_module, "QUIET_S", 1)
    with site():
        handler = WSGIHandler()
        for _ in range(MOST_WAITING + 10):
            assert ask("wsgi", "/plain/", handler=handler).status == 200
    assert [bool(trace.count) for trace in traces] == [False] * 10 + [True] * MOST_WAITING
    until(lambda: not any(trace.count for trace in traces))


def test_who_keeps_traces_tidies_up_after_each_that_is_written_down():
    idle, tidied = Idle(), []

    def tidy():
        tidied.append(threading.current_thread().name)

    idle.tidy_by(tidy)
    idle.tidy_by(tidy)
    idle.put_off(Unwritten())
    until(lambda: tidied)
    idle.put_off(Unwritten(LARGE + 1))
    assert tidied == ["visualizer", threading.current_thread().name]


def test_what_cannot_be_tidied_up_hinders_no_other(caplog):
    idle, tidied, broken = Idle(), [], Broken(LARGE + 1)
    idle.tidy_by(lambda: 1 / 0)
    idle.tidy_by(lambda: tidied.append(len(broken.by)))
    idle.put_off(broken)
    assert tidied == [1]
    assert "could not be written down" in caplog.text
    assert "could not be tidied up" in caplog.text


@pytest.mark.usefixtures("shop")
def test_what_is_read_is_complete_whether_it_waited_or_not(traces, monkeypatch):
    monkeypatch.setattr(idle_module, "QUIET_S", 60)
    with site("AllHooks"):
        handler = WSGIHandler()
        ask("wsgi", "/queries/", handler=handler)
        waited = traces[-1]
        assert waited.count
        told = waited.as_dict()
        assert not waited.count
        monkeypatch.setattr(mail, "outbox", [], raising=False)
        ask("wsgi", "/queries/", handler=handler)
    at_once = traces[-1].as_dict()
    assert [event["name"] for event in told["events"]] == [event["name"] for event in at_once["events"]]
    assert told["outcome"] == at_once["outcome"]
