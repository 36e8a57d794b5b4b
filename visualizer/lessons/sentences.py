"""A sentence for each step of a trace and one for its outcome, filled with the trace's own values.

A new kind of event is one file in `kinds/` and one entry in KINDS.
"""

from collections.abc import Callable, Mapping
from typing import Any

from visualizer.lessons.kinds import (
    cache,
    client,
    database,
    exception,
    form,
    hook,
    hop,
    message,
    middleware,
    outbound,
    permission,
    proxy,
    recorder,
    resolver,
    response,
    server,
    signal,
    template,
    transaction,
    view,
)
from visualizer.lessons.outcomes import outcome_said
from visualizer.lessons.reading import Event, Reading
from visualizer.lessons.wording import capital, clip, duration, sentences

KINDS: dict[str, Callable[[Reading, Event], str]] = {
    "client": client.sentence,
    "proxy": proxy.sentence,
    "server": server.sentence,
    "middleware": middleware.sentence,
    "hook": hook.sentence,
    "hop": hop.sentence,
    "resolver": resolver.sentence,
    "view": view.sentence,
    "permission": permission.sentence,
    "cache": cache.sentence,
    "signal": signal.sentence,
    "outbound": outbound.sentence,
    "message": message.sentence,
    "form": form.sentence,
    "database": database.sentence,
    "transaction": transaction.sentence,
    "template": template.sentence,
    "exception": exception.sentence,
    "response": response.sentence,
    "recorder": recorder.sentence,
}


def sentence_for(trace: Mapping[str, Any], seq: int) -> str:
    """What happened at this event of this trace, in a sentence or two of plain text.

    Raises LookupError if the trace has no such event.
    """
    reading = Reading(trace)
    return sentence_of(reading, reading.event(seq))


def sentence_of(reading: Reading, event: Event) -> str:
    """The same for a trace that is read already: for many events of one trace."""
    return KINDS.get(event["kind"], _of_unknown_kind)(reading, event)


def outcome_sentence(trace: Mapping[str, Any]) -> str:
    """How the whole request ended, in one sentence of plain text; a trace's head will do, its events say more."""
    return outcome_said(Reading(trace))


def _of_unknown_kind(reading: Reading, event: Event) -> str:
    """A kind that came after this version: its name, and its time if it is over."""
    took = reading.duration_ns(event)
    what = f"{capital(clip(str(event['kind'])))} {clip(str(event['name']))}".strip()
    if event["phase"] == "point":
        return sentences(what)
    return sentences(f"{what} took {duration(took)}" if took is not None else f"{what} {reading.unclosed_said}")
