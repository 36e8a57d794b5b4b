"""Requests come in from the server, and responses go out to it."""

import asyncio
import io
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from wsgiref.util import FileWrapper

import pytest
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler, StaticFilesHandler
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import connection
from django.test import AsyncClient, Client, override_settings

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
from visualizer import lifecycle
from visualizer.probes import server

pytestmark = pytest.mark.usefixtures("shop")


def untimed(detail):
    return {key: value for key, value in detail.items() if not key.endswith("_ns")}


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
    points = [(event["name"], event["stage"], untimed(event["detail"])) for event in of(traces.only, "server", "point")]
    assert points == [
        ("http.request", "server_request", {"bytes": 5, "more": False}),
        ("http.response.start", "server_response", {"status": 200, "headers": 1}),
        ("http.response.body", "server_response", {"bytes": 5, "more": False}),
        ("close", "server_response", {}),
        ("closed", "server_response", {}),
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
    assert points == [(name, "server_response") for name in ("start_response", "close", "closed")]
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
        return path == "/__visualizer__/ours/"

    async def asgi(self, scope, receive, send):
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b"ours"})

    def wsgi(self, environ, start_response):
        start_response("299 Ours", [])
        return [b"ours"]


@pytest.fixture
def fronts():
    """Puts the front back."""
    before = server._front
    yield
    server.set_front(before)


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_front_answers_before_anything_of_the_project_runs(interface, traces, fronts):
    server.set_front(OneFront())
    with site("RaisesIn"):
        assert ask(interface, "/__visualizer__/ours/").status == 299
        assert ask(interface, "/plain/").status == 500
    assert len(traces) == 1


@pytest.mark.parametrize("interface", INTERFACES)
def test_without_a_front_the_project_answers_everywhere(interface, traces, fronts):
    server.set_front(None)
    with site():
        assert ask(interface, "/__visualizer__/ours/").status == 404


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
        await asyncio.Event().wait()

    with site(), pytest.raises(AssertionError, match="Invalid ASGI message after request body") as caught:
        await ASGIHandler()(scope_of("/plain/"), receive, send)
    assert not [entry for entry in caught.traceback if "visualizer" in str(entry.path)]
    assert traces.only["outcome"]["kind"] == "failed"


async def test_a_send_that_fails_is_a_client_that_has_gone(traces):
    messages = [{"type": "http.request"}]

    async def receive():
        return messages.pop() if messages else await asyncio.Event().wait()

    async def send(message):
        raise OSError("the client has gone")

    with site(), pytest.raises(OSError, match="the client has gone") as caught:
        await ASGIHandler()(scope_of("/plain/"), receive, send)
    assert not [entry for entry in caught.traceback if "visualizer" in str(entry.path)]
    assert traces.only["outcome"]["kind"] == "disconnected"
    sent = one(traces.only, "server", "point", "http.response.start")
    assert (sent["detail"]["status"], sent["detail"]["error"]["message"]) == (200, "the client has gone")


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


def test_the_input_of_wsgi_is_handed_on_untouched(traces):
    stream = io.BytesIO(b"x" * 10)
    with site():
        reply = ask_wsgi("/echo/", handler=WSGIHandler(), method="POST", body=b"x" * 10, **{"wsgi.input": stream})
    assert reply.body == b"x" * 10


# A proxy in front.

PROXIED = (("X-Forwarded-For", "203.0.113.9"), ("Via", "1.1 edge"))


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_proxy_in_front_is_a_point_before_the_server(interface, traces):
    with site():
        ask(interface, "/plain/", headers=(*PROXIED, ("X-Request-Start", f"t={time.time() - 2:.3f}")))
    trace = traces.only
    assert [event["kind"] for event in trace["events"][:3]] == ["client", "proxy", "server"]
    event = one(trace, "proxy", "point", "proxy")
    assert (event["stage"], event["parent"]) == ("server_request", None)
    facts = event["detail"]
    assert (facts["for"], facts["hops"], facts["peer"]) == (["203.0.113.9"], ["edge"], "127.0.0.1")
    assert 1_990_000_000 < facts["queued_ns"] < 60_000_000_000
    assert_well_formed(trace)


