"""What became of a request, who decided it, and whether the view ran."""

import asyncio
import contextlib
import threading

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.http import Http404, HttpResponse
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string

from tests.driving import (
    INTERFACES,
    ask,
    ask_asgi,
    assert_well_formed,
    exit_of,
    handler_for,
    observe,
    of,
    one,
    scope_of,
)
from tests.site import views
from tests.site.settings import own, site
from visualizer.outcome import Outcome

pytestmark = pytest.mark.usefixtures("shop")
VIEW = "tests.site.views."
COMMON = "django.middleware.common.CommonMiddleware"
CASES = [
    # layers, path, kind, by, view_ran, status
    ([], "/plain/", "completed", VIEW + "plain", True, 200),
    ([], "/async-plain/", "completed", VIEW + "async_plain", True, 200),
    ([], "/class/", "completed", VIEW + "ClassView", True, 200),
    ([], "/instance/", "completed", VIEW + "CallableView", True, 200),
    (["AllHooks", "Replaces"], "/plain/", "completed", VIEW + "plain", True, 304),
    (["AllHooks", "StopsIn", "Slots"], "/plain/", "stopped", own("StopsIn"), False, 403),
    (["AllHooks", "StopsInView", "Slots"], "/plain/", "stopped", own("StopsInView"), False, 403),
    (["AllHooks", "Rescues"], "/raises/", "rescued", own("Rescues"), True, 418),
    (["AllHooks", "Rescues"], "/async-raises/", "rescued", own("Rescues"), True, 418),
    (["AllHooks", "Rescues"], "/broken-template/", "rescued", own("Rescues"), True, 418),
    (["AllHooks", "RescuesOutside"], "/raises/", "rescued", own("RescuesOutside"), True, 503),
    (["AllHooks"], "/raises/", "failed", VIEW + "raises", True, 500),
    (["AllHooks"], "/async-raises/", "failed", VIEW + "async_raises", True, 500),
    (["AllHooks"], "/denies/", "failed", VIEW + "denies", True, 403),
    (["AllHooks", "RaisesIn", "Slots"], "/plain/", "failed", own("RaisesIn"), False, 500),
    (["AllHooks", "RaisesOut", "Slots"], "/plain/", "failed", own("RaisesOut"), True, 500),
    (["AllHooks", "RaisesInHook", "Slots"], "/plain/", "failed", own("RaisesInHook"), False, 500),
    (["AllHooks"], "/broken-template/", "failed", "exploding.html", True, 500),
    (["AllHooks"], "/nothing/", "not_found", "url_resolver", False, 404),
    (["AllHooks"], "/raises-404/", "not_found", VIEW + "raises_404", True, 404),
    ([COMMON, "AllHooks"], "/plain", "stopped", COMMON, False, 301),
    ([COMMON, "AllHooks"], "/nothing", "not_found", "url_resolver", False, 404),
]


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(
    ("layers", "path", "kind", "by", "view_ran", "status"),
    CASES,
    ids=[f"{c[2]} {c[1]} {' '.join(c[0])}" for c in CASES],
)
def test_the_outcome_of_a_request(layers, path, kind, by, view_ran, status, interface, traces):
    with site(*layers):
        seen = observe(lambda: ask(interface, path))
    assert traces.only["outcome"] == {"kind": kind, "by": by, "view_ran": view_ran}
    assert traces.only["response"]["status"] == seen.reply.status == status
    assert_well_formed(traces.only)


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_view_that_answers_nothing_fails_in_the_handler(interface, traces):
    with site("AllHooks"):
        observe(lambda: ask(interface, "/returns-none/"))
    outcome = traces.only["outcome"]
    assert (outcome["kind"], outcome["view_ran"]) == ("failed", True)


def test_a_running_request_has_no_outcome_yet(traces):
    seen = []

    def view(request):
        seen.append(traces[0].head()["outcome"])
        return HttpResponse()

    with site():
        ask("wsgi", "/", handler=handler_for(view))
    assert seen == [{"kind": None, "by": None, "view_ran": True}]


@pytest.fixture(autouse=True)
def _closed_gates():
    views.started.clear()
    views.let_go.clear()


async def disconnect_during(path):
    gone = asyncio.Event()
    request = asyncio.create_task(ask_asgi(path, handler=ASGIHandler(), gone=gone))
    assert await asyncio.to_thread(views.started.wait, 10)
    gone.set()
    return await asyncio.wait_for(request, 10)


async def test_a_client_that_leaves_during_an_async_view(traces):
    with site("AllHooks", "MarkedAsync"):
        reply = await disconnect_during("/waits/")
    trace = traces.only
    assert reply.status == 0
    assert trace["response"] is None
    assert trace["outcome"] == {"kind": "disconnected", "by": "client", "view_ran": True}
    assert one(trace, "server", "point", "http.disconnect")
    assert exit_of(trace, one(trace, "view", "enter"))["detail"]["error"]["type"] == "CancelledError"
    assert_well_formed(trace)


