"""Each way in which a request can end: its lesson, and the sentence that says it of this request."""

from collections.abc import Callable, Mapping
from typing import Any

from visualizer.lessons.lesson import Lesson
from visualizer.lessons.reading import Reading, detail
from visualizer.lessons.wording import article, capital, clip, counted, duration, sentences, short

OUTCOME_LESSONS: dict[str, Lesson] = {
    "completed": Lesson(
        "Completed",
        "The view answered, and its response went out through every layer.",
        "topics/http/views/",
    ),
    "stopped": Lesson(
        "Stopped",
        "A middleware answered instead of the view. Layers outside of it still see its response on the way out.",
        "topics/http/middleware/#middleware-order-and-layering",
    ),
    "rescued": Lesson(
        "Rescued",
        "An exception was raised and a middleware made a response of it, so Django's own error handling was not "
        "needed.",
        "topics/http/middleware/#process-exception",
    ),
    "failed": Lesson(
        "Failed",
        "Nobody caught the exception, so Django made an error response of it: the debug page while DEBUG is on, "
        "handler500 otherwise; 400 and 403 for the exceptions that mean those.",
        "topics/http/views/#returning-errors",
    ),
    "not_found": Lesson(
        "Not found",
        "No pattern matched the path, or a pattern did and the view then raised Http404. Both become a 404.",
        "topics/http/urls/#how-django-processes-a-request",
    ),
    "disconnected": Lesson(
        "Disconnected",
        "The client went away before the response was complete. Under ASGI, Django then cancels the async code that "
        "still runs for it.",
        "topics/async/#handling-disconnects",
    ),
}


def outcome_said(reading: Reading) -> str:
    """How this request ended; with the trace's events it can name the exception and count the patterns."""
    outcome = reading.trace.get("outcome") or {}
    said = _SAID.get(str(outcome.get("kind")))
    if outcome.get("kind") is None:
        return "The request is still running."
    if said is None:
        return f"The request ended: {outcome['kind']}."
    return sentences(said(reading, short(str(outcome.get("by") or "")), _status(reading)), _view(outcome))


def patterns_tried(reading: Reading) -> int | None:
    """How many patterns the last unsuccessful resolution tried; None if the trace has no such thing."""
    found = [detail(event) for event in reading.events if event["kind"] == "resolver" and event["phase"] == "exit"]
    missed = [len(facts.get("tried") or []) for facts in found if not facts.get("matched")]
    return missed[0] if missed else None


def exception_seen(reading: Reading) -> str:
    """The class of the last exception seen, without its module; empty if none was."""
    raised = reading.of_kind("exception")
    return short(str(detail(raised[-1]).get("type") or raised[-1]["name"])) if raised else ""


def _status(reading: Reading) -> str:
    status = (reading.trace.get("response") or {}).get("status")
    return str(status) if status else ""


def _view(outcome: Mapping[str, Any]) -> str:
    stopped = outcome.get("kind") in ("stopped", "rescued", "failed", "disconnected")
    return "The view never ran" if stopped and outcome.get("view_ran") is False else ""


def _completed(reading: Reading, by: str, status: str) -> str:
    took = reading.trace.get("duration_ns")
    answered = f"{by or 'The view'} answered{f' {status}' if status else ''}"
    return f"{answered}; the whole cycle took {duration(took)}" if took is not None else answered


def _stopped(reading: Reading, by: str, status: str) -> str:
    return f"{by or 'A middleware'} answered{f' {status}' if status else ''} instead of the view"


def _rescued(reading: Reading, by: str, status: str) -> str:
    kind = article(exception_seen(reading)) if exception_seen(reading) else "an exception"
    return f"{by or 'A middleware'} turned {kind} into {f'a {status}' if status else 'a response'}"


def _failed(reading: Reading, by: str, status: str) -> str:
    kind = capital(article(exception_seen(reading) or "exception"))
    return f"{kind}{f' in {by}' if by else ''} became Django's own {f'{status} ' if status else ''}error response"


def _not_found(reading: Reading, by: str, status: str) -> str:
    path = clip(str((reading.trace.get("request") or {}).get("path") or "the path"))
    if by != "url_resolver":
        return f"{by or 'The view'} raised Http404{f', which became a {status}' if status else ''}"
    tried = patterns_tried(reading)
    said = f"None of {counted(tried, 'pattern')} matches {path}" if tried else f"No pattern matches {path}"
    return f"{said}{f': {status}' if status else ''}"


def _disconnected(reading: Reading, by: str, status: str) -> str:
    return "The client went away before the response was complete"


_SAID: dict[str, Callable[[Reading, str, str], str]] = {
    "completed": _completed,
    "stopped": _stopped,
    "rescued": _rescued,
    "failed": _failed,
    "not_found": _not_found,
    "disconnected": _disconnected,
}
