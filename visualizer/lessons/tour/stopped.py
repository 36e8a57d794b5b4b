"""Chapter 2: a middleware answers, and nothing further in runs."""

from collections.abc import Sequence

from visualizer.lessons.outcomes import outcome_said
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.tour.chapter import Chapter, Part, Stop
from visualizer.lessons.tour.moments import first, first_way_out, layer_count, layers, outcome_is, stopper
from visualizer.lessons.tour.words import not_reached, position, request_line, status, took
from visualizer.lessons.wording import counted, sentences, short, short_hook


def _enters(reading: Reading, event: Event) -> str:
    return sentences(
        f"{request_line(reading)} enters {short(event['name'])}, the first of {counted(layer_count(reading), 'layer')}",
        "One of them will not let it pass" if outcome_is("stopped")(reading) else "",
    )


def _answers(reading: Reading, event: Event) -> str:
    if event["kind"] == "hook":
        return sentences(
            f"{short_hook(event['name'])} answers {status(reading)}: the view was chosen, but is never called",
            "A hook sees the view before it runs, and can keep it from running",
        )
    if event["phase"] == "exit":
        return sentences(
            f"{short(event['name'])} let the request pass; now it answers {status(reading)} in place of what came back"
        )
    below = layer_count(reading) - int(detail(event).get("position") or 0)
    never = f"The {counted(below, 'layer')} further in and the view never run" if below else "The view never runs"
    return sentences(
        f"{short(event['name'])}, {position(reading, event)}, answers {status(reading)} by itself and does not call "
        "get_response",
        never,
    )


def _turns(reading: Reading, event: Event) -> str:
    return sentences(
        f"{short(event['name'])}, {position(reading, event)}, was passed on the way in, so it sees the answer on the "
        "way out",
        "Whoever has let a request pass gets its response, whoever made it",
    )


def _last(reading: Reading) -> Event | None:
    return reading.exit(layers(reading)[0]) if layers(reading) else None


def _leaves(reading: Reading, event: Event) -> str:
    return sentences(
        f"{short(event['name'])}, the outermost, hands the {status(reading)} to the server",
        "Headers that it adds, every answer has: pages, errors and refusals alike",
    )


def _closing(readings: Sequence[Reading]) -> str:
    outcome = readings[0].trace.get("outcome") or {}
    if outcome.get("kind") != "stopped":
        return f"Nobody stopped this one after all. {outcome_said(readings[0])}"
    by = short(str(outcome.get("by") or "a middleware"))
    entered, known = len(layers(readings[0])), layer_count(readings[0])
    return sentences(
        f"If a page is refused and the view knows nothing of it, look for the layer where the way turns: here {by}",
        f"The request saw {entered} of {counted(known, 'layer')} and took {took(readings[0])}",
        "An early no is cheap" if entered < known else "",
    )


CHAPTER = Chapter(
    slug="stopped",
    title="Stopped on the way",
    promise="A middleware answers by itself, and the view never runs.",
    opening="A layer of middleware may let a request pass. It need not. Send one that a layer refuses, and watch where "
    "the way turns.",
    parts=[
        Part(
            sample="stopped",
            fits=outcome_is("stopped"),
            stops=[
                Stop(title="In it goes", find=first("middleware"), say=_enters),
                Stop(
                    title="Here it turns",
                    find=stopper,
                    say=_answers,
                    ask="which-stops",
                    missing=lambda reading: "No middleware stopped this request after all.",
                ),
                Stop(title="Back through the layers", find=first_way_out, say=_turns, ask="first-out"),
                Stop(title="Out", find=_last, say=_leaves, missing=not_reached),
            ],
        )
    ],
    closing=_closing,
)
