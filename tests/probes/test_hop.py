"""Hops between threads and the loop: what they carry, what they cost, and who asked for what runs over there."""

import asyncio
import functools
import gc
import inspect
import time
import weakref

import pytest
from asgiref.sync import AsyncToSync, SyncToAsync, async_to_sync, iscoroutinefunction, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import SimpleLazyObject

from config.shop.models import Product
from tests.driving import (
    ask,
    ask_asgi,
    assert_well_formed,
    both_ways,
    exit_of,
    handler_for,
    of,
    one,
    probes_off,
)
from tests.site.settings import own, site
from tests.site.views import one_query
from visualizer.probes.hop import dotted_name

pytestmark = pytest.mark.usefixtures("shop")


def hops(trace, function=""):
    return [e["detail"] for e in of(trace, "hop") if e["detail"]["function"].endswith(function)]


def origins(trace):
    return [e["detail"]["origin"] for e in of(trace, "database", "enter")]


def line_with(function, text):
    """The line of this function's source that has this text."""
    lines, first = inspect.getsourcelines(function)
    return first + next(number for number, line in enumerate(lines) if text in line)


def test_a_sync_hook_of_a_layer_is_told_with_its_thread_and_the_cost_of_the_way(traces):
    with site("AllHooks"):
        ask("asgi", "/async-plain/")
    [hop] = hops(traces.only, "AllHooks.process_request")
    assert hop["function"] == f"{own('AllHooks')}.process_request"
    assert hop["to"].startswith("ThreadPoolExecutor")
    assert hop["origin"] == {"where": "unseen"}
    assert hop["to_ns"] > 0 and hop["ran_ns"] > 0 and hop["back_ns"] > 0
    event = next(e for e in of(traces.only, "hop") if e["detail"] == hop)
    assert (event["phase"], event["name"], event["thread"]) == ("point", "sync_to_async", "MainThread")
    assert_well_formed(traces.only)


def test_the_three_times_together_are_those_of_the_call(traces):
    taken = []

    async def view(request):
        begin = time.perf_counter_ns()
        await sync_to_async(time.sleep)(0.02)
        taken.append(time.perf_counter_ns() - begin)
        return HttpResponse()

    with site():
        ask("asgi", "/", handler=handler_for(view, "asgi"))
    [hop] = hops(traces.only, "sleep")
    assert hop["ran_ns"] >= 20_000_000
    whole = hop["to_ns"] + hop["ran_ns"] + hop["back_ns"]
    assert 0 <= taken[0] - whole < 2_000_000


def test_under_wsgi_a_sync_page_has_no_hops(traces):
    with site("AllHooks"):
        ask("wsgi", "/plain/")
    assert hops(traces.only) == []


@pytest.mark.parametrize("layers", [(), ("AllHooks",), ("TellsThread",), ("TellsThread", "MarkedAsync", "TellsThread")])
def test_a_query_of_an_async_view_is_told_with_the_view_s_line(layers, traces):
    async def view(request):
        await Product.objects.aget(slug="wireless-headphones")
        async for _ in Product.objects.all()[:1]:
            pass
        await sync_to_async(one_query)("own function")
        await sync_to_async(get_object_or_404)(Product, slug="wireless-headphones")
        return HttpResponse()

    with site(*layers):
        assert ask("asgi", "/", handler=handler_for_chain(view)).status == 200
    told = origins(traces.only)
    assert [origin["where"] for origin in told] == ["python"] * 4
    assert told[0]["function"] == told[1]["function"] == told[3]["function"] == "view"
    wanted = [line_with(view, text) for text in ("aget", "async for", "get_object_or_404")]
    assert [told[0]["line"], told[1]["line"], told[3]["line"]] == wanted
    # A function of the project's own is the line that asked.
    assert told[2]["function"] == "one_query"


def handler_for_chain(view):
    """A handler with the site's layers and this view."""
    handler = ASGIHandler()
    handler.resolve_request = lambda request: (view, (), {})
    return handler


