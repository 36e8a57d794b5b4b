"""Law 4: whatever fails in the recorder, the request goes on, and the trace tells of the fault."""

import asyncio
import json
from contextlib import contextmanager

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.db import connection
from django.http import HttpResponse
from django.template import Context, Engine, Template

from tests.driving import INTERFACES, ask, ask_asgi, assert_well_formed, both_ways, handler_for, observe, of, sign_in
from tests.site.explosive import Explosive
from tests.site.settings import site
from visualizer import events, lifecycle, recorder, wire
from visualizer.native import compiled
from visualizer.probes import database, resolver, response, server, streaming, template, view
from visualizer.probes.middleware import chain, hooks
from visualizer.recorder import Trace, add_sink, remove_sink

pytestmark = pytest.mark.usefixtures("shop")


class BrokenError(Exception):
    """The fault that is put into a probe."""


def broken(*args, **kwargs):
    raise BrokenError("a fault of the recorder")


# What is broken, and the path whose request comes by it.
FAULTS = [
    (chain, "request_changes", "/plain/"),
    (chain, "response_changes", "/plain/"),
    (hooks, "_word", "/template/"),
    (resolver, "_failure_facts", "/nothing/"),
    (response, "_point_exception", "/raises/"),
    (streaming, "leave_open", "/stream/"),
    (streaming, "_size", "/stream/"),
    (template, "_place_of", "/template/"),
    (wire, "_cgi_reader", "/plain/"),
    (Trace, "see_chunk", "/stream/"),
]

# The same of what may be compiled: by the name that the compiled part has for it.
PLAIN_FAULTS = [
    (database, "find_origin", "/queries/"),
    (database, "take_parameters", "/queries/"),
    (database, "_query_facts", "/queries/"),
    (database, "_result_facts", "/queries/"),
    (chain, "picture_request", "/plain/"),
    (chain, "picture_response", "/plain/"),
    (template, "_template_facts", "/template/"),
    (template, "_text_facts", "/template/"),
    (server, "_start_facts", "/plain/"),
    (view, "view_name", "/plain/"),
    (view, "_view_facts", "/plain/"),
    (resolver, "_match_facts", "/plain/"),
    (response, "picture_response", "/plain/"),
    (response, "_response_facts", "/plain/"),
    (streaming, "leave_open", "/plain/"),
    (Trace, "see_chunk", "/plain/"),
    (wire, "client_facts", "/plain/"),
    (wire, "environ_facts", "/plain/"),
    (lifecycle, "_server_facts", "/plain/"),
    (lifecycle, "_exit_facts", "/plain/"),
]
COMPILED_FAULTS = [
    ("query_facts", "/queries/"),
    ("result_facts", "/queries/"),
    ("returned_facts", "/plain/"),
    ("came_back_facts", "/plain/"),
    ("template_facts", "/template/"),
    ("text_facts", "/template/"),
    ("start_facts", "/plain/"),
    ("view_name", "/class/"),
    ("view_facts", "/plain/"),
    ("match_facts", "/plain/"),
    ("response_facts", "/plain/"),
    ("watch_parts", "/stream/"),
    ("client_facts", "/plain/"),
    ("environ_facts", "/plain/"),
    ("server_facts", "/plain/"),
    ("exit_facts", "/plain/"),
    ("closing_facts", "/plain/"),
    ("closed_facts", "/plain/"),
]
WAYS = [*FAULTS, *PLAIN_FAULTS] if compiled is None else [*FAULTS, *((None, *fault) for fault in COMPILED_FAULTS)]


@contextmanager
def breaking(owner, name):
    """Let one thing fail: of a module or class, or what the compiled part was handed."""
    if owner is not None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, name, broken)
            yield
        return
    before = compiled.connect(**{name: broken})
    try:
        yield
    finally:
        compiled.connect(**before)


@pytest.mark.parametrize(("owner", "name", "path"), WAYS, ids=lambda value: getattr(value, "__name__", value))
def test_a_request_survives_a_fault_which_is_told(owner, name, path, traces):
    with site("AllHooks", "Slots"):
        before = observe(lambda: ask("wsgi", path))
        with breaking(owner, name):
            after = observe(lambda: ask("wsgi", path))
            trace = traces[-1].as_dict()
    assert after == before
    assert trace["outcome"]["kind"] is not None
    faults = [event["detail"]["error"] for event in of(trace, "recorder", "point", "fault")]
    faults += [event["detail"]["fault"] for event in trace["events"] if "fault" in event["detail"]]
    assert set(faults) == {"BrokenError"}
    assert_well_formed(trace)


def test_a_response_that_cannot_be_looked_at_is_sent_and_the_fault_told(traces):
    with site("AllHooks", "PlainHeaders"):
        assert ask("wsgi", "/plain/").status == 200
    faults = [event["detail"] for event in of(traces.only, "recorder", "point", "fault")]
    assert {"probe": "middleware", "error": "AttributeError"} in faults
    assert_well_formed(traces.only)


async def test_a_request_of_which_no_trace_can_be_begun_is_answered_all_the_same(traces, caplog):
    with breaking(*((lifecycle, "_path_of") if compiled is None else (None, "name_of_kind"))):
        with site():
            reply = await ask_asgi("/plain/", handler=ASGIHandler())
        assert reply.status == 200
        assert caplog.text.count("could not be recorded") == 1
        with site():
            assert ask("wsgi", "/plain/").status == 200
        assert caplog.text.count("could not be recorded") == 2
    assert list(traces) == []


