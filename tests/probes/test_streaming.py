"""The body of a response on its way out."""

import asyncio
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client

from tests.driving import (
    INTERFACES,
    ancestors,
    ask,
    ask_asgi,
    ask_wsgi,
    assert_well_formed,
    both_ways,
    environ_of,
    exit_of,
    handler_for,
    observe,
    of,
    one,
    probes_off,
)
from tests.site.settings import own, site
from tests.site.views import CHUNKS
from visualizer import lifecycle
from visualizer.probes import server, streaming

pytestmark = pytest.mark.usefixtures("shop")
WHOLE = b"".join(CHUNKS)
QUERY_STREAM = {"wsgi": "/query-stream/", "asgi": "/async-query-stream/"}
BROKEN_STREAM = {"wsgi": "/broken-stream/", "asgi": "/broken-async-stream/"}


@pytest.mark.parametrize("interface", INTERFACES)
def test_queries_of_a_stream_are_recorded_in_the_server_s_span(interface, traces):
    with site():
        reply = ask(interface, QUERY_STREAM[interface])
    trace = traces.only
    assert reply.text == "row 0row 1row 2"
    queries = of(trace, "database", "enter")
    assert [event["detail"]["params"] for event in queries] == [["row 0"], ["row 1"], ["row 2"]]
    assert {event["stage"] for event in queries} == {"server_response"}
    assert {event["parent"] for event in queries} == {one(trace, "server", "enter")["span"]}
    assert trace["response"]["streaming"] is True
    assert_well_formed(trace)


def test_each_part_of_a_stream_is_a_point_of_the_server_under_wsgi(traces):
    with site():
        reply = ask("wsgi", "/stream/")
    trace = traces.only
    assert reply.chunks == CHUNKS
    parts = of(trace, "server", "point", "body")
    assert [part["detail"]["bytes"] for part in parts] == [4, 4, 5]
    assert exit_of(trace, one(trace, "server", "enter"))["detail"] == {"body_bytes": 13, "chunks": 3}
    assert trace["response"]["body_bytes"] == 13
    assert [event["name"] for event in of(trace, "server", "point")] == [
        "start_response",
        *["body"] * 3,
        "close",
        "closed",
    ]


def test_parts_are_seen_once_as_messages_under_asgi(traces):
    with site():
        ask("asgi", "/async-stream/")
    trace = traces.only
    assert not of(trace, "server", "point", "body")
    assert [event["detail"]["bytes"] for event in of(trace, "server", "point", "http.response.body")] == [4, 4, 5, 0]
    assert trace["response"]["body_bytes"] == 13


def test_the_size_of_a_part_is_that_of_its_bytes(traces):
    with site():
        reply = ask("wsgi", "/text-stream/")
    assert reply.body == "éabc".encode()
    assert [part["detail"]["bytes"] for part in of(traces.only, "server", "point", "body")] == [2, 2, 1]


def test_the_size_of_an_object_is_said_to_be_unknown(traces):
    with site():
        reply = ask("wsgi", "/object-stream/")
    assert reply.body == b"122"
    assert [part["detail"]["bytes"] for part in of(traces.only, "server", "point", "body")] == [None, None]
    assert traces.only["response"]["body_bytes"] is None


def test_a_middleware_s_wrapping_of_the_stream_counts_once(traces):
    with site("django.middleware.gzip.GZipMiddleware"):
        reply = ask("wsgi", "/stream/", headers=(("Accept-Encoding", "gzip"),))
    assert traces.only["response"]["body_bytes"] == len(reply.body)
    assert of(traces.only, "server", "point", "body")


