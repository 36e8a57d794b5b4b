"""The view, inside the thread or task that runs it."""

import asyncio
import functools

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.http import HttpResponse
from django.test import override_settings

from config.shop import views as shop_views
from tests.driving import INTERFACES, ask, ask_asgi, assert_well_formed, exit_of, handler_for, observe, of, one
from tests.site import views
from tests.site.settings import site
from visualizer.probes.view import view_name

pytestmark = pytest.mark.usefixtures("shop")


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_function_is_told_with_its_source(interface, traces):
    with site():
        ask(interface, "/plain/")
    trace = traces.only
    enter = one(trace, "view", "enter")
    assert (enter["name"], enter["stage"]) == ("tests.site.views.plain", "view")
    assert enter["detail"] == {
        "is_async": False,
        "is_class": False,
        "method": None,
        "atomic": [],
        "file": views.__file__,
        "line": views.plain.__code__.co_firstlineno,
    }
    assert exit_of(trace, enter)["detail"] == {"response": "HttpResponse", "status": 200}
    assert_well_formed(trace)


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_class_is_told_with_the_method_that_answers(interface, traces):
    with site():
        ask(interface, "/class/")
    enter = one(traces.only, "view", "enter")
    assert enter["name"] == "tests.site.views.ClassView"
    assert (enter["detail"]["is_class"], enter["detail"]["method"]) == (True, "get")
    assert enter["detail"]["line"] == views.ClassView.get.__code__.co_firstlineno


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_decorated_view_is_told_by_its_own_source(interface, traces):
    ask(interface, "/products/wireless-headphones/")
    detail = one(traces.only, "view", "enter")["detail"]
    assert detail["file"] == shop_views.__file__
    assert detail["line"] == shop_views.product_detail.__wrapped__.__code__.co_firstlineno


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_instance_and_a_partial_are_views_too(interface, traces):
    with site():
        ask(interface, "/instance/")
        ask(interface, "/", handler=handler_for(functools.partial(views.plain, word="x"), interface))
    instance, partial = (one(trace.as_dict(), "view", "enter") for trace in traces)
    assert instance["name"] == "tests.site.views.CallableView"
    assert instance["detail"]["line"] == views.CallableView.__call__.__code__.co_firstlineno
    assert partial["name"].endswith("partial")


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_async_view_runs_on_the_loop_and_a_sync_one_in_a_thread(interface, traces):
    with site():
        ask(interface, "/async-plain/")
        ask(interface, "/plain/")
    async_view, sync_view = (one(trace.as_dict(), "view", "enter") for trace in traces)
    assert async_view["detail"]["is_async"] is True
    assert sync_view["detail"]["is_async"] is False
    if interface == "asgi":
        assert async_view["thread"] == "MainThread"
        assert sync_view["thread"].startswith("ThreadPoolExecutor")
    else:
        assert sync_view["thread"] == "MainThread"


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("path", ["/raises/", "/async-raises/"])
def test_an_exception_is_told_at_the_exit(path, interface, traces):
    with site():
        observe(lambda: ask(interface, path))
    detail = exit_of(traces.only, one(traces.only, "view", "enter"))["detail"]
    assert (detail["response"], detail["status"]) == (None, None)
    assert detail["error"]["type"] == "ValueError"


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_span_of_an_async_view_lasts_until_it_has_answered(interface, traces):
    async def view(request):
        await asyncio.sleep(0.02)
        return HttpResponse()

    with site():
        ask(interface, "/", handler=handler_for(view, interface))
    enter = one(traces.only, "view", "enter")
    assert exit_of(traces.only, enter)["t_ns"] - enter["t_ns"] >= 15_000_000


@pytest.mark.parametrize("interface", INTERFACES)
def test_what_a_view_does_is_inside_it(interface, traces):
    with site():
        ask(interface, "/queries/")
    query = one(traces.only, "database", "enter")
    assert query["parent"] == one(traces.only, "view", "enter")["span"]
    assert query["stage"] == "view"


def test_atomic_requests_are_told_by_alias(traces):
    connections.settings["default"]["ATOMIC_REQUESTS"] = True
    try:
        with site():
            ask("wsgi", "/queries/")
    finally:
        connections.settings["default"]["ATOMIC_REQUESTS"] = False
    trace = traces.only
    assert one(trace, "view", "enter")["detail"]["atomic"] == ["default"]
    assert of(trace, "transaction", "point", "commit")


async def test_overlapping_views_do_not_mix(traces):
    with site():
        handler = ASGIHandler()
        await asyncio.gather(*(ask_asgi(f"/async-naps/{number}/", handler=handler) for number in range(6)))
    for trace in (trace.as_dict() for trace in traces):
        span = one(trace, "view", "enter")["span"]
        assert {event["parent"] for event in of(trace, "database", "enter")} == {span}


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_view_that_is_not_reached_is_not_told(interface, traces):
    with site("StopsInView"):
        ask(interface, "/plain/")
    assert not of(traces.only, "view")


@override_settings(DEBUG=True)
def test_names_of_views():
    assert view_name(views.plain) == "tests.site.views.plain"
    assert view_name(views.ClassView.as_view()) == "tests.site.views.ClassView"
    assert view_name(views.CallableView()) == "tests.site.views.CallableView"
