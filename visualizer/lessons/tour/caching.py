"""Chapter 5: the same page twice, out of work and out of the cache."""

from collections.abc import Sequence

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.tour.chapter import Chapter, Part, Stop
from visualizer.lessons.tour.moments import cache_question, first, queries_of_template, queries_of_view
from visualizer.lessons.tour.words import not_reached, queries, took
from visualizer.lessons.wording import capital, counted, duration, sentences, short


def _calls(reading: Reading, event: Event) -> str:
    wrappers = [str(each.get("name")) for each in detail(event).get("wrappers") or []]
    around = f", with {' and '.join(wrappers)} around it" if wrappers else ""
    inside = reading.children(event)
    asks_first = bool(inside) and inside[0]["kind"] == "cache"
    return sentences(
        f"{short(event['name'])} is called{around}", "Before anything else the cache is asked" if asks_first else ""
    )


def _asks(reading: Reading, event: Event) -> str:
    waited = duration(reading.duration_ns(event) or 0)
    if reading.leaving(event).get("hit"):
        return sentences(f"A hit: after {waited} the answer was there", "The work behind it is not done again")
    return sentences(f"A miss: after {waited} it is known that nothing is there", "So the work has to be done")


def _works(reading: Reading) -> Event | None:
    asked = cache_question(reading)
    if asked is None or reading.leaving(asked).get("hit"):
        return None
    return next(iter(queries_of_view(reading) or queries_of_template(reading)), None)


def _working(reading: Reading, event: Event) -> str:
    count = len(reading.of_kind("database"))
    nodes = len(reading.of_kind("template"))
    rendered = f" and {counted(nodes, 'template, block or include', 'templates, blocks and includes')}" if nodes else ""
    return sentences(f"This is the work that a hit saves: {queries(count)}{rendered}")


def _set(reading: Reading) -> Event | None:
    return next((event for event in reading.of_kind("cache") if event["name"] in ("set", "aset")), None)


def _keeps(reading: Reading, event: Event) -> str:
    timeout = detail(event).get("timeout")
    lasts = f" It is kept for {timeout}." if timeout and timeout[0].isdigit() else ""
    return sentences("What was made is put into the cache for whoever comes next") + lasts


def _responds(reading: Reading, event: Event) -> str:
    ran, asked = len(reading.of_kind("database")), cache_question(reading)
    is_hit = bool(asked and reading.leaving(asked).get("hit"))
    return sentences(
        f"The response is there; {queries(ran)} ran in this request",
        "The layers of middleware run as ever: only what lies behind the cache is saved" if is_hit else "",
    )


def _closing(readings: Sequence[Reading]) -> str:
    counts = [len(reading.of_kind("database")) for reading in readings]
    hits = [bool(reading.leaving(asked).get("hit")) for reading in readings if (asked := cache_question(reading))]
    told = f"{capital(queries(counts[0]))} and {took(readings[0])} at first, {queries(counts[1])} and "
    told += f"{took(readings[1])} then"
    if hits == [True, True]:
        return sentences(told, "Both were hits: somebody had asked shortly before. Wait a while, then send it again")
    return sentences(told, "A cache is quick as long as it hits; what it hands out is as old as its last miss")


CHAPTER = Chapter(
    slug="cache",
    title="Miss, then hit",
    promise="The same page twice: once made, once found in the cache.",
    opening="The quickest query is the one that nobody asks. This sends the same request twice in a row.",
    parts=[
        Part(
            sample="cache",
            stops=[
                Stop(
                    title="The view, and what is around it",
                    find=first("view", phase="enter"),
                    say=_calls,
                    missing=not_reached,
                ),
                Stop(
                    title="Is it there?",
                    find=cache_question,
                    say=_asks,
                    ask="hit-or-miss",
                    missing=lambda reading: "This request asked no cache.",
                ),
                Stop(title="The work", find=_works, say=_working),
                Stop(title="Kept for the next", find=_set, say=_keeps),
            ],
        ),
        Part(
            sample="cache",
            which=1,
            stops=[
                Stop(
                    title="The second time",
                    find=cache_question,
                    say=_asks,
                    ask="hit-or-miss",
                    missing=lambda reading: "This request asked no cache.",
                ),
                Stop(title="Saved", find=first("response"), say=_responds),
            ],
        ),
    ],
    closing=_closing,
)
