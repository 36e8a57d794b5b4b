"""The hub brings every event of every running trace to every watcher, once, in order, and bounded."""

import asyncio
import json
import logging
import threading
import time

import pytest

from visualizer.live import protocol
from visualizer.live.hub import Hub
from visualizer.recorder import Trace, is_recording

INTERVAL_S = 0.002


class Page:
    """What an open page does: takes what comes, confirms it, and keeps the events of each trace."""

    def __init__(self, hub: Hub, confirms: bool = True) -> None:
        self.hub, self.confirms = hub, confirms
        self.watcher, hello = hub.join()
        self.hello = json.loads(hello)
        self.texts: list[str] = []
        self.messages: list[dict] = []
        self.items: list[dict] = []
        self._task = asyncio.create_task(self._read())

    async def _read(self):
        while True:
            for text in await self.watcher.next():
                message = json.loads(text)
                self.texts.append(text)
                self.messages.append(message)
                self.items += message.get("items", ())
                if message["type"] == "frame" and self.confirms:
                    self.watcher.confirm(message["n"])

    def numbers_of(self, trace):
        """The numbers of the trace's events in the order in which they came."""
        parts = [item["events"] for item in self.items if item.get("trace") == trace.id]
        return [event["seq"] for events in parts for event in events]

    def has_end_of(self, trace):
        return any(item.get("end", {}).get("id") == trace.id for item in self.items)

    async def until(self, claim):
        deadline = time.monotonic() + 10
        while not claim():
            assert time.monotonic() < deadline, "it never came"
            await asyncio.sleep(INTERVAL_S)

    async def close(self):
        self._task.cancel()
        self.hub.leave(self.watcher)


@pytest.fixture
def hub():
    return Hub(interval_s=INTERVAL_S)


@pytest.fixture
async def open_page(hub):
    pages = []

    def opened(**options):
        pages.append(Page(hub, **options))
        return pages[-1]

    yield opened
    for page in pages:
        await page.close()


def make_trace(path="/", kind=Trace):
    return kind("asgi", "ASGIHandler", None, lambda _: ("GET", path, "", []))


def record(trace, count=1, text="SELECT 1"):
    for _ in range(count):
        trace.point(time.perf_counter_ns(), 0, "view", "database", "default", {"sql": text})


def run(hub, trace, count=1):
    """A whole request, as the recorder tells it to a sink."""
    hub.on_begin(trace)
    record(trace, count)
    trace.finish(time.perf_counter_ns())
    if hub.on_end is not None:
        hub.on_end(trace)


async def test_a_request_is_shown_from_begin_to_end(hub, open_page):
    page, trace = open_page(), make_trace("/products/")
    run(hub, trace, 3)
    await page.until(lambda: page.has_end_of(trace))
    begin, events, end = page.items
    assert begin["begin"]["request"]["path"] == "/products/"
    assert [event["seq"] for event in events["events"]] == [0, 1, 2]
    assert end["end"]["duration_ns"] > 0


async def test_events_come_while_the_request_runs(hub, open_page):
    page, trace = open_page(), make_trace()
    hub.on_begin(trace)
    for expected in range(1, 4):
        record(trace)
        await page.until(lambda expected=expected: page.numbers_of(trace) == list(range(expected)))
    assert not page.has_end_of(trace)
    hub.on_end(trace)


async def test_nothing_is_lost_and_nothing_comes_twice_when_threads_record(hub, open_page):
    pages = [open_page(), open_page(), open_page()]
    traces = [make_trace(f"/{number}/") for number in range(20)]

    def request(trace):
        hub.on_begin(trace)
        for _ in range(50):
            record(trace, 20)
            time.sleep(0.0005)
        trace.finish(time.perf_counter_ns())
        hub.on_end(trace)

    threads = [threading.Thread(target=request, args=(trace,)) for trace in traces]
    for thread in threads:
        thread.start()
    for page in pages:
        await page.until(lambda page=page: all(page.has_end_of(trace) for trace in traces))
        assert all(page.numbers_of(trace) == list(range(1000)) for trace in traces)
    for thread in threads:
        thread.join()