async def test_a_client_that_leaves_while_a_thread_runs_the_view(traces):
    # Django waits for the request's own thread.
    threading.Timer(0.05, views.let_go.set).start()
    with site("AllHooks"):
        await disconnect_during("/waits-in-thread/")
    assert traces.only["outcome"] == {"kind": "disconnected", "by": "client", "view_ran": True}
    assert exit_of(traces.only, one(traces.only, "view", "enter"))["detail"]["status"] == 200
    assert_well_formed(traces.only)


async def test_what_a_thread_that_nobody_waits_for_has_begun_is_unfinished(traces):
    with site("AllHooks"):
        await disconnect_during("/waits-elsewhere/")
        trace = traces.only
        views.let_go.set()
    assert exit_of(trace, one(trace, "template", "enter"))["detail"] == {"unfinished": True}
    assert_well_formed(trace)
    assert traces.only == trace


async def test_a_client_that_leaves_after_the_response_has_it(traces):
    gone = asyncio.Event()
    with site():
        gone.set()
        reply = await ask_asgi("/plain/", handler=ASGIHandler())
    assert reply.status == 200
    assert traces.only["outcome"]["kind"] == "completed"


def test_a_client_that_leaves_before_its_body_was_read(traces):
    async def leave():
        async def receive():
            return {"type": "http.disconnect"}

        async def send(message):
            raise AssertionError("nobody is there")

        await ASGIHandler()(scope_of("/plain/", "POST"), receive, send)

    with site():
        asyncio.run(leave())
    assert traces.only["outcome"] == {"kind": "disconnected", "by": "client", "view_ran": False}


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_error_that_was_swallowed_is_not_blamed_for_the_next_one(interface, traces):
    def view(request):
        for _ in range(3):
            with contextlib.suppress(ZeroDivisionError):
                render_to_string("broken.html", {"explode": views._explode})
        raise ZeroDivisionError("the view's own")

    with site():
        observe(lambda: ask(interface, "/", handler=handler_for(view, interface)))
    assert traces.only["outcome"]["by"].endswith("<locals>.view")
    exception = one(traces.only, "exception")["detail"]
    assert (exception["message"], exception["file"]) == ("the view's own", __file__)


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_missing_template_is_the_view_s_failure(interface, traces):
    def view(request):
        raise TemplateDoesNotExist("nowhere.html")

    with site():
        observe(lambda: ask(interface, "/", handler=handler_for(view, interface)))
    assert traces.only["outcome"]["kind"] == "failed"


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_exception_tells_where_it_was_raised_and_who_handled_it(interface, traces):
    with site("AllHooks"):
        observe(lambda: ask(interface, "/raises/"))
        observe(lambda: ask(interface, "/broken-template/"))
    with site("AllHooks", "Rescues"):
        observe(lambda: ask(interface, "/raises/"))
    in_view, in_template, rescued = (one(trace.as_dict(), "exception") for trace in traces)
    assert in_view["stage"] == "view"
    assert in_view["name"] == "ValueError"
    told = in_view["detail"]
    assert told.pop("frames")[-1] == {"file": views.__file__, "line": told["line"], "function": "raises"}
    assert told == {
        "type": "ValueError",
        "module": "builtins",
        "message": "the view went wrong",
        "raised_in": VIEW + "raises",
        "file": views.__file__,
        "line": views.raises.__code__.co_firstlineno + 3,
        "handled_by": "django.core.handlers.exception.response_for_exception",
        "status": None,
        "django_class": None,
        "causes": [],
        "frames_omitted": 0,
    }
    assert in_template["stage"] == "template"
    assert in_template["detail"]["raised_in"] == "exploding.html"
    assert rescued["detail"]["handled_by"] == own("Rescues")
    assert rescued["detail"]["status"] == 418


def test_threads_see_one_error_as_one():
    outcome = Outcome("handler")
    error = Http404("gone")
    worker = threading.Thread(target=outcome.see_raised, args=(error, "view", "view"))
    worker.start()
    worker.join()
    outcome.see_raised(error, "middleware", "response_middleware")
    outcome.see_failure(error)
    assert outcome.decide() == {"kind": "not_found", "by": "view", "view_ran": False}


def test_a_trace_knows_its_events_of_every_layer_after_a_failure(traces):
    with site("AllHooks", "Slots", "function"):
        observe(lambda: ask("wsgi", "/raises/"))
    results = [event["detail"]["result"] for event in of(traces.only, "middleware", "exit")]
    assert results == ["passed", "passed", "passed"]
