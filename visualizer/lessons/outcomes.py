"""Each way in which a request can end: its lesson, and the sentence that says it of this request.

The one source of these words for page, list and terminal. The page's picture is drawn without the server, so
frontend/model/headline.js says the same sentences; tests/frontend/fixtures/fates.json holds the two together.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from visualizer.lessons.kinds.resolver import close_said, failed_patterns
from visualizer.lessons.lesson import Lesson
from visualizer.lessons.reading import Reading, detail
from visualizer.lessons.wording import article, clip, counted, sentences, short

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


class Fate(NamedTuple):
    """What became of a request, in a few words, and the rest of the sentence."""

    lead: str
    rest: str = ""

    @property
    def sentence(self) -> str:
        return sentences(f"{self.lead}: {self.rest}" if self.rest else self.lead)


def fate_of(reading: Reading) -> Fate:
    """How this request ended; with the trace's events it can name the exception and count the patterns."""
    outcome = reading.trace.get("outcome") or {}
    if outcome.get("kind") is None:
        return Fate("The request is still running")
    said = _SAID.get(str(outcome["kind"]))
    if said is None:
        return Fate("The request ended", str(outcome["kind"]))
    return said(reading, named(reading, str(outcome.get("by") or "")), _status(reading))


def outcome_said(reading: Reading) -> str:
    """The same as one sentence."""
    return fate_of(reading).sentence


def outcome_in_short(reading: Reading) -> str:
    """How it ended for a row of a list; empty where it ended well."""
    outcome = reading.trace.get("outcome") or {}
    kind, by = outcome.get("kind"), named(reading, str(outcome.get("by") or ""))
    if kind == "failed":
        return f"{exception_seen(reading) or 'error'} in {by}"
    if kind == "not_found":
        return _not_found_in_short(reading, by)
    endings = {None: "running", "stopped": f"stopped by {by}", "rescued": f"rescued by {by}"}
    return "client went away" if kind == "disconnected" else endings.get(kind, "")


def _not_found_in_short(reading: Reading, by: str) -> str:
    tried = patterns_tried(reading) if by == "url_resolver" else None
    if tried is not None:
        return f"{counted(tried, 'pattern')} tried"
    return "no pattern matched" if by == "url_resolver" else f"Http404 in {by}"


def named(reading: Reading, author: str) -> str:
    """Who did it: of a dotted path its last part, but a template by its whole name, which has dots of its own."""
    is_template = any(event["name"] == author for event in reading.of_kind("template"))
    return author if is_template else short(author)


def patterns_tried(reading: Reading) -> int | None:
    """How many patterns the first unsuccessful resolution tried; None if the trace has no such thing."""
    missed = _missed(reading)
    return failed_patterns(missed[0]) if missed else None


def _missed(reading: Reading) -> list[Mapping[str, Any]]:
    found = map(detail, reading.exits_of_kind("resolver"))
    return [facts for facts in found if not facts.get("matched")]


def exception_seen(reading: Reading) -> str:
    """The class of the last exception seen, without its module; empty if none was."""
    facts = _exception(reading)
    return short(str(facts["type"])) if facts else ""


def _exception(reading: Reading) -> Mapping[str, Any]:
    raised = reading.of_kind("exception")
    return {"type": raised[-1]["name"], **detail(raised[-1])} if raised else {}


def _status(reading: Reading) -> str:
    status = (reading.trace.get("response") or {}).get("status")
    return str(status) if status else ""


def _body(reading: Reading) -> str:
    """How much of a body was sent; empty where that is not known."""
    sent = (reading.trace.get("response") or {}).get("body_bytes")
    return counted(sent, "byte") if sent is not None else ""


def _no_view(reading: Reading) -> str:
    return ", and the view never ran" if reading.trace["outcome"].get("view_ran") is False else ""


def _completed(reading: Reading, by: str, status: str) -> Fate:
    return Fate("Completed", f"{by or 'the view'} answered{f' {status}' if status else ''}")


def _stopped(reading: Reading, by: str, status: str) -> Fate:
    return Fate(f"Stopped by {by or 'a middleware'}", f"it answered{f' {status}' if status else ''}{_no_view(reading)}")


def _rescued(reading: Reading, by: str, status: str) -> Fate:
    kind = article(exception_seen(reading)) if exception_seen(reading) else "an exception"
    raised_in = named(reading, str(_exception(reading).get("raised_in") or ""))
    raised = f" raised in {raised_in}" if raised_in else ""
    made = f"a {status}" if status else "a response"
    return Fate(f"Rescued by {by or 'a middleware'}", f"it turned {kind}{raised} into {made}{_no_view(reading)}")


def _failed(reading: Reading, by: str, status: str) -> Fate:
    lead = f"Failed in {by}" if by else "Failed"
    kind, facts = article(exception_seen(reading) or "exception"), _exception(reading)
    if not status:
        return Fate(lead, f"{kind} left no response{_no_view(reading)}")
    if facts and not facts.get("handled_by", "unknown"):
        # Status and headers had gone: it was raised while the body was being sent.
        return Fate(
            lead, f"{kind} broke the {status} response off{f' after {_body(reading)}' if _body(reading) else ''}"
        )
    return Fate(lead, f"{kind} became Django's own {status} error response{_no_view(reading)}")


def _not_found(reading: Reading, by: str, status: str) -> Fate:
    became = f", which became a {status}" if status not in ("", "404") else ""
    if by != "url_resolver":
        return Fate("Not found", f"{by or 'the view'} raised Http404{became}")
    path = clip(str((reading.trace.get("request") or {}).get("path") or "the path"))
    tried = patterns_tried(reading)
    if not tried:
        return Fate("Not found", f"no pattern matches {path}{became}")
    near = close_said(_missed(reading)[0].get("close") or {})
    return Fate(
        f"Not found after {counted(tried, 'pattern')}",
        f"{'it does not match' if tried == 1 else 'none matches'} {path}{became}{f'; {near}' if near else ''}",
    )


def _disconnected(reading: Reading, by: str, status: str) -> Fate:
    sent = (reading.trace.get("response") or {}).get("body_bytes")
    lead = f"Disconnected after {_body(reading)}" if sent else "Disconnected"
    return Fate(lead, f"the client went away before the response was complete{_no_view(reading)}")


_SAID: dict[str, Callable[[Reading, str, str], Fate]] = {
    "completed": _completed,
    "stopped": _stopped,
    "rescued": _rescued,
    "failed": _failed,
    "not_found": _not_found,
    "disconnected": _disconnected,
}
