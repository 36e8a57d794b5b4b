"""One request on its way through one layer of the middleware: what the moments of that way tell each other."""

from typing import Any

from visualizer import stages
from visualizer.events import error_facts
from visualizer.recorder import Trace

Passage = list[Any]
"""From a middleware being called until it has returned or raised, in `Trace.passages` by its span; its items are at the
places below. A list, because an object of a class takes four times as long to make."""

# The layer's dotted path, the span around it, its own, when it was called, when a response came back to it (0: never),
# whether it passed the request on, whether it has returned or raised.
PATH, PARENT, SPAN, ENTERED, CAME_BACK, PASSED_ON, IS_OVER = range(7)

_DIRECTIONS = (stages.REQUEST_MIDDLEWARE, stages.RESPONSE_MIDDLEWARE)


def running_passage(here: tuple[Trace, int, str]) -> Passage | None:
    """The passage whose own code is running; None where the request was passed on to what is no middleware."""
    trace, span, stage = here
    return trace.passage(span) if stage in _DIRECTIONS else None


def end_raising(t: int, trace: Trace, passage: Passage, stage: str, error: BaseException) -> None:
    """Close a passage that an exception left; a second call changes nothing."""
    if passage[IS_OVER]:
        return
    passage[IS_OVER] = True
    trace.outcome.see_raised(error, passage[PATH], stage)
    facts: dict[str, Any] = {"result": "raised", "status": None, "changed": [], "error": error_facts(error)}
    trace.exit(t, passage[SPAN], stage, facts)
