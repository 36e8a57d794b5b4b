"""Chapter 3: the view raises, and who makes a response of it."""

from collections.abc import Sequence

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.tour.chapter import Chapter, Part, Stop
from visualizer.lessons.tour.moments import first, first_way_out, outcome_is
from visualizer.lessons.tour.words import not_reached, position, status
from visualizer.lessons.wording import article, clip, place, sentences, short, short_hook

# The spans whose exit is a step of the player.
_STEPS = ("view", "middleware")


def _calls(reading: Reading, event: Event) -> str:
    return sentences(f"All is well so far: {short(event['name'])} is called and begins its work")


def _raising(reading: Reading) -> Event | None:
    """The first exit by an exception; where none was seen, what Django's own handling told of it."""
    if not reading.of_kind("exception"):
        return None
    left = (event for event in reading.events if event["phase"] == "exit" and detail(event).get("error"))
    return next((event for event in left if event["kind"] in _STEPS), reading.of_kind("exception")[0])


def _raises(reading: Reading, event: Event) -> str:
    raised = reading.of_kind("exception")[0]
    facts = detail(raised)
    where = place(facts.get("file"), facts.get("line"))
    message = f": {clip(str(facts['message']), 60)}" if facts.get("message") else ""
    return sentences(
        f"Here is {article(short(raised['name']))}{message}",
        f"It was raised at {where}" if where else "",
        "From here on that code does no more: the exception leaves one call after the other",
    )


def _is_asked(reading: Reading, event: Event) -> str:
    result = reading.leaving(event).get("result")
    said = "and answers: the request is rescued" if result == "answered" else "and leaves it to others"
    return sentences(f"{short_hook(event['name'])} is shown the exception {said}")


def _made(reading: Reading) -> Event | None:
    """The response that an exception became."""
    raised = next(iter(reading.of_kind("exception")), None)
    if raised is None or not outcome_is("failed", "rescued")(reading):
        return None
    return next((event for event in reading.of_kind("response") if event["seq"] > raised["seq"]), None)


def _responds(reading: Reading, event: Event) -> str:
    made = detail(event).get("status")
    if (reading.trace.get("outcome") or {}).get("kind") == "rescued":
        by = short(str((reading.trace.get("outcome") or {}).get("by")))
        return sentences(f"{by} has made a {made} response of the exception", "For everybody further out all is well")
    return sentences(
        f"Nobody caught it, so Django made a {made} response of it",
        "While DEBUG is on that is the page with the traceback, otherwise the one of the project's error handler",
    )


def _turns(reading: Reading, event: Event) -> str:
    return sentences(
        f"{short(event['name'])}, {position(reading, event)}, sees a response with the status {status(reading)}, not "
        "an exception",
        "Between any two layers Django turns what was raised into a response",
    )


def _closing(readings: Sequence[Reading]) -> str:
    reading = readings[0]
    raised = next(iter(reading.of_kind("exception")), None)
    facts = detail(raised) if raised else {}
    where = place(facts.get("file"), facts.get("line"))
    return sentences(
        f"The line that raised is {where}" if where else "The step that is marked as failed names the line",
        "An exception travels up only to the nearest layer; from there on it is a response like any other, with all "
        "headers of the way out",
    )


CHAPTER = Chapter(
    slug="error",
    title="An error in a view",
    promise="Where an exception goes, and who makes a response of it.",
    opening="A view may fail. The client gets a response all the same: somebody makes it. Send a request that ends in "
    "an exception and follow it up.",
    parts=[
        Part(
            sample="error",
            fits=outcome_is("failed", "rescued"),
            stops=[
                Stop(title="The view begins", find=first("view", phase="enter"), say=_calls, missing=not_reached),
                Stop(title="It raises", find=_raising, say=_raises, missing=not_reached),
                Stop(title="Does anybody catch it?", find=first("hook", stage="response_middleware"), say=_is_asked),
                Stop(title="An exception becomes a response", find=_made, say=_responds, ask="status"),
                Stop(title="The way out, as ever", find=first_way_out, say=_turns),
            ],
        )
    ],
    closing=_closing,
)
