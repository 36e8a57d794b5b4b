"""Requests come in from the server, and responses go out to it."""

import asyncio
import io
import re
from wsgiref.util import FileWrapper

import pytest
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler, StaticFilesHandler
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import connection
from django.test import override_settings

from tests.driving import (
    INTERFACES,
    ask,
    ask_asgi,
    ask_wsgi,
    assert_well_formed,
    environ_of,
    exit_of,
    observe,
    of,
    one,
    scope_of,
)
from tests.site.settings import site
from tests.site.views import one_query
from visualizer.probes import server

pytestmark = pytest.mark.usefixtures("shop")
HANDLERS = {"wsgi": WSGIHandler, "asgi": ASGIHandler}
STATIC = {"wsgi": StaticFilesHandler, "asgi": ASGIStaticFilesHandler}


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_trace_tells_request_response_and_process(interface, traces):
    with site():
        reply = ask(interface, "/plain/?page=2", headers=(("User-Agent", "Mozilla"), ("X-Colour", "green")))
    trace = traces.only
    assert re.fullmatch("[0-9a-f]{16}", trace["id"])
    assert trace["process"]["interface"] == interface
    request = trace["request"]
    assert (request["method"], request["path"], request["query_string"]) == ("GET", "/plain/", "page=2")
    assert {name.title(): value for name, value in request["headers"]}["X-Colour"] == "green"
    assert trace["response"] == {
        "status": 200,
        "headers": [list(pair) for pair in reply.headers],
        "content_type": "text/html; charset=utf-8",
        "body_bytes": len(reply.body),
        "streaming": False,
    }
    assert trace["duration_ns"] > 0
    assert 0 < trace["overhead_ns"] < trace["duration_ns"]
    assert_well_formed(trace)


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_first_event_is_the_client_s_and_the_server_s_span_holds_all_others(interface, traces):
    with site("AllHooks"):
        ask(interface, "/queries/", headers=(("Cookie", "a=1; b=2"), ("User-Agent", "Mozilla")))
    first, second, *_, last = traces.only["events"]
    assert (first["kind"], first["stage"], first["name"]) == ("client", "client_request", "GET /queries/")
    assert first["detail"]["cookies"] == ["a", "b"]
    assert first["detail"]["user_agent"] == "Mozilla"
    assert (second["kind"], second["phase"], second["stage"]) == ("server", "enter", "server_request")
    assert second["name"] == HANDLERS[interface].__qualname__
    assert second["detail"]["interface"] == interface
    assert (second["detail"]["http_version"], second["detail"]["scheme"]) == ("1.1", "http")
    assert second["detail"]["client"].startswith("127.0.0.1")
    assert (last["span"], last["phase"], last["stage"]) == (second["span"], "exit", "server_response")
    assert last["detail"] == {"body_bytes": 0, "chunks": 1}


def test_the_messages_of_asgi_are_points(traces):
    with site():
        asyncio.run(ask_asgi("/echo/", handler=ASGIHandler(), method="POST", body=b"12345"))
    points = [(event["name"], event["stage"], event["detail"]) for event in of(traces.only, "server", "point")]
    assert points == [
        ("http.request", "server_request", {"bytes": 5, "more": False}),
        ("http.response.start", "server_response", {"status": 200, "headers": 1}),
        ("http.response.body", "server_response", {"bytes": 5, "more": False}),
    ]


def test_a_body_that_comes_in_parts_is_seen_in_parts(traces):
    async def send_in_parts():
        messages = [{"type": "http.request", "body": b"x" * size, "more_body": size > 1} for size in (1, 30, 20)]

        async def receive():
            return messages.pop() if messages else await asyncio.Event().wait()

        async def send(message):
            pass

        await ASGIHandler()(scope_of("/echo/", "POST"), receive, send)

    with site():
        asyncio.run(send_in_parts())
    sizes = [event["detail"]["bytes"] for event in of(traces.only, "server", "point", "http.request")]
    assert sizes == [20, 30, 1]
    assert traces.only["response"]["body_bytes"] == 51


def test_the_calls_of_wsgi_are_points(traces):
    with site():
        ask("wsgi", "/plain/")
    points = [(event["name"], event["stage"]) for event in of(traces.only, "server", "point")]
    assert points == [("start_response", "server_response"), ("close", "server_response")]
    assert one(traces.only, "server", "point", "start_response")["detail"] == {
        "status": 200,
        "reason": "OK",
        "headers": 2,
    }


@pytest.mark.parametrize("interface", INTERFACES)
def test_queries_of_receivers_at_both_ends_belong_to_the_server_s_stages(interface, traces):
    def ask_at_start(**kwargs):
        one_query("started")

    def ask_at_end(**kwargs):
        one_query("finished")

    request_started.connect(ask_at_start)
    request_finished.connect(ask_at_end)
    try:
        with site():
            ask(interface, "/plain/")
    finally:
        request_started.disconnect(ask_at_start)
        request_finished.disconnect(ask_at_end)
        connection.close()
    found = [(event["detail"]["params"][0], event["stage"]) for event in of(traces.only, "database", "enter")]
    # request_started is sent before the handler is called where a server, not Django, makes the signal's arguments.
    assert found == [("started", "server_request"), ("finished", "server_response")]


