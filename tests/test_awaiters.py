"""Queries of tasks of their own, as `asyncio.gather` and its like make them: the line that waits is the line told."""

import asyncio

import pytest
from django.core.signals import request_started
from django.http import HttpResponse

from config.shop.models import Product
from tests.driving import ask, ask_asgi, of
from tests.probes.test_hop import handler_for_chain, hops, line_with, origins
from tests.site.settings import site

pytestmark = pytest.mark.usefixtures("shop")


async def _by_gather():
    await asyncio.gather(Product.objects.acount(), Product.objects.aexists())


async def _by_tasks():
    tasks = [asyncio.create_task(Product.objects.acount()), asyncio.create_task(Product.objects.aexists())]
    await asyncio.wait(tasks)


async def _by_wait_for():
    await asyncio.gather(asyncio.wait_for(Product.objects.acount(), 5), asyncio.shield(Product.objects.aexists()))


async def _by_group():
    async with asyncio.TaskGroup() as group:
        group.create_task(Product.objects.acount())
        group.create_task(Product.objects.aexists())


async def _by_own_coroutines():
    async def one():
        await Product.objects.acount()

    await asyncio.gather(one(), one())


@pytest.mark.parametrize(
    ("ask_together", "line"),
    [
        (_by_gather, "asyncio.gather("),
        (_by_tasks, "asyncio.wait("),
        (_by_wait_for, "asyncio.gather("),
        (_by_group, "async with"),
        (_by_own_coroutines, "acount"),
    ],
)
@pytest.mark.parametrize("layers", [(), ("TellsThread",), ("MarkedAsync",)])
def test_a_task_s_own_query_is_told_with_the_line_that_waits_for_it(ask_together, line, layers, traces):
    async def view(request):
        await ask_together()
        return HttpResponse()

    with site(*layers):
        assert ask("asgi", "/", handler=handler_for_chain(view)).status == 200
    told = origins(traces.only)
    assert [(origin["where"], origin["line"]) for origin in told] == [("python", line_with(ask_together, line))] * 2
    assert {e["stage"] for e in of(traces.only, "database")} == {"view"}
    assert not of(traces.only, "recorder")


def test_a_task_that_nobody_waits_for_yet_has_no_line_that_could_be_seen(traces):
    async def view(request):
        task = asyncio.create_task(Product.objects.acount())
        await asyncio.sleep(0.05)
        await task
        return HttpResponse()

    with site():
        ask("asgi", "/", handler=handler_for_chain(view))
    assert origins(traces.only) == [{"where": "unseen"}]


def test_where_not_all_that_waits_can_be_seen_no_line_is_told(traces):
    async def parts():
        # An async generator does not show who waits in it.
        yield await asyncio.gather(Product.objects.acount())

    async def view(request):
        return HttpResponse(str([part async for part in parts()]))

    with site():
        assert ask("asgi", "/", handler=handler_for_chain(view)).status == 200
    assert origins(traces.only) == [{"where": "unseen"}]
    assert not of(traces.only, "recorder")


def test_who_waits_for_the_whole_answer_asked_for_nothing_inside_it(traces):
    def receiver(**kwargs):
        Product.objects.count()

    async def send_together():
        handler = handler_for_chain(one_answer)
        await asyncio.gather(*(ask_asgi("/", handler=handler) for _ in range(2)))

    async def one_answer(request):
        return HttpResponse()

    request_started.connect(receiver)
    try:
        with site("AllHooks"):
            asyncio.run(send_together())
    finally:
        request_started.disconnect(receiver)
    told = [hop["origin"] for trace in traces for hop in hops(trace.as_dict(), "process_request")]
    assert told == [{"where": "unseen"}] * 2
    asked = [origin for trace in traces for origin in origins(trace.as_dict())]
    assert [origin.get("function") for origin in asked] == ["receiver"] * 2
