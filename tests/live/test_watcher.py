"""A watcher reads the log at its own pace, and no further than its page has confirmed."""

import asyncio
import json
import threading

import pytest

from visualizer.live.log import FrameLog
from visualizer.live.watcher import BATCH, WINDOW, Watcher


@pytest.fixture
def log():
    return FrameLog(max_frames=100)


@pytest.fixture
async def watcher(log):
    return Watcher(log, threading.Lock(), asyncio.get_running_loop())


def add(log, count, rows=()):
    for _ in range(count):
        log.append(b"{}", rows)


def numbers(texts):
    return [json.loads(text)["n"] for text in texts]


def take_all(watcher):
    found = []
    while texts := watcher.take():
        found += texts
    return found


async def test_frames_come_in_order_with_their_rows(log, watcher):
    add(log, 2, rows=('{"n":"row"}',))
    assert numbers(watcher.take()) == [1, "row", 2, "row"]
    assert watcher.take() == []


async def test_a_new_watcher_begins_with_the_next_frame(log):
    add(log, 5)
    late = Watcher(log, threading.Lock(), asyncio.get_running_loop())
    add(log, 1)
    assert numbers(late.take()) == [6]


async def test_it_is_handed_a_few_frames_at_once(log, watcher):
    add(log, 20)
    assert len(watcher.take()) == BATCH


async def test_no_more_than_the_window_is_sent_unconfirmed(log, watcher):
    add(log, 90)
    assert numbers(take_all(watcher))[-1] == WINDOW
    watcher.confirm(10)
    assert numbers(take_all(watcher)) == list(range(WINDOW + 1, WINDOW + 11))


async def test_who_confirms_in_time_loses_nothing(log, watcher):
    arrived = []
    for _ in range(50):
        add(log, 30)
        arrived += numbers(take_all(watcher))
        watcher.confirm(arrived[-1])
    assert arrived == list(range(1, 1501))


async def test_who_falls_behind_what_is_kept_is_resynchronised_and_goes_on(log, watcher):
    add(log, 1000)
    assert numbers(take_all(watcher)) == [1000]
    add(log, 3)
    assert numbers(take_all(watcher)) == [1001, 1002, 1003]


async def test_who_stops_confirming_gets_a_resync_once_it_confirms_again(log, watcher):
    add(log, WINDOW)
    take_all(watcher)
    add(log, 500)
    assert watcher.take() == []
    watcher.confirm(WINDOW)
    [text] = watcher.take()
    assert json.loads(text) == {"type": "resync", "n": WINDOW + 500}


async def test_confirming_what_was_not_sent_opens_no_window(log, watcher):
    add(log, 90)
    watcher.confirm(10_000)
    assert numbers(take_all(watcher))[-1] == WINDOW


async def test_a_gap_is_filled_with_the_same_texts(log, watcher):
    add(log, 20)
    sent = take_all(watcher)
    assert watcher.again(5, 8) == sent[4:8]


@pytest.mark.parametrize(("first", "last"), [(0, 3), (5, 4), (15, 25), (-5, -1), (1, 10**9)])
async def test_a_gap_that_cannot_be_filled_is_a_resync(log, watcher, first, last):
    add(log, 20)
    take_all(watcher)
    assert json.loads(watcher.again(first, last)[0])["type"] == "resync"


async def test_next_waits_for_the_wake(log, watcher):
    waiting = asyncio.create_task(watcher.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    add(log, 1)
    watcher.wake_here()
    assert numbers(await waiting) == [1]


async def test_it_can_be_woken_from_another_thread(log, watcher):
    waiting = asyncio.create_task(watcher.next())
    await asyncio.sleep(0)
    add(log, 1)
    await asyncio.to_thread(watcher.wake)
    assert numbers(await asyncio.wait_for(waiting, 5)) == [1]