async def test_all_watchers_get_the_very_same_texts(hub, open_page):
    pages = [open_page() for _ in range(3)]
    trace = make_trace()
    run(hub, trace, 500)
    for page in pages:
        await page.until(lambda page=page: page.has_end_of(trace))
    # Not only equal: encoded once.
    assert all(mine is other for page in pages for mine, other in zip(page.texts, pages[0].texts, strict=True))


async def test_frames_are_numbered_without_gaps(hub, open_page):
    page = open_page()
    for _ in range(5):
        trace = make_trace()
        run(hub, trace)
        await page.until(lambda trace=trace: page.has_end_of(trace))
    assert [message["n"] for message in page.messages] == list(range(1, hub.log.last + 1))


async def test_frames_are_bounded(hub, open_page):
    page, trace = open_page(), make_trace()
    hub.on_begin(trace)
    record(trace, 2000, "SELECT " + "x" * 1000)
    trace.finish(time.perf_counter_ns())
    hub.on_end(trace)
    await page.until(lambda: page.has_end_of(trace))
    assert page.numbers_of(trace) == list(range(2000))
    assert len(page.texts) > 5
    assert max(len(text.encode()) for text in page.texts) < protocol.MAX_FRAME_BYTES


async def test_a_slow_watcher_is_resynchronised_and_the_other_misses_nothing(hub, open_page):
    quick, slow = open_page(), open_page(confirms=False)
    traces = [make_trace() for _ in range(700)]
    for trace in traces:
        run(hub, trace)
        hub.flush()
        if hub.log.last % 50 == 0:
            await asyncio.sleep(0.01)
    await quick.until(lambda: quick.has_end_of(traces[-1]))
    assert all(quick.numbers_of(trace) == [0] for trace in traces)
    assert len(slow.texts) < 100
    slow.watcher.confirm(slow.messages[-1]["n"])
    await slow.until(lambda: slow.messages[-1]["type"] == "resync")
    assert slow.messages[-1]["n"] == hub.log.last
    slow.confirms = True
    last = make_trace()
    run(hub, last)
    await slow.until(lambda: slow.has_end_of(last))


async def test_more_than_a_flush_can_carry_comes_with_the_next_ones(hub, open_page, monkeypatch):
    monkeypatch.setattr("visualizer.live.hub.FLUSH_BYTES", 50_000)
    page, traces = open_page(), [make_trace() for _ in range(100)]
    for trace in traces:
        run(hub, trace, 50)
    hub.flush()
    assert len(hub._ended) > 80
    await page.until(lambda: page.has_end_of(traces[-1]))
    assert all(page.numbers_of(trace) == list(range(50)) for trace in traces)


async def test_more_finished_traces_than_can_wait_are_told_as_a_resync(hub, open_page, monkeypatch):
    monkeypatch.setattr("visualizer.live.hub.MAX_WAITING", 20)
    page = open_page()
    for _ in range(30):
        run(hub, make_trace())
    await page.until(lambda: page.messages and page.messages[-1]["type"] == "resync")
    assert page.messages[-1]["n"] == hub.log.last
    last = make_trace()
    run(hub, last)
    await page.until(lambda: page.has_end_of(last))


async def test_a_gap_is_refilled(hub, open_page):
    page = open_page()
    for _ in range(10):
        run(hub, make_trace())
        hub.flush()
    await page.until(lambda: len(page.texts) == 10)
    assert page.watcher.again(4, 6) == page.texts[3:6]


async def test_who_joins_later_is_told_what_is_running(hub, open_page):
    first, trace = open_page(), make_trace("/long/")
    hub.on_begin(trace)
    record(trace, 5)
    await first.until(lambda: first.numbers_of(trace))
    late = open_page()
    assert [head["request"]["path"] for head in late.hello["traces"]] == ["/long/"]
    assert late.hello["n"] == hub.log.last
    record(trace)
    await late.until(lambda: late.numbers_of(trace) == [5])
    hub.on_end(trace)


