"""A trace is read once for all its steps, and what is kept of that is bounded; told by counts, not by times."""

import json
import time

import pytest

from tests.driving import ask, of
from tests.lessons.sample import Sample
from tests.page.test_views import REPORT
from tests.site.settings import site
from visualizer.lessons.reading import Reading
from visualizer.page.inspector import step_context
from visualizer.page.readings import Readings, readings
from visualizer.recorder import Trace

pytestmark = pytest.mark.usefixtures("shop")

MANY = 2_000


class Counted(dict):
    """An event that counts how often events are looked at."""

    looks = 0

    def __getitem__(self, key):
        Counted.looks += 1
        return super().__getitem__(key)

    def get(self, key, default=None):
        Counted.looks += 1
        return super().get(key, default)


@pytest.fixture
def recorded(traces):
    """Return a function that records a request and gives its trace."""

    def record(path="/"):
        with site():
            ask("wsgi", path)
        return traces[-1]

    return record


@pytest.fixture
def read(monkeypatch):
    """The traces that were read, in their order."""
    found = []
    original = Trace.as_dict

    def as_dict(self):
        found.append(self)
        return original(self)

    monkeypatch.setattr(Trace, "as_dict", as_dict)
    return found


def test_all_steps_of_a_finished_trace_read_it_once(recorded, read, visitor):
    trace = recorded()
    count = len(trace.events())
    for seq in range(count):
        assert visitor.get(f"traces/{trace.id}/steps/{seq}/").status == 200
    assert read.count(trace) == 1
    assert visitor.get(f"traces/{trace.id}/steps/{count}/").status == 404


def test_what_the_browser_reports_is_read_as_well(recorded, read, visitor):
    trace = recorded()
    before = len(readings.of(trace).events)
    trace.report_client(json.loads(REPORT))
    assert len(readings.of(trace).events) > before
    assert read.count(trace) == 2
    assert len(readings.of(trace).events) == len(trace.events())
    assert read.count(trace) == 2


def test_a_trace_that_runs_is_read_anew(recorded):
    trace, own = recorded(), Readings()
    trace.finished = False
    assert own.of(trace) is not own.of(trace)
    assert len(own) == 0
    trace.finished = True
    assert own.of(trace) is own.of(trace)


def test_the_oldest_readings_make_room_and_the_latest_stays_whatever_its_length(recorded):
    first, second = recorded(), recorded()
    count = len(first.events())
    roomy, small = Readings(most_events=2 * count), Readings(most_events=count - 1)
    for own in (roomy, small):
        kept = own.of(first)
        assert own.of(first) is kept
        own.of(second)
    assert (len(roomy), len(small)) == (2, 1)
    assert small.of(first) is not kept


def test_nothing_is_kept_for_long_after_the_last_step(recorded):
    own = Readings(idle_s=0.05)
    reading = own.of(recorded())
    assert len(own) == 1
    deadline = time.monotonic() + 10
    while len(own) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(own) == 0
    assert reading.events


@pytest.mark.parametrize("kind", ["database", "template", "transaction"])
def test_a_further_step_does_not_look_at_the_whole_trace_again(kind):
    sample = Sample(outcome={"kind": "completed", "by": "shop.views.list", "view_ran": True})
    sample.enter("view", "shop.views.list")
    sample.point("transaction", "begin", alias="default")
    for number in range(MANY):
        origin = {"where": "python", "file": "/shop/views.py", "line": 3, "function": "list"}
        facts = {"vendor": "sqlite", "sql": "SELECT 1 WHERE a = %s", "params": [str(number)], "origin": origin}
        sample.span("database", "default", {"rows": 1}, **facts)
    sample.span("template", "a.html", stage="template", node="template", template="a.html", file="/shop/a.html")
    sample.point("transaction", "commit", alias="default")
    sample.exit()
    trace = sample.as_dict()
    reading = Reading({**trace, "events": [Counted(event) for event in trace["events"]]})
    seqs = [event["seq"] for event in of(trace, kind) if event["phase"] != "exit"]
    looks = []
    for seq in (seqs[0], seqs[-1]):
        Counted.looks = 0
        step_context(reading, seq)
        looks.append(Counted.looks)
    assert looks[1] < 500 < MANY < looks[0]
