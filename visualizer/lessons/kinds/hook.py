"""A middleware's process_view, process_template_response or process_exception."""

from collections.abc import Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import error_said, sentences, short, short_hook

# What each result means for each hook; {status} is the response's, with a space before it.
_RESULTS = {
    ("process_view", "none"): "lets it go ahead",
    ("process_view", "answered"): "answers{status} itself",
    ("process_exception", "none"): "leaves it to others",
    ("process_exception", "answered"): "turns it into a{status} response",
    ("process_template_response", "same"): "hands back the same one",
    ("process_template_response", "replaced"): "hands back another one",
}


def sentence(reading: Reading, event: Event) -> str:
    """What the hook was called for, and what it returned."""
    hook, leaving = short(event["name"]), reading.leaving(event)
    called = f"{short_hook(event['name'])} {_called_for(reading, event, hook)}"
    if reading.exit(event) is None:
        return sentences(f"{called}; it {reading.unclosed_said}")
    return sentences(f"{called} and {_result(hook, leaving)}", _unreached(reading, hook, leaving))


def _called_for(reading: Reading, event: Event, hook: str) -> str:
    if hook == "process_view":
        return f"looks at the call of {_view_chosen(reading) or 'the view'}"
    if hook == "process_exception":
        return f"is offered the {_last_error(reading, event) or 'exception'}"
    if hook == "process_template_response":
        return "gets the response before its template is rendered"
    return "is called"


def _view_chosen(reading: Reading) -> str:
    exits = map(detail, reading.exits_of_kind("resolver"))
    return next((short(str(facts["view"])) for facts in exits if facts.get("view")), "")


def _last_error(reading: Reading, event: Event) -> str:
    """The class of the error with which the last span before this one ended."""
    before = (reading.event(seq) for seq in range(event["seq"] - 1, -1, -1))
    errors = (detail(e).get("error") for e in before if e["phase"] == "exit")
    return next((short(str(error["type"])) for error in errors if isinstance(error, Mapping)), "")


def _result(hook: str, leaving: Mapping[str, Any]) -> str:
    if leaving.get("error"):
        return f"ends with {error_said(leaving['error'])}"
    status = f" {leaving['status']}" if leaving.get("status") else ""
    said = _RESULTS.get((hook, str(leaving.get("result"))), "returns")
    return said.format(status=status)


def _unreached(reading: Reading, hook: str, leaving: Mapping[str, Any]) -> str:
    answered = hook == "process_view" and leaving.get("result") == "answered"
    view_ran = (reading.trace.get("outcome") or {}).get("view_ran")
    return "The view never ran" if answered and view_ran is False else ""
