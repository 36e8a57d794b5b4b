"""Which lessons belong to a step, each with what it amounts to in this trace."""

from typing import NamedTuple

from visualizer.lessons import here
from visualizer.lessons.hooks import hook_lesson
from visualizer.lessons.lesson import Lesson
from visualizer.lessons.middleware import OTHER_MIDDLEWARE, middleware_lesson
from visualizer.lessons.moments import moment_lesson
from visualizer.lessons.outcomes import OUTCOME_LESSONS
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.signals import signal_lesson
from visualizer.lessons.stages import stage_lesson


class Chosen(NamedTuple):
    """A lesson, and the sentence that fills it from the trace (empty where there is none)."""

    lesson: Lesson
    here: str = ""


def lessons_of(reading: Reading, event: Event, *, is_an_end: bool) -> list[Chosen]:
    """The lessons of a step, the closest to it first. At the request's two ends that of its outcome comes before."""
    found = (
        _outcome(reading) if is_an_end else None,
        _layer(reading, event),
        _hook(event),
        _moment(reading, event),
        _stage(reading, event),
    )
    return [each for each in found if each]


def _outcome(reading: Reading) -> Chosen | None:
    lesson = OUTCOME_LESSONS.get(str((reading.trace.get("outcome") or {}).get("kind")))
    return Chosen(lesson, here.of_outcome(reading)) if lesson else None


def _layer(reading: Reading, event: Event) -> Chosen | None:
    if event["kind"] == "hook":
        path, _, hook = str(event["name"]).rpartition(".")
        lesson = middleware_lesson(path, on_the_way_out=hook != "process_view")
        return Chosen(lesson) if lesson else None
    if event["kind"] != "middleware":
        return None
    coming_back = event["phase"] == "exit" or detail(event).get("moment") == "came_back"
    lesson = middleware_lesson(str(event["name"]), on_the_way_out=coming_back) or OTHER_MIDDLEWARE
    return Chosen(lesson, here.of_layer(reading, event, on_the_way_out=coming_back))


def _hook(event: Event) -> Chosen | None:
    lesson = hook_lesson(str(event["name"])) if event["kind"] == "hook" else None
    return Chosen(lesson) if lesson else None


def _moment(reading: Reading, event: Event) -> Chosen | None:
    kind = str(event["kind"])
    lesson = signal_lesson(str(event["name"])) if kind == "signal" else moment_lesson(kind)
    return Chosen(lesson, here.of_moment(reading, event)) if lesson else None


def _stage(reading: Reading, event: Event) -> Chosen | None:
    lesson = stage_lesson(event["stage"])
    return Chosen(lesson, here.of_stage(reading, event["stage"])) if lesson else None
