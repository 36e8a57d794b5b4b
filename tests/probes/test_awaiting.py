"""What stands for a coroutine, of a call to a thread or of a layer, is one in all that can be done with it."""

import asyncio
import collections.abc
import gc
import inspect
import time
import traceback
import warnings
import weakref

import pytest
from asgiref.sync import sync_to_async

from tests.driving import of
from tests.probes.recording import arecord

pytestmark = pytest.mark.usefixtures("shop")


def fails():
    raise LookupError("over there")


def hops(trace, name):
    return [e["detail"] for e in of(trace, "hop") if e["detail"]["function"].endswith(name)]


@pytest.mark.usefixtures("traces")
def test_it_is_a_coroutine_with_the_name_of_the_one_it_stands_for():
    call = sync_to_async(time.sleep)(0)
    assert isinstance(call, collections.abc.Coroutine)
    assert asyncio.iscoroutine(call)
    assert inspect.iscoroutine(call)
    assert inspect.getcoroutinestate(call) == inspect.CORO_CREATED
    assert call.__qualname__.endswith("__call__")
    assert call.cr_frame is not None
    assert weakref.ref(call)() is call
    call.close()


async def test_tasks_and_gather_and_time_limits_take_it(traces):
    async def run():
        task = asyncio.create_task(sync_to_async(len)("four"))
        together = asyncio.gather(*(sync_to_async(len)("x" * number) for number in range(3)))
        return [await task, *await together, await asyncio.wait_for(sync_to_async(len)("limit"), 5)]

    reply = await arecord(run)
    assert reply.body == b"[4, 0, 1, 2, 5]"
    assert len(hops(traces.only, "len")) == 5


async def test_an_error_passes_through_and_no_frame_of_ours_is_in_it(traces):
    seen = []

    async def run():
        try:
            await sync_to_async(fails)()
        except LookupError as error:
            seen.extend(frame.filename for frame in traceback.extract_tb(error.__traceback__))

    await arecord(run)
    assert seen[-1] == __file__
    assert not [file for file in seen if "/visualizer/" in file]
    assert len(hops(traces.only, "fails")) == 1


async def test_a_call_that_is_cancelled_on_its_way_is_told_once(traces):
    async def run():
        task = asyncio.create_task(sync_to_async(time.sleep)(0.05))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await sync_to_async(len)("after it")

    reply = await arecord(run)
    assert reply.body == b"8"
    assert len(hops(traces.only, "sleep")) == len(hops(traces.only, "len")) == 1


async def test_it_is_awaited_once_and_takes_what_is_thrown(traces):
    async def run():
        call = sync_to_async(len)("once")
        assert await call == 4
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await call
        call = sync_to_async(len)("never")
        with pytest.raises(KeyError, match="thrown"):
            call.throw(KeyError("thrown"))
        call.close()

    assert (await arecord(run)).status == 200
    assert len(hops(traces.only, "len")) == 1


async def test_one_that_is_given_up_halfway_is_closed_and_told(traces):
    async def run():
        call = sync_to_async(time.sleep)(0.01)
        call.send(None)
        del call
        gc.collect()
        call = sync_to_async(len)("closed")
        call.send(None)
        call.close()
        call.close()
        return await sync_to_async(abs)(-3)

    assert (await arecord(run)).body == b"3"
    for name in ("sleep", "len", "abs"):
        assert len(hops(traces.only, name)) == 1


async def test_what_waits_over_there_can_be_thrown_into(traces):
    async def run():
        call = sync_to_async(time.sleep)(0.01)
        call.send(None)
        with pytest.raises(KeyError, match="thrown"):
            call.throw(KeyError("thrown"))

    assert (await arecord(run)).status == 200
    assert len(hops(traces.only, "sleep")) == 1


async def test_one_that_nobody_awaits_says_so(traces):
    async def run():
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            sync_to_async(len)("never")
            gc.collect()
        return [str(warning.message) for warning in said]

    assert b"was never awaited" in (await arecord(run)).body
    assert hops(traces.only, "len") == []
