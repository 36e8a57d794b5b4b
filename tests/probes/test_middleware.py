"""Each layer of the middleware on the way in and on the way out, and its hooks."""

import asyncio
import re
import time

import pytest
from django.core.handlers import base
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.utils.module_loading import import_string

from tests.driving import (
    INTERFACES,
    ancestors,
    ask,
    ask_asgi,
    assert_well_formed,
    enters,
    exit_of,
    handler_for,
    observe,
    of,
    one,
)
from tests.site import middleware, small_changes
from tests.site.calls import calls
from tests.site.settings import own, site
from visualizer.lessons.sentences import sentence_for
from visualizer.probes.middleware.hooks import HOOKS

pytestmark = pytest.mark.usefixtures("shop")


def moments(trace):
    """Phase or moment with the layer's class, in order."""
    return [
        (event["detail"].get("moment", event["phase"]), event["name"].rsplit(".")[-1])
        for event in of(trace, "middleware")
    ]


def exit_detail(trace, name):
    return exit_of(trace, one(trace, "middleware", "enter", own(name)))["detail"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_what_is_not_used_is_told_with_its_reason_as_django_logs_it(interface, traces, caplog):
    with (
        site("AllHooks", "NotUsed", "Slots", "NotUsedSilently", DEBUG=True),
        caplog.at_level("DEBUG", "django.request"),
    ):
        ask(interface, "/plain/")
        logged = [record.getMessage() for record in caplog.records if "MiddlewareNotUsed" in record.getMessage()]
    detail = one(traces.only, "server", "enter")["detail"]
    assert detail["unused"] == [
        {"path": own("NotUsed"), "reason": "not in this project"},
        {"path": own("NotUsedSilently"), "reason": None},
    ]
    # Django builds the chain from the inside out.
    assert logged == [
        f"MiddlewareNotUsed: {own('NotUsedSilently')!r}",
        f"MiddlewareNotUsed({own('NotUsed')!r}): not in this project",
    ]
    assert detail["middleware"] == [own("AllHooks"), own("Slots")]


def test_a_reason_that_is_no_plain_text_is_not_asked_for_one(traces):
    with site("NotUsedExplosively"):
        ask("wsgi", "/plain/")
    assert one(traces.only, "server", "enter")["detail"]["unused"] == [
        {"path": own("NotUsedExplosively"), "reason": None}
    ]


def test_own_time_and_what_was_waited_for_are_told_apart(traces):
    def view(request):
        time.sleep(0.02)
        return HttpResponse()

    with site("Slots"):
        ask("wsgi", "/", handler=handler_for(view))
    trace = traces.only
    enter = one(trace, "middleware", "enter")
    passed_on = next(e["detail"] for e in of(trace, "middleware", "point") if e["detail"]["moment"] == "passed_on")
    closed = exit_of(trace, enter)
    own_ns = passed_on["in_ns"] + closed["detail"]["out_ns"]
    assert closed["t_ns"] - enter["t_ns"] - own_ns >= 20_000_000
    assert own_ns < 20_000_000
    assert re.search(
        r"of its own, and it waited \d+(\.\d)? ms for what is inside it\.$", sentence_for(trace, closed["seq"])
    )


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_layer_has_four_moments_and_holds_the_layers_inside(interface, traces):
    with site("AllHooks", "Slots"):
        ask(interface, "/plain/")
    trace = traces.only
    assert moments(trace) == [
        ("enter", "AllHooks"),
        ("passed_on", "AllHooks"),
        ("enter", "Slots"),
        ("passed_on", "Slots"),
        ("came_back", "Slots"),
        ("exit", "Slots"),
        ("came_back", "AllHooks"),
        ("exit", "AllHooks"),
    ]
    stages = {event["detail"].get("moment", event["phase"]): event["stage"] for event in of(trace, "middleware")}
    assert stages == {
        "enter": "request_middleware",
        "passed_on": "request_middleware",
        "came_back": "response_middleware",
        "exit": "response_middleware",
    }
    assert ancestors(trace, one(trace, "view", "enter"))[:2] == [
        f"middleware {own('Slots')}",
        f"middleware {own('AllHooks')}",
    ]
    assert_well_formed(trace)


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_enter_says_where_the_layer_stands_and_what_it_is(interface, traces):
    with site("AllHooks", "NotUsed", "function", "MarkedAsync"):
        ask(interface, "/plain/")
    details = [event["detail"] for event in of(traces.only, "middleware", "enter")]
    assert [(detail["position"], detail["of"]) for detail in details] == [(1, 3), (2, 3), (3, 3)]
    assert [detail["hooks"] for detail in details] == [list(HOOKS), [], []]
    assert details[2]["is_async"] is True
    assert details[0]["file"] == details[1]["file"] == middleware.__file__
    assert details[0]["line"] == middleware.AllHooks.process_request.__code__.co_firstlineno
    assert details[1]["line"] == middleware.function.__code__.co_firstlineno


def test_a_layer_is_async_where_it_runs_so(traces):
    with site("AllHooks", "both"):
        ask("wsgi", "/plain/")
        ask("asgi", "/plain/")
    for trace, is_async in zip(traces, (False, True), strict=True):
        details = [event["detail"]["is_async"] for event in of(trace.as_dict(), "middleware", "enter")]
        assert details == [is_async, is_async]


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(
    ("layer", "path", "expected"),
    [
        ("AllHooks", "/plain/", {"result": "passed", "status": 200}),
        ("StopsIn", "/plain/", {"result": "answered", "status": 403}),
        ("Replaces", "/plain/", {"result": "replaced", "status": 304}),
        ("RescuesOutside", "/plain/", {"result": "passed", "status": 200}),
        ("RescuesOutside", "/raises/", {"result": "replaced", "status": 503}),
        ("RaisesIn", "/plain/", {"result": "raised", "status": None}),
        ("RaisesOut", "/plain/", {"result": "raised", "status": None}),
    ],
)
def test_an_exit_says_what_became_of_the_response(layer, path, expected, interface, traces):
    with site(layer, "Slots"):
        observe(lambda: ask(interface, path))
    detail = exit_detail(traces.only, layer)
    assert {key: detail[key] for key in expected} == expected


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_layer_that_answers_never_leaves_the_way_in(interface, traces):
    with site("AllHooks", "StopsIn", "Slots"):
        ask(interface, "/plain/")
    trace = traces.only
    assert "Slots" not in [name for _, name in moments(trace)]
    stopping = one(trace, "middleware", "enter", own("StopsIn"))
    assert exit_of(trace, stopping)["stage"] == "request_middleware"
    assert exit_of(trace, stopping)["detail"]["response"] == "HttpResponse"
    assert not of(trace, "resolver") and not of(trace, "view")


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(("layer", "stage"), [("RaisesIn", "request_middleware"), ("RaisesOut", "response_middleware")])
def test_an_exception_of_a_layer_is_told_in_its_stage(layer, stage, interface, traces):
    with site("AllHooks", layer):
        observe(lambda: ask(interface, "/plain/"))
    raising = exit_of(traces.only, one(traces.only, "middleware", "enter", own(layer)))
    assert raising["stage"] == stage
    assert raising["detail"]["error"]["type"] == "ValueError"
    assert one(traces.only, "exception")["stage"] == stage
    assert one(traces.only, "exception")["detail"]["raised_in"] == own(layer)


@pytest.mark.parametrize("interface", INTERFACES)
def test_what_a_layer_changes_is_told_both_ways(interface, traces):
    with site("Changes"):
        ask(interface, "/plain/")
    trace = traces.only
    passed_on = next(event for event in of(trace, "middleware", "point") if event["detail"]["moment"] == "passed_on")
    assert [(change["op"], change["what"]) for change in passed_on["detail"]["changed"]] == [
        ("add", "request.added"),
        ("add", "request.api_token"),
    ]
    changed = {change["what"]: change for change in exit_detail(trace, "Changes")["changed"]}
    assert changed["status"] == {"op": "change", "what": "status", "value": "201", "was": "200"}
    assert changed["header X-Added"]["op"] == "add"
    assert changed["header X-View"] == {"op": "change", "what": "header X-View", "value": "changed", "was": "plain"}
    assert changed["cookie session_hint"]["op"] == "add"
    assert changed["body"] == {"op": "change", "what": "body", "value": "18 bytes", "was": "9 bytes"}


@pytest.mark.parametrize("interface", INTERFACES)
def test_one_change_after_the_other_is_told_of_the_layer_that_made_it(interface, traces):
    layers = [f"{small_changes.__name__}.{name}" for name in small_changes.CHANGES]
    with site(*reversed([each for layer in layers for each in (layer, f"{small_changes.__name__}.nothing")])):
        ask(interface, "/plain/")
    ends = [event["detail"] for event in of(traces.only, "middleware", "exit")]
    told = [[(change["op"], change["what"], change["value"]) for change in end["changed"]] for end in ends]
    assert told[::2] == list(small_changes.CHANGES.values())
    assert not any(told[1::2])


@pytest.mark.parametrize("interface", INTERFACES)
def test_times_of_a_layer_are_its_own(interface, traces):
    with site("AllHooks", "Asks"):
        ask(interface, "/plain/")
    trace = traces.only
    enter = one(trace, "middleware", "enter", own("AllHooks"))
    points = {event["detail"]["moment"]: event for event in of(trace, "middleware", "point", own("AllHooks"))}
    leave = exit_of(trace, enter)
    assert points["passed_on"]["detail"]["in_ns"] == points["passed_on"]["t_ns"] - enter["t_ns"]
    assert leave["detail"]["out_ns"] == leave["t_ns"] - points["came_back"]["t_ns"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_queries_of_a_layer_are_told_in_the_stage_of_their_direction(interface, traces):
    with site("AllHooks", "Asks", "Slots"):
        ask(interface, "/plain/")
    queries = [(event["detail"]["params"], event["stage"]) for event in of(traces.only, "database", "enter")]
    assert queries == [(["in"], "request_middleware"), (["out"], "response_middleware")]
    assert {ancestors(traces.only, query)[0] for query in of(traces.only, "database", "enter")} == {
        f"middleware {own('Asks')}"
    }


def test_an_unmarked_async_call_ends_when_its_coroutine_does(traces):
    with site("MarkedAsync", "UnmarkedAsync", "AllHooks"):
        ask("asgi", "/plain/")
    assert [moment for moment in moments(traces.only) if moment[0] in ("enter", "exit")] == [
        ("enter", "MarkedAsync"),
        ("enter", "UnmarkedAsync"),
        ("enter", "AllHooks"),
        ("exit", "AllHooks"),
        ("exit", "UnmarkedAsync"),
        ("exit", "MarkedAsync"),
    ]
    assert exit_detail(traces.only, "UnmarkedAsync")["result"] == "passed"


async def test_layers_of_overlapping_requests_keep_their_own_moments(traces):
    with site("AllHooks", "MarkedAsync", "both"):
        handler = ASGIHandler()
        await asyncio.gather(*(ask_asgi(f"/async-naps/{number}/", handler=handler) for number in range(8)))
    for trace in traces:
        assert [moment for moment, _ in moments(trace.as_dict())] == (
            ["enter", "passed_on"] * 3 + ["came_back", "exit"] * 3
        )


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_layer_may_call_the_next_one_again(interface, traces):
    visits = []

    def view(request):
        visits.append(request.path)
        return HttpResponse(str(len(visits)))

    with site("AllHooks", "CallsTwice", "Slots"):
        reply = ask(interface, "/", handler=handler_for(view, interface))
    assert reply.body == b"2"
    assert [name for name in enters(traces.only, "middleware") if name == own("Slots")] == [own("Slots")] * 2
    assert_well_formed(traces.only)


# Building the chain.


@pytest.mark.parametrize("make", [WSGIHandler, ASGIHandler])
def test_import_string_is_django_s_own_again_once_the_chain_is_built(make, traces):
    with site("AllHooks"):
        make()
        assert base.import_string is import_string
    with site("AllHooks", "RaisesWhenMade"), pytest.raises(ValueError, match="wrong settings"):
        make()
    assert base.import_string is import_string


@pytest.mark.parametrize("make", [WSGIHandler, ASGIHandler])
def test_a_factory_sees_the_capabilities_of_the_next_layer(make, traces):
    calls.clear()
    with site("both"):
        make()
    assert calls == [f"both made, async: {make is ASGIHandler}"]


def test_a_layer_keeps_its_own_attributes_and_text(traces):
    with site("AllHooks"):
        handler = WSGIHandler()
    chain = handler._middleware_chain
    inner = chain.__wrapped__
    assert (chain.__module__, chain.__qualname__) == (inner.__module__, inner.__qualname__)
    layer = inner.__wrapped__
    assert isinstance(layer, middleware.AllHooks)
    assert repr(layer) == "<AllHooks get_response=BaseHandler._get_response>"
    hook = handler._view_middleware[0]
    assert hook.__self__ is layer
    assert repr(hook) == repr(layer.process_view)