@pytest.mark.parametrize("interface", INTERFACES)
def test_without_its_headers_there_is_no_proxy(interface, traces):
    with site():
        ask(interface, "/plain/")
    assert not of(traces.only, "proxy")


def test_a_proxy_is_seen_by_the_test_clients_too(traces):
    with site():
        Client().get("/plain/", headers={"via": "1.1 edge"})
        asyncio.run(AsyncClient().get("/async-plain/", headers={"via": "1.1 edge"}))
    assert [one(trace.as_dict(), "proxy")["detail"]["hops"] for trace in traces] == [["edge"], ["edge"]]


@pytest.mark.parametrize("interface", INTERFACES)
def test_overlapping_requests_have_their_own_proxies(interface, traces):
    with site(), ThreadPoolExecutor(4) as pool:
        handler = HANDLERS[interface]()
        list(
            pool.map(lambda n: ask(interface, "/plain/", handler=handler, headers=(("Via", f"1.1 edge{n}"),)), range(8))
        )
    assert sorted(one(trace.as_dict(), "proxy")["detail"]["hops"] for trace in traces) == [
        [f"edge{n}"] for n in range(8)
    ]


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_proxy_is_told_of_a_request_that_fails(interface, traces):
    with site():
        observe(lambda: ask(interface, "/raises/", headers=PROXIED))
    assert traces.only["outcome"]["kind"] == "failed"
    assert one(traces.only, "proxy")["detail"]["hops"] == ["edge"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_headers_of_a_proxy_cost_the_request_nothing_when_they_cannot_be_read(interface, traces, monkeypatch):
    def broken(*args):
        raise RuntimeError

    monkeypatch.setattr(lifecycle, "proxy_facts", broken)
    with site():
        assert ask(interface, "/plain/", headers=PROXIED).status == 200
    assert one(traces.only, "proxy")["detail"] == {"fault": "RuntimeError"}


# What the server handed over.


def test_the_scope_is_told(traces):
    async def ask_mounted():
        scope = {
            **scope_of("/plain/"),
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "raw_path": b"/shop/pl%61in/",
        }
        scope |= {"path": "/shop/plain/", "root_path": "/shop", "extensions": {"tls": {}, "http.response.trailers": {}}}
        messages = [{"type": "http.request"}]

        async def receive():
            return messages.pop() if messages else await asyncio.Event().wait()

        async def send(message):
            pass

        await ASGIHandler()(scope, receive, send)

    with site():
        asyncio.run(ask_mounted())
    facts = one(traces.only, "server", "enter")["detail"]
    assert (facts["raw_path"], facts["root_path"]) == ("/shop/pl%61in/", "/shop")
    assert (facts["asgi"], facts["asgi_http"]) == ("3.0", "2.4")
    assert facts["extensions"] == ["http.response.trailers", "tls"]
    assert facts["handler"] == "django.core.handlers.asgi.ASGIHandler"


def test_the_environ_is_told_as_cgi_names_it_and_nothing_else_of_the_process(traces):
    environ = {"RAW_URI": "/pl%61in/?token=hunter22", "AWS_SECRET_ACCESS_KEY": "hunter33", "wsgi.multithread": False}
    headers = (("Cookie", "sessionid=hunter44"), ("Authorization", "Bearer hunter55"), ("X-Colour", "green"))
    with site():
        ask_wsgi("/plain/?token=hunter22", handler=WSGIHandler(), headers=headers, **environ)
    facts = one(traces.only, "server", "enter")["detail"]
    view = dict(facts["environ"])
    assert (view["REQUEST_METHOD"], view["PATH_INFO"], view["HTTP_X_COLOUR"]) == ("GET", "/plain/", "green")
    assert (view["wsgi.input"], view["wsgi.version"]) == ("<BytesIO>", "1.0")
    assert (facts["multithread"], facts["multiprocess"]) == (False, False)
    assert "AWS_SECRET_ACCESS_KEY" not in view
    assert facts["environ_others"] == 1
    assert facts["raw_path"] == "/pl%61in/"
    assert "hunter" not in json.dumps(traces.only)


def test_what_the_application_does_to_the_environ_is_not_told_as_the_server_s(traces):
    with site("Changes"):
        environ = environ_of("/plain/")
        result = WSGIHandler()(environ, lambda status, headers: None)
        environ.clear()
        result.close()
    assert traces.only["request"]["path"] == "/plain/"
    assert dict(one(traces.only, "server", "enter")["detail"]["environ"])["PATH_INFO"] == "/plain/"


@pytest.mark.parametrize(
    ("environ", "server"),
    [
        ({"SERVER_SOFTWARE": "gunicorn/23.0.0"}, "gunicorn/23.0.0"),
        ({"uwsgi.version": b"2.0.30"}, "uWSGI/2.0.30"),
        ({}, None),
    ],
)
def test_names_of_servers_that_are_known(environ, server, traces):
    with site():
        ask_wsgi("/plain/", handler=WSGIHandler(), **environ)
    assert traces.only["process"]["server"] == server


# The way out.


async def slow_client(path, seconds, **more):
    """A client that takes its time for each message, and one that sends its body late."""
    messages = [{"type": "http.request", **more}]

    async def receive():
        await asyncio.sleep(seconds)
        return messages.pop() if messages else await asyncio.Event().wait()

    async def send(message):
        await asyncio.sleep(seconds)

    await ASGIHandler()(scope_of(path), receive, send)


def test_waits_for_the_client_are_told_and_are_not_the_recorder_s_own(traces):
    with site():
        asyncio.run(slow_client("/plain/", 0.05))
    trace = traces.only
    waits = {event["name"]: event["detail"].get("wait_ns") for event in of(trace, "server", "point")}
    for name in ("http.request", "http.response.start", "http.response.body"):
        assert 45_000_000 < waits[name] < trace["duration_ns"], name
    assert trace["overhead_ns"] < 100_000_000


def test_what_ran_after_the_response_was_sent_comes_after_its_last_message(traces):
    def ask_at_end(**kwargs):
        one_query("finished")

    request_finished.connect(ask_at_end)
    try:
        with site():
            ask("asgi", "/queries/")
    finally:
        request_finished.disconnect(ask_at_end)
        connection.close()
    names = [event["name"] for event in traces.only["events"] if event["phase"] != "exit"]
    last = names.index("http.response.body")
    assert names[last + 1 :] == ["close", "request_finished", "default", "closed", "sync_to_async"]
    assert one(traces.only, "server", "point", "closed")["detail"]["took_ns"] > 0


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_receiver_of_request_finished_that_raises_is_told(interface, traces):
    def fail(**kwargs):
        raise ValueError("at the end")

    request_finished.connect(fail)
    try:
        with site():
            seen = observe(lambda: ask(interface, "/plain/"))
    finally:
        request_finished.disconnect(fail)
    assert "at the end" in seen.raised
    finished = one(traces.only, "server", "point", "closed")
    assert finished["detail"]["error"] == {"type": "ValueError", "module": "builtins", "message": "at the end"}


def test_the_time_that_a_wsgi_server_takes_for_the_body_is_told_at_the_close(traces):
    with site():
        result = WSGIHandler()(environ_of("/plain/"), lambda status, headers: None)
        time.sleep(0.02)
        result.close()
    facts = one(traces.only, "server", "point", "close")["detail"]
    assert 15_000_000 < facts["wait_ns"] < traces.only["duration_ns"]
    assert facts["early"] is False