async def test_who_joins_an_unwatched_request_gets_it_whole(hub, open_page):
    trace = make_trace()
    hub.on_begin(trace)
    record(trace, 5)
    page = open_page()
    await page.until(lambda: page.numbers_of(trace) == [0, 1, 2, 3, 4])
    hub.on_end(trace)


async def test_what_a_browser_reports_later_follows(hub, open_page):
    page, trace = open_page(), make_trace()
    run(hub, trace, 3)
    await page.until(lambda: page.has_end_of(trace))
    numbers = (
        "start_epoch_ns queued_ns connect_ns first_byte_ns download_ns total_ns transfer_bytes body_bytes decoded_bytes"
    )
    report = {**dict.fromkeys(numbers.split(), 1), "status": 200, "protocol": "h2", "rendered": "", "subrequests": []}
    trace.report_client(report)
    hub.announce(trace)
    await page.until(lambda: page.numbers_of(trace) == [0, 1, 2, 3, 4])
    assert [next(iter(item)) for item in page.items] == ["begin", "trace", "end", "trace", "end"]


async def test_nothing_is_kept_of_requests_that_nobody_watches(hub):
    for _ in range(10):
        run(hub, make_trace())
    hub.tidy()
    assert hub.log.last == 0
    assert [len(hub._begun), len(hub._active), len(hub._ended), len(hub._sent)] == [0, 0, 0, 0]


async def test_what_ends_while_nobody_watches_does_not_run_for_the_next_watcher(hub):
    page, seen, unseen, running = Page(hub), make_trace("/seen/"), make_trace("/unseen/"), make_trace("/running/")
    hub.on_begin(seen)
    hub.flush()
    await page.close()
    for trace in (unseen, running):
        hub.on_begin(trace)
    for trace in (seen, unseen):
        trace.finish(time.perf_counter_ns())
    watcher, hello = hub.join()
    assert [head["id"] for head in json.loads(hello)["traces"]] == [running.id]
    hub.leave(watcher)


async def test_what_was_sent_is_remembered_of_few_traces(hub, open_page, settings):
    settings.VISUALIZER = {"MAX_TRACES": 5}
    page = open_page()
    for _ in range(30):
        run(hub, make_trace())
        hub.flush()
    await page.until(lambda: len(page.texts) == 30)
    assert len(hub._sent) == 5


async def test_with_the_last_watcher_the_hub_falls_asleep_and_wakes_for_the_next(hub):
    page = Page(hub)
    await page.close()
    run(hub, make_trace())
    await asyncio.sleep(5 * INTERVAL_S)
    assert hub.log.last == 0
    page, trace = Page(hub), make_trace()
    run(hub, trace)
    await page.until(lambda: page.has_end_of(trace))
    await page.close()


async def test_the_hub_sleeps_between_requests(hub, open_page):
    page, trace = open_page(), make_trace()
    run(hub, trace)
    await page.until(lambda: page.has_end_of(trace))
    await asyncio.sleep(5 * INTERVAL_S)
    assert hub._timer is None
    assert not hub._awake


async def test_rows_follow_the_frame_of_their_trace(hub, open_page):
    hub.row_renderer = lambda trace: f"<li id=trace-{trace.id}>{trace.finished}</li>"
    page, trace = open_page(), make_trace()
    hub.on_begin(trace)
    await page.until(lambda: len(page.texts) == 2)
    trace.finish(time.perf_counter_ns())
    hub.on_end(trace)
    await page.until(lambda: len(page.texts) == 4)
    assert [message["type"] for message in page.messages] == ["frame", "rows", "frame", "rows"]
    added, replaced = page.messages[1], page.messages[3]
    assert (added["target"], added["swap"]) == ("#requests", "afterbegin")
    assert (replaced["target"], replaced["swap"]) == (f"#trace-{trace.id}", "outerHTML")
    assert "True" in replaced["content"]