@pytest.mark.parametrize("interface", INTERFACES)
@override_settings(DEBUG=True)
def test_static_files_served_by_django_s_handler_are_traces_that_end(interface, traces):
    handler = STATIC[interface](HANDLERS[interface]())
    reply = ask(interface, "/static/shop/shop.css", handler=handler)
    assert reply.status == 200
    trace = traces.only
    assert trace["response"]["body_bytes"] == len(reply.body) > 1000
    assert trace["outcome"]["kind"] == "completed"
    assert trace["outcome"]["by"].endswith("StaticFilesHandler")
    assert not of(trace, "middleware")


@override_settings(DEBUG=True)
def test_a_static_file_behind_a_file_wrapper_is_a_trace_that_ends(traces):
    reply = ask_wsgi(
        "/static/shop/shop.css", handler=StaticFilesHandler(WSGIHandler()), **{"wsgi.file_wrapper": FileWrapper}
    )
    assert reply.status == 200
    assert traces.only["response"]["body_bytes"] is None


@override_settings(DEBUG=True)
def test_what_the_static_handler_hands_on_is_one_trace(traces):
    ask_wsgi("/products/", handler=StaticFilesHandler(WSGIHandler()))
    assert len(traces) == 1


@pytest.mark.parametrize("interface", INTERFACES)
def test_ignored_paths_are_not_recorded(interface, traces):
    with site():
        assert ask(interface, "/favicon.ico").status == 404
        with override_settings(VISUALIZER={"IGNORE": ["/plain/", "/health"]}):
            assert ask(interface, "/plain/").status == 200
            ask(interface, "/healthy/")
            ask(interface, "/class/")
    assert [trace.head()["request"]["path"] for trace in traces] == ["/class/"]


class OneFront:
    """Answers at one path."""

    def owns(self, path):
        return path == "/ours/"

    async def asgi(self, scope, receive, send):
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b"ours"})

    def wsgi(self, environ, start_response):
        start_response("299 Ours", [])
        return [b"ours"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_front_answers_before_anything_of_the_project_runs(interface, traces, monkeypatch):
    monkeypatch.setattr(server, "_front", OneFront())
    with site("RaisesIn"):
        assert ask(interface, "/ours/").status == 299
        assert ask(interface, "/plain/").status == 500
    assert len(traces) == 1


@pytest.mark.parametrize("interface", INTERFACES)
def test_without_a_front_the_project_answers_everywhere(interface, traces, monkeypatch):
    monkeypatch.setattr(server, "_front", None)
    with site():
        assert ask(interface, "/ours/").status == 404


def test_an_error_that_leaves_the_wsgi_handler_ends_the_trace(traces):
    def start_response(status, headers, exc_info=None):
        raise OSError("the client has gone")

    with site(), pytest.raises(OSError, match="the client has gone") as caught:
        WSGIHandler()(environ_of("/plain/"), start_response)
    assert not [entry for entry in caught.traceback if "visualizer" in str(entry.path)]
    trace = traces.only
    assert trace["outcome"]["kind"] == "failed"
    assert exit_of(trace, one(trace, "server", "enter"))["detail"]["error"]["message"] == "the client has gone"


async def test_an_error_that_leaves_the_asgi_handler_ends_the_trace(traces):
    async def receive():
        return {"type": "http.request"}

    async def send(message):
        raise OSError("the client has gone")

    with site(), pytest.raises((OSError, AssertionError)) as caught:
        await ASGIHandler()(scope_of("/plain/"), receive, send)
    assert not [entry for entry in caught.traceback if "visualizer" in str(entry.path)]
    assert traces.only["outcome"]["kind"] == "failed"


async def test_other_protocols_are_left_alone(traces):
    with site(), pytest.raises(ValueError, match="Django can only handle ASGI/HTTP connections, not lifespan"):
        await ASGIHandler()({"type": "lifespan"}, None, None)
    assert traces == []


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_path_is_told_as_people_read_it(interface, traces):
    with site():
        ask(interface, "/queries/größe €/")
    assert traces.only["request"]["path"] == "/queries/größe €/"
    assert traces.only["events"][0]["name"] == "GET /queries/größe €/"


def test_a_script_name_is_part_of_the_path(traces):
    with site():
        ask_wsgi("/plain/", handler=WSGIHandler(), SCRIPT_NAME="/shop")
    assert traces.only["request"]["path"] == "/shop/plain/"


def test_a_request_that_is_too_strange_is_answered_and_told(traces):
    with site():
        observe(lambda: ask_wsgi("/plain/", handler=WSGIHandler(), PATH_INFO="/\xff\xfe/"))
    assert traces.only["response"]["status"] in (400, 404)


def test_names_of_servers_that_are_known(traces):
    with site():
        ask_wsgi("/plain/", handler=WSGIHandler(), SERVER_SOFTWARE="gunicorn/23.0.0")
        ask_wsgi("/plain/", handler=WSGIHandler())
    assert [trace.head()["process"]["server"] for trace in traces] == ["gunicorn/23.0.0", None]


def test_the_input_of_wsgi_is_handed_on_untouched(traces):
    stream = io.BytesIO(b"x" * 10)
    with site():
        reply = ask_wsgi("/echo/", handler=WSGIHandler(), method="POST", body=b"x" * 10, **{"wsgi.input": stream})
    assert reply.body == b"x" * 10
