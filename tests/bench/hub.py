"""How many events a second the live hub brings to each of ten watchers: `python -m tests.bench.hub`.

Finished traces are offered at rising rates; each watcher takes the frames as the socket's consumer does and confirms
them as the page does. A rate counts only if every watcher got every event of every trace.
"""

import asyncio
import time
from collections.abc import Iterator

import orjson
from django.conf import settings

from visualizer.live.hub import Hub
from visualizer.recorder import Trace

WATCHERS = 10
EVENTS_PER_TRACE = 100
RATES = (100_000, 200_000, 400_000, 800_000)
SECONDS = 1.0
DUE = 100_000
CONFIRM_EVERY = 8


def make_trace() -> Trace:
    """A finished trace with as many events as a page of the shop makes."""
    request = ("GET", "/products/wireless-headphones/", "", [("host", "127.0.0.1"), ("accept", "text/html")])
    trace = Trace("asgi", "ASGIHandler", "daphne", lambda _: request)
    for number in range(EVENTS_PER_TRACE // 2):
        detail = {"vendor": "sqlite", "sql": f"SELECT * FROM shop_review WHERE product_id = {number}", "many": False}
        span = trace.enter(time.perf_counter_ns(), 0, "view", "database", "default", detail)
        trace.exit(time.perf_counter_ns(), span, "view", {"rows": None})
    trace.finish(time.perf_counter_ns())
    return trace


async def offer(rate: int, traces: list[Trace]) -> tuple[float, bool]:
    """Offer the traces at `rate` events a second; how many a second arrived, and whether none was lost."""
    hub = Hub()
    watchers = [hub.join()[0] for _ in range(WATCHERS)]
    received: list[list[str]] = [[] for _ in watchers]
    takers = [asyncio.create_task(_take(watcher, texts)) for watcher, texts in zip(watchers, received, strict=True)]
    began = time.perf_counter()
    await asyncio.to_thread(_produce, hub, rate, traces)
    took = await _until_quiet(received) - began
    for taker, watcher in zip(takers, watchers, strict=True):
        taker.cancel()
        hub.leave(watcher)
    wanted = {trace.id: len(trace.events()) for trace in traces}
    return sum(wanted.values()) / took, all(count_events(texts) == wanted for texts in received)


async def _take(watcher, texts: list[str]) -> None:
    taken = 0
    while True:
        for text in await watcher.next():
            texts.append(text)
            taken += 1
            if taken % CONFIRM_EVERY == 0:
                watcher.confirm(orjson.loads(text)["n"])
        await asyncio.sleep(0)


def _produce(hub: Hub, rate: int, traces: list[Trace]) -> None:
    began = time.perf_counter()
    for number, trace in enumerate(traces):
        ahead = number * EVENTS_PER_TRACE / rate - (time.perf_counter() - began)
        if ahead > 0:
            time.sleep(ahead)
        hub.on_begin(trace)
        hub.on_end(trace)


async def _until_quiet(received: list[list[str]], quiet_s: float = 0.3) -> float:
    """Wait until nothing has come for a while; when the last text came."""
    last, size = time.perf_counter(), -1
    while time.perf_counter() - last < quiet_s:
        if (now := sum(map(len, received))) != size:
            last, size = time.perf_counter(), now
        await asyncio.sleep(0.005)
    return last


def count_events(texts: list[str]) -> dict[str, int]:
    """How many events of each trace came, each once and in order."""
    counts: dict[str, int] = {}
    for trace_id, event in _events(texts):
        expected = counts.get(trace_id, 0)
        counts[trace_id] = expected + 1 if event["seq"] == expected else -1
    return counts


def _events(texts: list[str]) -> Iterator[tuple[str, dict]]:
    for text in texts:
        for item in orjson.loads(text).get("items", ()):
            for event in item.get("events", ()):
                yield item["trace"], event


def main(rates: tuple[int, ...] = RATES, seconds: float = SECONDS) -> float:
    """Print a line for each rate; return the highest that arrived whole."""
    best = 0.0
    for rate in rates:
        traces = [make_trace() for _ in range(int(rate * seconds / EVENTS_PER_TRACE))]
        arrived, is_whole = asyncio.run(offer(rate, traces))
        best = max(best, arrived if is_whole else 0)
        verdict = "none lost" if is_whole else "too much: resynchronised"
        print(f"offered {rate:>9,} events/s: {arrived:>9,.0f} to each of {WATCHERS} watchers, {verdict}", flush=True)
    print(f"{'met   ' if best >= DUE else 'MISSED'}  {best:,.0f} events/s without loss (at least {DUE:,})")
    return best


if __name__ == "__main__":
    settings.configure(VISUALIZER={"ENABLED": True})
    main()
