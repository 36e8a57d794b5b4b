import pytest

from tests.lessons.sample import LAYER, VIEW, Sample
from visualizer.lessons.reading import Reading


@pytest.fixture
def trace():
    sample = Sample()
    sample.enter("middleware", LAYER)
    sample.point("middleware", LAYER, moment="passed_on")
    sample.enter("view", VIEW)
    sample.span("database", "default")
    sample.enter("permission", "shop.buy")
    sample.span("database", "default")
    sample.exit()
    sample.exit(after_ns=5_000)
    sample.point("middleware", LAYER, moment="came_back")
    return sample


def test_an_event_that_is_not_there_is_a_lookup_error_that_says_how_many_there_are(trace):
    with pytest.raises(LookupError, match="no event 99; it has 11"):
        Reading(trace.as_dict()).event(99)


def test_a_span_knows_its_ends_and_its_duration(trace):
    reading = Reading(trace.as_dict())
    view = reading.event(2)
    assert reading.exit(view)["phase"] == "exit"
    assert reading.enter(reading.exit(view)) is view
    assert reading.duration_ns(view) == 5_000 + 3 * 1_000


def test_a_running_span_has_no_exit_and_no_duration(trace):
    reading = Reading(trace.as_dict())
    layer = reading.event(0)
    assert reading.exit(layer) is None
    assert reading.duration_ns(layer) is None
    assert reading.leaving(layer) == {}


def test_inside_finds_what_is_deeper_too_in_order(trace):
    reading = Reading(trace.as_dict())
    assert [event["seq"] for event in reading.inside(reading.event(2), "database")] == [3, 6]
    assert [event["kind"] for event in reading.children(reading.event(2))] == ["database", "permission"]


def test_a_layers_moments_are_its_own(trace):
    reading = Reading(trace.as_dict())
    assert reading.moment(reading.event(0), "passed_on")["seq"] == 1
    assert reading.moment(reading.event(0), "came_back")["seq"] == 10
    assert reading.moment(reading.event(2), "passed_on") is None


def test_a_head_without_events_can_be_read():
    reading = Reading(Sample().head)
    assert reading.of_kind("view") == []
    assert reading.omitted("database") == 0
