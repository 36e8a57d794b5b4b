"""What a browser reports of a request becomes stages 1 and 10 of its trace."""

import orjson
import pytest
from django.http import HttpResponse

from tests.driving import ask, handler_for
from tests.site.settings import site
from visualizer.client_report import ClientReport
from visualizer.recorder import Trace
from visualizer.redaction import HIDDEN

MS = 1_000_000
REPORT = {
    "start_epoch_ns": 0,
    "queued_ns": 1 * MS,
    "connect_ns": 2 * MS,
    "first_byte_ns": 30 * MS,
    "download_ns": 3 * MS,
    "total_ns": 40 * MS,
    "protocol": "http/1.1",
    "transfer_bytes": 900,
    "body_bytes": 800,
    "decoded_bytes": 2000,
    "status": 200,
    "rendered": "a page titled Larkspur with 120 elements",
    "subrequests": [{"path": "/static/shop.css", "initiator": "link", "duration_ns": 5 * MS, "status": 200}],
}
INTEGERS = [key for key, value in REPORT.items() if type(value) is int]
TEXTS = [key for key, value in REPORT.items() if type(value) is str]


@pytest.fixture
def trace(shop, traces):
    with site():
        ask("wsgi", "/plain/?token=secret-token-1")
    return traces[0]


def report(trace: Trace, after_ns: int = 0, **changes):
    """A report whose clock is the server's, the browser having begun 5 ms before it."""
    return {**REPORT, "start_epoch_ns": trace.started_epoch_ns - 5 * MS + after_ns, **changes}


def browser_events(trace):
    return [event for event in trace.events() if event["name"] == "browser"]


def test_a_report_adds_the_first_and_the_last_stage(trace):
    before = trace.events()
    trace.report_client(report(trace))
    sent, got = browser_events(trace)
    assert trace.events()[: len(before)] == before
    assert (sent["stage"], got["stage"]) == ("client_request", "client_response")
    assert [event["seq"] for event in (sent, got)] == [len(before), len(before) + 1]
    assert (sent["t_ns"], got["t_ns"]) == (-5 * MS, 35 * MS)
    assert sent["detail"] == {
        "start_ns": trace.started_epoch_ns - 5 * MS,
        "queued_ns": MS,
        "connect_ns": 2 * MS,
        "protocol": "http/1.1",
        "clock": "shared",
    }
    assert got["detail"]["rendered"] == REPORT["rendered"]
    assert got["detail"]["subrequests"] == REPORT["subrequests"]


def test_a_second_report_changes_nothing(trace):
    trace.report_client(report(trace))
    once = trace.as_dict()
    trace.report_client(report(trace, status=500))
    assert trace.as_dict() == once


def test_a_running_request_takes_no_report(traces, shop):
    def view(request):
        traces[0].report_client(report(traces[0]))
        return HttpResponse()

    with site():
        ask("wsgi", "/", handler=handler_for(view))
    assert browser_events(traces[0]) == []


@pytest.mark.parametrize("after_ns", [-3600 * 1000 * MS, 3600 * 1000 * MS])
def test_clocks_that_contradict_each_other_are_laid_around_the_server_s_time(after_ns, trace):
    trace.report_client(report(trace, after_ns))
    sent, got = browser_events(trace)
    assert sent["detail"]["clock"] == got["detail"]["clock"] == "estimated"
    assert got["t_ns"] - sent["t_ns"] == REPORT["total_ns"]
    assert sent["t_ns"] < 0 < got["t_ns"]


def test_a_browser_s_coarse_clock_is_no_contradiction(trace):
    trace.report_client(report(trace, 5 * MS + 400_000))
    assert browser_events(trace)[0]["t_ns"] == 0
    assert browser_events(trace)[0]["detail"]["clock"] == "shared"


@pytest.mark.parametrize("key", REPORT)
def test_a_key_that_is_missing_is_named(key):
    with pytest.raises(ValueError, match=f"lacks '{key}'"):
        ClientReport.from_dict({name: value for name, value in REPORT.items() if name != key})


@pytest.mark.parametrize("key", INTEGERS)
@pytest.mark.parametrize("value", ["1", 1.5, None, True, -1, 2**63])
def test_a_number_of_the_wrong_kind_is_named(key, value):
    with pytest.raises(ValueError, match=f"'{key}' must be a whole number of at least 0, not"):
        ClientReport.from_dict({**REPORT, key: value})


@pytest.mark.parametrize("key", [*TEXTS, "subrequests"])
@pytest.mark.parametrize("value", [1, None, {}])
def test_a_text_or_list_of_the_wrong_kind_is_named(key, value):
    with pytest.raises(ValueError, match=f"'{key}' must be a (text|list), not"):
        ClientReport.from_dict({**REPORT, key: value})


@pytest.mark.parametrize("given", [[], "report", None])
def test_what_is_no_object_is_refused(given):
    with pytest.raises(ValueError, match="The report must be an object, not"):
        ClientReport.from_dict(given)


@pytest.mark.parametrize(
    ("subrequest", "message"),
    [
        ("/a", "A subrequest must be an object, not str"),
        ({"path": 1}, "'path' must be a text, not 1"),
        ({"duration_ns": "1"}, "'duration_ns' must be a whole number, not '1'"),
        ({"status": 10**30}, "'status' must be a whole number"),
    ],
)
def test_a_wrong_subrequest_is_named_and_nothing_is_added(subrequest, message, trace):
    before = trace.as_dict()
    with pytest.raises(ValueError, match=message):
        trace.report_client(report(trace, subrequests=[subrequest]))
    assert trace.as_dict() == before


def test_texts_and_subrequests_are_bounded(trace):
    many = [{"path": "/" + "p" * 1000, "initiator": "i" * 100}] * 150
    trace.report_client(report(trace, rendered="r" * 5000, protocol="h" * 5000, subrequests=many))
    sent, got = browser_events(trace)
    assert len(got["detail"]["rendered"]) == len(sent["detail"]["protocol"]) == 2000
    assert len(got["detail"]["subrequests"]) == 100
    assert (len(got["detail"]["subrequests"][0]["path"]), len(got["detail"]["subrequests"][0]["initiator"])) == (
        500,
        40,
    )


def test_secrets_are_hidden_in_a_report_too(trace):
    paths = [{"path": "/next/?token=other-token-2&page=1"}, {"path": "/secret-token-1/"}]
    trace.report_client(report(trace, rendered="page of secret-token-1", subrequests=paths))
    text = orjson.dumps(trace.as_dict()).decode()
    assert "secret-token-1" not in text
    assert "other-token-2" not in text
    assert browser_events(trace)[1]["detail"]["subrequests"][0]["path"] == f"/next/?token={HIDDEN}&page=1"
