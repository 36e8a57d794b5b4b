"""Chapter 6: an async view, its queries in a thread, and what a sync layer costs."""

from collections.abc import Sequence
from itertools import pairwise

from visualizer import stages
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.tour.chapter import Chapter, Find, Part, Stop
from visualizer.lessons.tour.moments import first, queries_of_view
from visualizer.lessons.tour.words import not_reached, queries, took
from visualizer.lessons.wording import counted, duration, sentences, short, short_hook

_view: Find = first("view", phase="enter")


def _is_async(reading: Reading) -> bool:
    view = _view(reading)
    return view is not None and bool(detail(view).get("is_async"))


def _calls(reading: Reading, event: Event) -> str:
    server = next(iter(reading.of_kind("server")), None)
    on_loop = server is not None and event["thread"] == server["thread"]
    if not detail(event).get("is_async"):
        return sentences(f"{short(event['name'])} is a plain function, and runs in {event['thread']}")
    where = "the very thread in which the server runs its event loop" if on_loop else "not the server's own thread"
    return sentences(
        f"{short(event['name'])} is a coroutine function: it runs in {event['thread']}, {where}",
        "While it awaits, the loop can serve others" if on_loop else "",
    )


def _query(reading: Reading) -> Event | None:
    return next(iter(queries_of_view(reading)), None)


def _asks(reading: Reading, event: Event) -> str:
    view = _view(reading)
    count = queries(len(queries_of_view(reading)))
    if view and event["thread"] != view["thread"]:
        return sentences(
            f"Its {count} ran in {event['thread']}, not in {view['thread']}: database drivers block, so Django takes "
            "them to a thread and awaits the answer"
        )
    return sentences(f"Its {count} ran in {event['thread']}, in which the view runs too")


def _returns(reading: Reading) -> Event | None:
    view = _view(reading)
    return reading.exit(view) if view and queries_of_view(reading) else None


def _in_turn(reading: Reading, event: Event) -> str:
    asked = queries_of_view(reading)
    spans = [(query["t_ns"], query["t_ns"] + (reading.duration_ns(query) or 0)) for query in asked]
    overlaps = any(later < end for (_, end), (later, _) in pairwise(spans))
    took_ns = reading.duration_ns(event)
    spent = f"The view took {duration(took_ns)}" if took_ns is not None else ""
    if len(asked) < 2:
        return sentences(spent)
    order = "overlapped in time" if overlaps else "ran one after the other, however they were awaited"
    is_shared = not overlaps and len({query["thread"] for query in asked}) == 1
    why = "A request has one such thread, and its queries share it" if is_shared else ""
    return sentences(f"The queries {order}", why, spent)


def _hops(reading: Reading) -> list[Event]:
    return [hop for hop in reading.of_kind("hop") if detail(hop).get("to_ns") is not None]


def _dearest(reading: Reading) -> Event | None:
    """On the way out, the layer whose hop took longest for the way there and back: its exit."""
    carried = [hop for hop in _hops(reading) if hop["stage"] == stages.RESPONSE_MIDDLEWARE]
    layer = reading.parent(max(carried, key=_way_ns)) if carried else None
    return reading.exit(layer) if layer else None


def _way_ns(hop: Event) -> int:
    return int(detail(hop).get("to_ns") or 0) + int(detail(hop).get("back_ns") or 0)


def _costs(reading: Reading, event: Event) -> str:
    hops = _hops(reading)
    return sentences(
        f"Sync code must not block the loop, so it is carried to a thread and back: {counted(len(hops), 'hop')} in "
        f"this request, {duration(sum(map(_way_ns, hops)))} for the ways alone",
        f"The longest on the way out belongs to {short(event['name'])}" if event["kind"] == "middleware" else "",
    )


def _called_back(reading: Reading) -> Event | None:
    """The hop from a thread back to the loop: the async view under a sync layer."""
    hop = next((hop for hop in reading.of_kind("hop") if hop["name"] == "async_to_sync"), None)
    return _view(reading) if hop else None


def _back(reading: Reading, event: Event) -> str:
    hop = next(hop for hop in reading.of_kind("hop") if hop["name"] == "async_to_sync")
    return sentences(
        f"A sync layer stands around this async view: {short_hook(str(detail(hop).get('function')))} is called from "
        f"{hop['thread']} back on a loop, which costs a hop in each direction",
        "That thread waits all the while",
    )


def _closing(readings: Sequence[Reading]) -> str:
    counts = [len(_hops(reading)) for reading in readings]
    return sentences(
        f"{counted(counts[0], 'hop')} in {took(readings[0])}, then {counted(counts[1], 'hop')} in {took(readings[1])}",
        "Async pays where a view waits for others, not where it waits for one database; and each sync layer around it "
        "takes some of that back",
    )


CHAPTER = Chapter(
    slug="async",
    title="Loop and threads",
    promise="An async view, its queries in a thread, and the price of a sync layer.",
    opening="Under ASGI one event loop serves everybody, and must never be blocked. Watch the names of the threads.",
    parts=[
        Part(
            sample="async",
            fits=_is_async,
            stops=[
                Stop(title="On the loop", find=_view, say=_calls, ask="which-thread", missing=not_reached),
                Stop(title="Into a thread", find=_query, say=_asks),
                Stop(title="All at once?", find=_returns, say=_in_turn),
                Stop(
                    title="What a hop costs",
                    find=_dearest,
                    say=_costs,
                    missing=lambda reading: "No hop between threads was seen in this request.",
                ),
            ],
        ),
        Part(
            sample="async-under-sync",
            lead="And now an async view with a middleware around it that knows only sync.",
            stops=[
                Stop(
                    title="Called back",
                    find=_called_back,
                    say=_back,
                    missing=lambda reading: "No sync layer called back to the loop in this request.",
                ),
                Stop(title="The view", find=_view, say=_calls, missing=not_reached),
            ],
        ),
    ],
    closing=_closing,
)
