"""A WSGI request's body is read by the application, piece by piece."""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import LimitedStream, WSGIHandler
from django.http import HttpResponse
from django.test import Client

from tests.driving import (
    ancestors,
    ask,
    ask_asgi,
    ask_wsgi,
    assert_well_formed,
    both_ways,
    handler_for,
    of,
    one,
    probes_off,
)
from tests.probes.recording import without
from tests.site.settings import site
from visualizer.probes import request_body

pytestmark = pytest.mark.usefixtures("shop")


def reads(trace):
    return [(event["detail"]["bytes"], event["detail"]["left"]) for event in of(trace, "server", "point", "wsgi.input")]


def test_a_body_is_read_where_the_view_asks_for_it(traces):
    with site():
        assert ask("wsgi", "/echo/", method="POST", body=b"12345").body == b"12345"
    trace = traces.only
    event = one(trace, "server", "point", "wsgi.input")
    assert event["stage"] == "view"
    assert ancestors(trace, event)[0].startswith("view ")
    assert event["detail"]["wait_ns"] >= 0
    assert reads(trace) == [(5, 0)]
    assert_well_formed(trace)


def test_each_read_is_told_with_what_is_left(traces):
    def view(request):
        return HttpResponse(request.read(3) + request.read(3) + request.read(3) + request.read(3))

    with site():
        reply = ask_wsgi("/", handler=handler_for(view), method="POST", body=b"12345678")
    assert reply.body == b"12345678"
    assert reads(traces.only) == [(3, 5), (3, 2), (2, 0)]


def test_a_server_whose_input_is_limited_too_is_read_once(traces):
    stream = LimitedStream(io.BytesIO(b"12345"), 5)
    with site():
        reply = ask_wsgi("/echo/", handler=WSGIHandler(), method="POST", body=b"12345", **{"wsgi.input": stream})
    assert reply.body == b"12345"
    assert reads(traces.only) == [(5, 0)]


def test_a_body_that_nobody_reads_is_not_read(traces):
    with site():
        ask("wsgi", "/plain/", method="POST", body=b"12345")
    assert reads(traces.only) == []


def test_a_client_that_stops_sending_is_seen(traces):
    def view(request):
        return HttpResponse(request.read() + request.read())

    with site():
        reply = ask_wsgi(
            "/", handler=handler_for(view), method="POST", body=b"12345678", **{"wsgi.input": io.BytesIO(b"123")}
        )
    assert reply.body == b"123"
    assert reads(traces.only) == [(3, 5), (0, 5)]


def test_a_read_that_fails_is_told_and_raised_as_without(traces):
    class Gone(io.RawIOBase):
        def read(self, size=-1):
            raise OSError("the client has gone")

        def readline(self, size=-1):
            raise OSError("the client has gone")

    def run():
        return ask_wsgi("/echo/", handler=WSGIHandler(), method="POST", body=b"123", **{"wsgi.input": Gone()})

    with site():
        recorded, plain = both_ways(run)
    assert recorded == plain
    event = one(traces[0].as_dict(), "server", "point", "wsgi.input")
    assert event["detail"]["error"]["message"] == "the client has gone"
    assert event["detail"]["left"] == 3


def test_an_upload_of_the_test_client_is_seen(traces):
    upload = io.BytesIO(b"x" * 100)
    upload.name = "upload.txt"
    with site():
        Client().post("/echo/", {"file": upload})
    assert sum(size for size, _ in reads(traces.only)) > 100
    assert reads(traces.only)[-1][1] == 0


def test_under_asgi_the_body_comes_by_messages(traces):
    with site():
        reply = asyncio.run(ask_asgi("/echo/", handler=ASGIHandler(), method="POST", body=b"12345"))
    assert reply.body == b"12345"
    assert reads(traces.only) == []
    assert one(traces.only, "server", "point", "http.request")["detail"]["bytes"] == 5


def test_overlapping_requests_read_their_own(traces):
    with site(), ThreadPoolExecutor(4) as pool:
        handler = WSGIHandler()
        bodies = [b"x" * size for size in range(1, 9)]
        replies = list(
            pool.map(lambda body: ask_wsgi("/echo/", handler=handler, method="POST", body=body).body, bodies)
        )
    assert replies == bodies
    read = {trace.as_dict()["response"]["body_bytes"]: reads(trace.as_dict()) for trace in traces}
    assert read == {size: [(size, 0)] for size in range(1, 9)}


def test_a_fault_of_the_probe_is_told_and_the_body_is_read(traces, monkeypatch):
    def broken(*args):
        raise RuntimeError

    with site():
        monkeypatch.setattr(request_body, "_read_facts", broken)
        assert ask("wsgi", "/echo/", method="POST", body=b"12345").body == b"12345"
    assert one(traces.only, "recorder")["detail"] == {"probe": "request_body", "error": "RuntimeError"}


def test_nothing_is_seen_without_the_probe(traces):
    with site():
        with probes_off():
            assert ask("wsgi", "/echo/", method="POST", body=b"12345").body == b"12345"
        assert traces == []
        with without(request_body.PROBE):
            assert ask("wsgi", "/echo/", method="POST", body=b"12345").body == b"12345"
    assert reads(traces.only) == []