async def test_a_quick_request_has_one_row(hub, open_page):
    hub.row_renderer = lambda trace: f"<li>{trace.finished}</li>"
    page, trace = open_page(), make_trace()
    run(hub, trace)
    await page.until(lambda: len(page.texts) == 2)
    assert page.messages[1]["content"] == "<li>True</li>"
    assert page.messages[1]["swap"] == "afterbegin"


async def test_the_rows_of_one_flush_come_as_their_requests_began(hub, open_page):
    hub.row_renderer = lambda trace: trace.id
    page, slow, quick = open_page(), make_trace(), make_trace()
    with hub._lock:
        hub.on_begin(slow)
        run(hub, quick)
    await page.until(lambda: page.has_end_of(quick))
    await page.until(lambda: len(page.texts) == 3)
    assert [message["content"] for message in page.messages[1:]] == [slow.id, quick.id]


async def test_rendering_a_row_is_not_recorded(hub, open_page):
    seen = []
    hub.row_renderer = lambda trace: seen.append(is_recording()) or "<li>"
    page, trace = open_page(), make_trace()
    run(hub, trace)
    await page.until(lambda: page.has_end_of(trace))
    assert seen == [False]


async def test_a_trace_that_cannot_be_described_stops_nobody_else(hub, open_page, caplog):
    class Broken(Trace):
        def head(self):
            raise ZeroDivisionError

    page, broken, good = open_page(), make_trace(kind=Broken), make_trace()
    with caplog.at_level(logging.CRITICAL, logger="visualizer.live"):
        run(hub, broken)
        hub.on_begin(broken)
        run(hub, good)
        await page.until(lambda: page.has_end_of(good))
    assert page.numbers_of(good) == [0]
    assert broken.id not in hub._active


async def test_a_row_that_cannot_be_rendered_stops_nothing(hub, open_page, caplog):
    def render(trace):
        raise ValueError

    hub.row_renderer = render
    page, traces = open_page(), [make_trace(), make_trace()]
    with caplog.at_level(logging.CRITICAL, logger="visualizer.live"):
        for trace in traces:
            run(hub, trace)
            await page.until(lambda trace=trace: page.has_end_of(trace))


async def test_watchers_on_another_loop_are_served_too(hub, open_page):
    here, trace = open_page(), make_trace()
    joined, done = threading.Event(), threading.Event()
    there = []

    async def elsewhere():
        page = Page(hub)
        joined.set()
        await page.until(lambda: page.has_end_of(trace))
        there.extend(page.texts)
        await page.close()
        done.set()

    thread = threading.Thread(target=asyncio.run, args=(elsewhere(),))
    thread.start()
    await asyncio.to_thread(joined.wait, 5)
    run(hub, trace, 10)
    await here.until(lambda: here.has_end_of(trace))
    await asyncio.to_thread(done.wait, 5)
    thread.join()
    assert there == here.texts


def test_a_loop_that_died_with_its_watchers_does_not_take_the_hub_along(hub):
    async def abandon():
        hub.join()

    async def watch():
        page, trace = Page(hub), make_trace()
        run(hub, trace)
        await page.until(lambda: page.has_end_of(trace))
        await page.close()

    asyncio.run(abandon())
    run(hub, make_trace())
    asyncio.run(abandon())
    asyncio.run(watch())


async def test_a_request_pays_one_wake_for_many_events(hub, open_page, monkeypatch):
    open_page()
    await asyncio.sleep(5 * INTERVAL_S)
    loop, calls = asyncio.get_running_loop(), []
    original = loop.call_soon_threadsafe
    monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *args: calls.append(args) or original(*args))
    trace = make_trace()
    run(hub, trace, 1000)
    assert len(calls) == 1
