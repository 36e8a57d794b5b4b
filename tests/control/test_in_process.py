"""One request through the project's own handlers, without a server."""

import time

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import StreamingHttpResponse
from django.test import override_settings

from tests.driving import INTERFACES, assert_well_formed, of
from tests.site.settings import site
from visualizer import recorder
from visualizer.control.in_process import NotRecorded, OutgoingRequest, exchange, is_header, run, run_and_answer

pytestmark = pytest.mark.usefixtures("shop", "traces")


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_request_runs_and_its_finished_trace_is_returned(interface):
    with site("AllHooks"):
        trace = run(OutgoingRequest("GET", "/queries/word/?page=2"), interface)
    assert trace.finished
    told = trace.as_dict()
    assert told["process"]["interface"] == interface
    assert told["process"]["server"] == "manage.py trace"
    assert (told["request"]["path"], told["request"]["query_string"]) == ("/queries/word/", "page=2")
    assert told["response"]["status"] == 200
    assert_well_formed(told)


@pytest.mark.parametrize("interface", INTERFACES)
def test_body_and_headers_are_sent(interface):
    request = OutgoingRequest("POST", "/echo/", [("X-Colour", "grün"), ("Content-Type", "text/plain")], b"the body")
    with site():
        told = run(request, interface).as_dict()
    headers = {name.lower(): value for name, value in told["request"]["headers"]}
    assert headers == {"host": "localhost", "content-length": "8", "x-colour": "grün", "content-type": "text/plain"}
    assert told["response"]["body_bytes"] == 8


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(
    "target", ["/queries/größe €/?q=größe €", "/queries/gr%C3%B6%C3%9Fe%20%E2%82%AC/?q=gr%C3%B6%C3%9Fe%20%E2%82%AC#top"]
)
def test_a_path_may_be_given_as_people_or_as_browsers_write_it(target, interface):
    with site():
        told = run(OutgoingRequest("GET", target), interface).as_dict()
    assert told["request"]["path"] == "/queries/größe €/"
    assert told["request"]["query_string"] == "q=gr%C3%B6%C3%9Fe%20%E2%82%AC"
    assert of(told, "database", "enter")[0]["detail"]["params"] == ["größe €"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_host_and_a_length_that_are_given_are_kept(interface):
    request = OutgoingRequest("POST", "/echo/", [("Host", "127.0.0.1"), ("Content-Length", "3")], b"12345")
    with site():
        told = run(request, interface).as_dict()
    headers = {name.lower(): value for name, value in told["request"]["headers"]}
    assert (headers["host"], headers["content-length"]) == ("127.0.0.1", "3")


@pytest.mark.parametrize(
    ("hosts", "host"),
    [([], "localhost"), (["*"], "localhost"), ([".example.org", "shop.example.org"], "shop.example.org")],
)
def test_the_host_is_one_that_the_project_allows(hosts, host):
    with site(ALLOWED_HOSTS=hosts):
        assert OutgoingRequest("GET", "/").all_headers() == [("Host", host)]


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_stream_is_read_to_its_end(interface):
    with site():
        told = run(OutgoingRequest("GET", "/stream/" if interface == "wsgi" else "/async-stream/"), interface).as_dict()
    assert told["response"]["body_bytes"] == 13


@pytest.mark.parametrize("interface", INTERFACES)
def test_of_requests_inside_the_request_the_outer_one_is_returned(interface, traces):
    with site():
        trace = run(OutgoingRequest("GET", "/asks-itself/"), interface)
    assert trace.as_dict()["request"]["path"] == "/asks-itself/"
    assert len(traces) == 2


@pytest.mark.parametrize("interface", INTERFACES)
@override_settings(VISUALIZER={"IGNORE": ("/plain/",)})
def test_a_path_that_is_never_recorded_is_an_error_that_says_so(interface):
    with site(), pytest.raises(NotRecorded, match="IGNORE"):
        run(OutgoingRequest("GET", "/plain/"), interface)


@pytest.mark.parametrize("interface", INTERFACES)
def test_no_sink_is_left_behind(interface):
    before = list(recorder._sinks)
    with site("RaisesWhenMade"), pytest.raises(ValueError, match="wrong settings"):
        run(OutgoingRequest("GET", "/plain/"), interface)
    assert recorder._sinks == before


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_answer_is_what_a_client_would_have_received(interface):
    with site():
        answer = exchange(OutgoingRequest("POST", "/echo/", [], b"the body"), interface)
        stream = exchange(OutgoingRequest("GET", "/stream/" if interface == "wsgi" else "/async-stream/"), interface)
    assert (answer.status, answer.body) == (200, b"the body")
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert answer.header("X-None") is None
    assert len(stream.body) == 13


def test_a_client_that_goes_away_is_seen_by_asgi():
    with site():
        trace, answer = run_and_answer(OutgoingRequest("GET", "/waits/", abort_after_ms=20), "asgi")
    told = trace.as_dict()
    assert told["outcome"]["kind"] == "disconnected"
    assert of(told, "server", "point", "http.disconnect")
    assert (answer.status, answer.body) == (0, b"")


def test_a_client_that_goes_away_reads_no_more_by_wsgi(monkeypatch):
    def parts():
        for number in range(100):
            time.sleep(0.01)
            yield str(number).encode()

    monkeypatch.setattr(WSGIHandler, "resolve_request", lambda *_: (lambda _: StreamingHttpResponse(parts()), (), {}))
    with site():
        trace, answer = run_and_answer(OutgoingRequest("GET", "/plain/", abort_after_ms=50), "wsgi")
    assert trace.finished
    assert answer.body.startswith(b"0123")
    assert len(answer.body) < 20


@pytest.mark.parametrize(
    ("name", "value", "is_one"),
    [
        ("X-Colour", "grün", True),
        ("X-Empty", "", True),
        ("X Y", "1", False),
        ("", "1", False),
        ("X-Price", "1 €", False),
        ("X-A", "1\r\nX-B: 2", False),
    ],
)
def test_what_no_client_could_send_is_no_header(name, value, is_one):
    assert is_header(name, value) is is_one