def test_queries_of_a_stream_that_a_middleware_consumes_are_the_middleware_s(traces):
    with site("ConsumesStream"):
        ask("wsgi", "/query-stream/")
    trace = traces.only
    assert [ancestors(trace, event)[0] for event in of(trace, "database", "enter")] == [
        f"middleware {own('ConsumesStream')}"
    ] * 3
    assert {event["stage"] for event in of(trace, "database", "enter")} == {"response_middleware"}


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_stream_that_breaks_is_a_failure_of_the_view(interface, traces):
    with site():
        seen = observe(lambda: ask(interface, BROKEN_STREAM[interface]))
    trace = traces.only
    assert "broken in the middle" in seen.raised
    view = "tests.site.views." + BROKEN_STREAM[interface].strip("/").replace("-", "_")
    assert trace["outcome"] == {"kind": "failed", "by": view, "view_ran": True}
    exception = one(trace, "exception")
    assert exception["stage"] == "server_response"
    assert exception["detail"]["message"] == "broken in the middle"
    assert exception["detail"]["file"].endswith("views.py")


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_traceback_of_a_broken_stream_does_not_show_the_probe(interface, traces):
    with site():
        recorded, plain = both_ways(lambda: ask(interface, BROKEN_STREAM[interface]))
    assert recorded.raised == plain.raised
    assert "broken in the middle" in plain.raised


@pytest.mark.parametrize(("path", "interface"), [("/async-stream/", "wsgi"), ("/stream/", "asgi")])
def test_the_warning_about_the_other_kind_of_iterator_points_to_the_same_line(path, interface, traces):
    def places():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            reply = ask(interface, path)
        return reply.body, [(str(each.message), each.filename, each.lineno) for each in caught]

    with site():
        recorded = places()
        with probes_off():
            assert recorded == places()
    assert recorded[0] == WHOLE
    assert len(recorded[1]) == 1
    assert traces.only["response"]["body_bytes"] == len(WHOLE)


def test_the_handler_hands_back_the_view_s_own_response(traces):
    made = []

    def view(request):
        made.append(StreamingHttpResponse(iter(CHUNKS)))
        return made[0]

    with site():
        result = handler_for(view)(environ_of("/stream/"), lambda status, headers: None)
    assert result is made[0]
    result.close()
    assert traces.only["duration_ns"] is not None


def test_the_trace_of_a_stream_ends_when_the_server_closes_it(traces):
    with site():
        result = WSGIHandler()(environ_of("/stream/"), lambda status, headers: None)
        first = next(iter(result))
        assert not traces[0].finished
        result.close()
    assert first == CHUNKS[0]
    trace = traces.only
    assert trace["response"]["body_bytes"] == len(first)
    # A server stops reading where nobody listens any more.
    assert one(trace, "server", "point", "close")["detail"]["early"] is True
    assert trace["outcome"]["kind"] == "disconnected"


def test_a_stream_that_was_read_to_its_end_was_not_given_up(traces):
    with site():
        ask("wsgi", "/stream/")
    assert one(traces.only, "server", "point", "close")["detail"]["early"] is False
    assert traces.only["outcome"]["kind"] == "completed"


def test_a_server_need_not_read_the_body_for_head(traces):
    with site():
        WSGIHandler()(environ_of("/stream/", "HEAD"), lambda status, headers: None).close()
    assert traces.only["outcome"]["kind"] == "completed"


def test_a_test_that_reads_half_a_stream_is_no_client_that_went_away(traces):
    with site():
        response = Client().get("/stream/")
        next(iter(response.streaming_content))
        response.close()
    assert one(traces.only, "server", "point", "close")["detail"]["early"] is True
    assert traces.only["outcome"]["kind"] == "completed"


def test_the_application_s_time_for_a_part_and_the_server_s_for_the_one_before_are_told(traces, monkeypatch):
    now = 0

    def pass_time(ns):
        nonlocal now
        now += ns

    def parts():
        yield b"a"
        pass_time(20)
        yield b"b"
        pass_time(5)

    for module in (lifecycle, server, streaming):
        monkeypatch.setattr(module, "clock", lambda: now)
    with site():
        handler = handler_for(lambda request: StreamingHttpResponse(parts()))
        result = handler(environ_of("/"), lambda status, headers: None)
        pass_time(7)
        for _ in result:
            pass_time(30)
        pass_time(3)
        result.close()
    found = [event["detail"] for event in of(traces.only, "server", "point", "body")]
    assert found == [{"bytes": 1, "made_ns": 0, "wait_ns": 7}, {"bytes": 1, "made_ns": 20, "wait_ns": 30}]
    assert one(traces.only, "server", "point", "close")["detail"] == {"wait_ns": 3, "early": False}