def test_what_a_middleware_of_django_asks_is_not_blamed_on_a_layer_outside(traces):
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session["seen"] = True
    session.save()

    def view(request):
        return HttpResponse(str(request.session.get("seen")))

    layers = ("TellsThread", "MarkedAsync", "django.contrib.sessions.middleware.SessionMiddleware")
    with site(*layers):
        headers = (("Cookie", f"sessionid={session.session_key}"),)
        assert ask("asgi", "/", handler=handler_for_chain(view), headers=headers).body == b"True"
    [origin] = origins(traces.only)
    assert origin["where"] == "python" and origin["function"] == "view"


def test_a_sync_view_s_way_through_the_loop_keeps_its_line(traces):
    async def ask_there():
        return await sync_to_async(Product.objects.filter(pk=1).first)()

    def view(request):
        async_to_sync(ask_there)()
        return HttpResponse()

    with site():
        ask("wsgi", "/", handler=handler_for(view))
    [origin] = origins(traces.only)
    assert (origin["function"], origin["line"]) == ("ask_there", line_with(ask_there, "first"))
    [there] = [e for e in of(traces.only, "hop") if e["name"] == "async_to_sync"]
    assert there["detail"]["origin"]["line"] == line_with(view, "async_to_sync")
    assert there["thread"] == "MainThread" and there["detail"]["to"] != "MainThread"
    assert there["detail"]["ran_ns"] > 0


def test_a_library_s_coroutine_is_asked_for_by_the_line_that_called_it(traces):
    def view(request):
        async_to_sync(Product.objects.filter(pk=1).aexists)()
        return HttpResponse()

    with site():
        ask("wsgi", "/", handler=handler_for(view))
    assert [origin["line"] for origin in origins(traces.only)] == [line_with(view, "aexists")]


def _explode():
    raise ZeroDivisionError("over there")


async def _explode_in_loop():
    await asyncio.sleep(0)
    raise ZeroDivisionError("in the loop")


async def explodes_in_thread(request):
    await sync_to_async(_explode)()


def explodes_in_loop(request):
    async_to_sync(_explode_in_loop)()


@pytest.mark.parametrize("view", [explodes_in_thread, explodes_in_loop])
@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_an_exception_comes_back_as_it_would_without_the_probe(interface, view, traces):
    with site("AllHooks"):
        recorded, plain = both_ways(lambda: ask(interface, "/", handler=handler_for(view, interface)))
    assert recorded == plain
    assert "ZeroDivisionError" in "".join(recorded.logged)
    [hop] = hops(traces.only, "_explode" if view is explodes_in_thread else "_explode_in_loop")
    assert hop["ran_ns"] > 0 and hop["back_ns"] > 0


def test_a_cancelled_call_that_never_began_is_told_so(traces):
    async def view(request):
        begun, loop = asyncio.Event(), asyncio.get_running_loop()
        busy = asyncio.create_task(sync_to_async(lambda: (loop.call_soon_threadsafe(begun.set), time.sleep(0.05)))())
        await begun.wait()
        late = asyncio.create_task(sync_to_async(_explode)())
        await asyncio.sleep(0)
        late.cancel()
        with pytest.raises(asyncio.CancelledError):
            await late
        await busy
        return HttpResponse()

    with site():
        assert ask("asgi", "/", handler=handler_for(view, "asgi")).status == 200
    [hop] = hops(traces.only, "_explode")
    assert (hop["to"], hop["to_ns"], hop["ran_ns"], hop["back_ns"]) == (None, None, None, None)