@pytest.mark.parametrize("what", ["on_begin", "on_end"])
def test_a_broken_sink_hinders_neither_the_request_nor_other_sinks(what, traces):
    class Sink:
        on_begin = on_end = staticmethod(lambda trace: None)

    sink = Sink()
    setattr(sink, what, broken)
    add_sink(sink)
    try:
        with site():
            assert ask("wsgi", "/plain/").status == 200
    finally:
        remove_sink(sink)
    trace = traces.only
    assert of(trace, "recorder") if what == "on_begin" else trace["omitted"] == {"recorder": 1}


def test_one_event_that_cannot_be_told_leaves_the_others(traces, monkeypatch):
    with site():
        ask("wsgi", "/queries/")
        whole = traces[0].as_dict()
        cut = recorder.cut
        monkeypatch.setattr(recorder, "cut", lambda text: broken() if text == "default" else cut(text))
        ask("wsgi", "/queries/")
    trace = traces[1].as_dict()
    assert len(trace["events"]) == len(whole["events"])
    assert [event["detail"]["error"] for event in of(trace, "recorder")] == ["BrokenError", "BrokenError"]
    assert [event["seq"] for event in trace["events"]] == list(range(len(trace["events"])))


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_exception_of_the_application_with_strange_arguments(interface, traces):
    class StrangeError(Exception):
        @property
        def args(self):
            raise AssertionError("asked for its arguments")

        def __str__(self):
            return "strange"

    def raising(request):
        raise StrangeError

    with site("AllHooks"):
        recorded, plain = both_ways(lambda: ask(interface, "/", handler=handler_for(raising, interface)))
    assert recorded == plain
    assert [event["detail"]["message"] for event in of(traces.only, "exception")] == [None]


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_response_that_is_none_of_django_s(interface, traces):
    class Duck:
        """Quacks as far as Django asks."""

        status_code, reason_phrase, streaming, cookies = 200, "OK", False, {}
        _resource_closers: list = []
        headers: dict = {}
        content = b"quack"

        def __iter__(self):
            return iter([b"quack"])

        def items(self):
            return []

        def has_header(self, name):
            return False

        def close(self):
            pass

        @property
        def _container(self):
            raise AssertionError("asked for its container")

    with site("Slots"):
        seen = observe(lambda: ask(interface, "/", handler=handler_for(lambda request: Duck(), interface)))
    assert seen.raised == ""
    assert seen.reply.body == b"quack"
    assert of(traces.only, "recorder")
    assert traces.only["outcome"]["kind"] == "completed"


def test_a_trace_is_json_whatever_was_recorded(traces):
    john = sign_in("john")
    ask("wsgi", "/products/wireless-headphones/", headers=(john,))
    json.dumps(traces.only)


class Unmeasured(bytes):
    """A part of a body that does not say how long it is."""

    def __len__(self):
        raise BrokenError("a fault of the recorder")


class Handler(ASGIHandler):
    """Sends a part that cannot be measured."""

    async def send_response(self, response, send):
        await send({"type": "http.response.start", "status": response.status_code, "headers": []})
        await send({"type": "http.response.body", "body": Unmeasured(b"as it is")})


async def test_a_fault_while_messages_are_received(traces):
    async def handler(scope, receive, send):
        async def unmeasured():
            return {**await receive(), "body": Unmeasured()}

        await ASGIHandler()(scope, unmeasured, send)

    with site():
        reply = await asyncio.wait_for(ask_asgi("/plain/", handler=handler), 10)
    assert reply.status == 200
    assert [event["detail"]["error"] for event in of(traces.only, "recorder")] == ["BrokenError"]


async def test_a_fault_while_messages_are_sent(traces):
    with site():
        reply = await asyncio.wait_for(ask_asgi("/plain/", handler=Handler()), 10)
    assert (reply.status, reply.body) == (200, b"as it is")
    assert [event["detail"]["error"] for event in of(traces.only, "recorder")] == ["BrokenError"]


def test_a_cursor_that_knows_no_row_count(traces):
    class Cursor:
        def __init__(self, cursor):
            self._cursor = cursor

        @property
        def rowcount(self):
            raise AssertionError("asked for its rows")

        def __getattr__(self, name):
            return getattr(self._cursor, name)

    def asking(request):
        with connection.cursor() as cursor:
            cursor.cursor = Cursor(cursor.cursor)
            cursor.execute("SELECT 1")
        return HttpResponse("asked")

    with site():
        assert ask("wsgi", "/", handler=handler_for(asking)).body == b"asked"
    assert of(traces.only, "database", "exit")[0]["detail"] == {"rows": None}


def test_an_object_as_the_name_of_a_template(traces):
    def rendering(request):
        return HttpResponse(Template("hello", name=Explosive(), engine=Engine()).render(Context()))

    with site():
        assert ask("wsgi", "/", handler=handler_for(rendering)).body == b"hello"
    assert of(traces.only, "template", "enter")[0]["name"] == "<Explosive>"


def test_describing_is_never_an_error():
    assert events.describe((broken, 1)) == {"fault": "BrokenError"}
