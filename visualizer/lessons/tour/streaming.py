"""Chapter 7: a response whose body is made while it is sent."""

from collections.abc import Sequence

from visualizer import stages
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.tour.chapter import Chapter, Part, Stop
from visualizer.lessons.tour.moments import first, first_way_out, in_stage, parts_sent
from visualizer.lessons.tour.words import asked_at, not_reached, queries, took
from visualizer.lessons.wording import capital, counted, duration, sentences, short, size

_queries_while_sending = in_stage("database", stages.SERVER_RESPONSE)


def _returned(reading: Reading) -> Event | None:
    view = first("view", phase="enter")(reading)
    return reading.exit(view) if view else None


def _streams(reading: Reading) -> bool:
    return bool((reading.trace.get("response") or {}).get("streaming"))


def _returns(reading: Reading, event: Event) -> str:
    nothing = ", and nothing of the body is made yet" if _streams(reading) else ""
    return sentences(f"{short(event['name'])} is done after {duration(reading.duration_ns(event) or 0)}{nothing}")


def _responds(reading: Reading, event: Event) -> str:
    if not detail(event).get("streaming"):
        return sentences(f"The {event['name']} has its whole body already: this one does not stream")
    kind = "an async iterator" if detail(event).get("is_async") else "an iterator"
    return sentences(f"The {event['name']} holds {kind} instead of a body: a recipe, to be followed while it is sent")


def _turns(reading: Reading, event: Event) -> str:
    if not _streams(reading):
        return sentences(f"{short(event['name'])} sees the whole response first")
    return sentences(
        f"{short(event['name'])} and the layers around it see status and headers, but no body yet",
        "A middleware that reads the body would have to wait for all of it",
    )


def _part(reading: Reading) -> Event | None:
    return next(iter(parts_sent(reading)), None)


def _begins(reading: Reading, event: Event) -> str:
    return sentences(
        f"The first part goes out, {size(int(detail(event)['bytes']))}: from now on the status cannot be taken back"
    )


def _query(reading: Reading) -> Event | None:
    return next(iter(_queries_while_sending(reading)), None)


def _asks(reading: Reading, event: Event) -> str:
    count, line = len(_queries_while_sending(reading)), asked_at(event)
    return sentences(
        f"{capital(queries(count))} ran while the response was being sent{f', this one for {line}' if line else ''}",
        "The view has long returned, and every layer of middleware is done",
    )


def _last(reading: Reading) -> Event | None:
    return parts_sent(reading)[-1] if len(parts_sent(reading)) > 1 else None


def _ends(reading: Reading, event: Event) -> str:
    parts = parts_sent(reading)
    spent = event["t_ns"] - parts[0]["t_ns"]
    total = sum(int(detail(part)["bytes"]) for part in parts)
    return sentences(f"The last of {counted(len(parts), 'part')}: {size(total)} in {duration(spent)} since the first")


def _closing(readings: Sequence[Reading]) -> str:
    reading = readings[0]
    sent = counted(len(parts_sent(reading)), "part")
    return sentences(
        f"{sent} and {queries(len(_queries_while_sending(reading)))} while sending, {took(reading)} in all",
        "A client can read while the server still works. The price: what fails by then can no longer become an error "
        "page",
    )


CHAPTER = Chapter(
    slug="streaming",
    title="Sent while it is made",
    promise="The view is done, the headers are out, and the queries still run.",
    opening="A response need not be complete before it goes out. Send for one that is made while it is sent, and watch "
    "what runs when.",
    parts=[
        Part(
            sample="streaming",
            fits=_streams,
            stops=[
                Stop(title="A view that is done at once", find=_returned, say=_returns, missing=not_reached),
                Stop(title="A recipe, not a body", find=first("response"), say=_responds),
                Stop(title="Nothing to change", find=first_way_out, say=_turns, ask="first-out"),
                Stop(title="The first part", find=_part, say=_begins, missing=not_reached),
                Stop(
                    title="Queries, still",
                    find=_query,
                    say=_asks,
                    missing=lambda reading: "No query ran while this response was being sent.",
                ),
                Stop(title="The last part", find=_last, say=_ends),
            ],
        )
    ],
    closing=_closing,
)