async def test_overlapping_requests_hop_each_in_their_own_trace(traces):
    async def view(request):
        await asyncio.sleep(0.001)
        await sync_to_async(one_query)(request.path)
        return HttpResponse(await Product.objects.acount())

    with site("AllHooks", "TellsThread"):
        handler = handler_for_chain(view)
        await asyncio.gather(*(ask_asgi(f"/{number}/", handler=handler) for number in range(8)))
    assert len(traces) == 8
    for trace in (trace.as_dict() for trace in traces):
        assert len(hops(trace, "one_query")) == 1
        assert [e["detail"]["params"] for e in of(trace, "database", "enter")][0] == [trace["request"]["path"]]
        assert all(origin["where"] == "python" for origin in origins(trace))
        assert_well_formed(trace)


def test_the_rows_of_a_queryset_are_not_kept_until_the_request_ends(traces):
    kept = []

    async def view(request):
        products = Product.objects.all()
        async for _ in products:
            pass
        kept.append(weakref.ref(products))
        del products
        gc.collect()
        return HttpResponse(str(kept[0]() is None))

    with site():
        assert ask("asgi", "/", handler=handler_for(view, "asgi")).body == b"True"
    assert hops(traces.only, "_fetch_all")


class _Overriding(SyncToAsync):
    """As Channels does for connections of the database."""

    def thread_handler(self, loop, *args, **kwargs):
        return super().thread_handler(loop, *args, **kwargs)


def test_a_subclass_that_runs_it_in_its_own_way_is_not_disturbed(traces):
    async def view(request):
        return HttpResponse(str(await _Overriding(one_query)("mine")))

    with site():
        assert ask("asgi", "/", handler=handler_for(view, "asgi")).body == b"mine"
    [hop] = hops(traces.only, "one_query")
    assert hop["to"] is None


def test_hops_outside_of_requests_are_in_no_trace(traces):
    assert async_to_sync(sync_to_async(lambda: 7))() == 7
    assert traces == []


def test_uninstalled_nothing_is_seen_and_nothing_is_left(traces):
    with probes_off(), site("AllHooks"):
        assert ask("asgi", "/async-plain/").status == 200
        assert not hasattr(SyncToAsync.__call__, "__wrapped__")
        assert inspect.isfunction(vars(SyncToAsync)["thread_handler"])
    assert traces == []
    assert hasattr(SyncToAsync.__call__, "__wrapped__")


@pytest.mark.usefixtures("traces")
def test_the_functions_keep_their_nature():
    assert inspect.isfunction(SyncToAsync.__call__)
    assert inspect.iscoroutinefunction(SyncToAsync.__call__)
    assert inspect.iscoroutinefunction(vars(AsyncToSync)["main_wrap"].__wrapped__)
    assert iscoroutinefunction(sync_to_async(one_query))
    assert inspect.ismethod(sync_to_async(one_query).thread_handler)


class _Callable:
    def __call__(self):
        return 1

    def method(self):
        return 2

    @classmethod
    def of_class(cls):
        return 3

    def __getattr__(self, name):
        raise AssertionError(f"{name} was asked for")


def test_what_is_called_is_named_without_asking_it():
    here = f"{__name__}._Callable"
    assert dotted_name(_Callable()) == here
    assert dotted_name(_Callable().method) == f"{here}.method"
    assert dotted_name(_Callable.of_class) == f"{here}.of_class"
    assert dotted_name(_Callable) == here
    assert dotted_name(functools.partial(functools.partial(_Callable().method), 1)) == f"{here}.method"
    assert dotted_name(time.sleep) == "time.sleep"
    assert dotted_name(SimpleLazyObject(_explode)) == "django.utils.functional.SimpleLazyObject"
    assert dotted_name(functools.update_wrapper(lambda: None, one_query)) == "tests.site.views.one_query"


def test_a_view_carried_to_a_thread_is_named(traces):
    with site():
        ask("asgi", "/queries/")
    [hop] = hops(traces.only, "views.queries")
    view = one(traces.only, "view", "enter")
    assert hop["to"] == view["thread"]
    assert hop["ran_ns"] >= exit_of(traces.only, view)["t_ns"] - view["t_ns"]