def test_a_response_that_is_never_closed_leaves_nothing_behind(traces):
    with site():
        WSGIHandler()(environ_of("/plain/"), lambda status, headers: None)
        other = WSGIHandler()(environ_of("/plain/"), lambda status, headers: None)
        other.close()
    assert [trace.finished for trace in traces] == [False, True]


def test_a_file_is_handed_to_the_server_s_own_wrapper(traces):
    class Wrapper:
        def __init__(self, file, block_size):
            self.file, self.block_size = file, block_size

        def __iter__(self):
            return iter(lambda: self.file.read(self.block_size), b"")

        def close(self):
            self.file.close()

    results = []

    def watching_handler(environ, start_response):
        results.append(WSGIHandler()(environ, start_response))
        return results[0]

    with site():
        reply = ask_wsgi("/file/", handler=watching_handler, **{"wsgi.file_wrapper": Wrapper})
    assert type(results[0]) is Wrapper
    assert len(reply.body) == 10_000
    # The server read the file itself: how much it sent was not seen.
    assert traces.only["response"]["body_bytes"] is None
    assert traces.only["response"]["streaming"] is True
    assert traces.only["outcome"]["kind"] == "completed"


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_file_without_a_wrapper_is_counted(interface, traces):
    with site(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Django warns of a file's iterator under ASGI.
        reply = ask(interface, "/file/")
    assert len(reply.body) == traces.only["response"]["body_bytes"] == 10_000


def test_the_test_client_s_stream_is_recorded_to_its_end(traces):
    with site():
        response = Client().get("/query-stream/")
        assert not traces[0].finished
        assert response.getvalue() == b"row 0row 1row 2"
    trace = traces.only
    assert [event["stage"] for event in of(trace, "database", "enter")] == ["server_response"] * 3
    assert trace["response"]["body_bytes"] == 15


async def test_the_async_test_client_s_stream_is_recorded_to_its_end(traces):
    with site():
        response = await AsyncClient().get("/async-stream/")
        assert [part async for part in response.streaming_content] == CHUNKS
    trace = traces.only
    assert trace["response"]["body_bytes"] == 13
    assert len(of(trace, "server", "point", "body")) == 3


async def test_overlapping_streams_do_not_mix(traces):
    with site():
        handler = ASGIHandler()
        replies = await asyncio.gather(*(ask_asgi("/async-query-stream/", handler=handler) for _ in range(5)))
    assert {reply.text for reply in replies} == {"row 0row 1row 2"}
    for trace in traces:
        params = [event["detail"]["params"] for event in of(trace.as_dict(), "database", "enter")]
        assert params == [["row 0"], ["row 1"], ["row 2"]]


def test_streams_read_by_other_threads_and_in_turns_do_not_mix(traces):
    with site(), ThreadPoolExecutor(2) as pool:
        handler = WSGIHandler()
        results = [handler(environ_of("/query-stream/"), lambda status, headers: None) for _ in range(2)]
        streams = [iter(result) for result in results]
        for _ in range(3):
            assert len({pool.submit(next, stream).result() for stream in streams}) == 1
        for result in results:
            result.close()
    for trace in traces:
        assert len(of(trace.as_dict(), "database", "enter")) == 3


def test_a_nested_handler_does_not_speak_for_the_outer_request(traces):
    def view(request):
        return StreamingHttpResponse(iter(ask("wsgi", "/stream/").chunks))

    with site():
        reply = ask_wsgi("/outer/", handler=handler_for(view))
    assert reply.body == WHOLE
    outer, inner = (trace.as_dict() for trace in traces)
    assert (outer["request"]["path"], inner["request"]["path"]) == ("/outer/", "/stream/")
    assert outer["response"]["body_bytes"] == inner["response"]["body_bytes"] == 13
