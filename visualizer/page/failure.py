"""One exception as the inspector shows it: the way it took, what came before it, and the lines that it passed."""

from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import counted, is_library, place, short, short_hook
from visualizer.page.excerpt import excerpt

_MEANINGS = {
    "Http404": "a 404",
    "PermissionDenied": "a 403",
    "SuspiciousOperation": "a 400",
    "BadRequest": "a 400",
    "MultiPartParserError": "a 400",
}
_HOWS = {"cause": "raised from", "context": "raised while handling"}


def failure_of(reading: Reading, event: Event) -> dict[str, Any] | None:
    """`{type, module, message, place, meaning, causes, passed, frames, omitted}`; None where nothing was raised."""
    facts = detail(event) if event["kind"] == "exception" else reading.leaving(event).get("error")
    if isinstance(facts, str):
        facts = {"message": facts}
    told_later = event["kind"] in ("view", "middleware", "server") and event["phase"] == "enter"
    if not facts or told_later or facts.get("type") == "Resolver404":
        return None
    return {
        "type": short(str(facts.get("type") or event["name"])),
        "module": facts.get("module"),
        "message": facts.get("message"),
        "place": place(facts.get("file"), facts.get("line")),
        "meaning": _meaning(facts),
        "causes": [_cause(cause) for cause in facts.get("causes") or []],
        "passed": list(_passed(reading, event)),
        "frames": [_frame(reading, frame) for frame in facts.get("frames") or []],
        "omitted": _omitted(facts.get("frames_omitted") or 0),
    }


def _meaning(facts: Mapping[str, Any]) -> str:
    """What Django's own error handling makes of such an exception, where that is not a 500."""
    known = facts.get("django_class")
    if known not in _MEANINGS:
        return ""
    said = "" if facts.get("type") == known else f"It is a {known}. "
    return f"{said}Django makes {_MEANINGS[known]} of {'it' if said else f'a {known}'} if nobody catches it."


def _cause(cause: Mapping[str, Any]) -> dict[str, str]:
    return {"how": _HOWS.get(str(cause.get("how")), "after"), "type": f"{cause.get('module')}.{cause.get('type')}"}


def _passed(reading: Reading, event: Event) -> Iterator[str]:
    """The spans that this exception left, innermost first: those that were closed by it right before it was told."""
    if event["kind"] != "exception":
        return
    kind = detail(event).get("type")
    left = list(takewhile(lambda closed: _error_type(closed) == kind, _before(reading, event["seq"])))
    yield from (_layer(reading, closed) for closed in reversed(left))


def _before(reading: Reading, seq: int) -> Iterator[Event]:
    """The exits right before an event, newest first; the hooks that were only shown the exception are passed over."""
    while seq > 0 and (earlier := reading.event(seq - 1))["phase"] == "exit":
        opened = reading.enter(earlier)
        was_shown_it = str(earlier["name"]).endswith(".process_exception")
        seq = opened["seq"] if was_shown_it and opened else earlier["seq"]
        if not was_shown_it:
            yield earlier


def _error_type(closed: Event) -> str | None:
    error = detail(closed).get("error")
    return error.get("type") if isinstance(error, Mapping) else None


def _layer(reading: Reading, closed: Event) -> str:
    name = str(closed["name"])
    if closed["kind"] == "template":
        node = detail(reading.enter(closed) or closed).get("node")
        return f"{node or 'template'} {name}"
    return f"{closed['kind']} {short_hook(name) if closed['kind'] == 'hook' else short(name)}"


def _frame(reading: Reading, frame: Mapping[str, Any]) -> dict[str, Any]:
    """`{place, function, is_library, excerpt}`; the excerpt is None where its file cannot be read."""
    file, line = str(frame.get("file") or ""), int(frame.get("line") or 0)
    shown = excerpt(reading, file, line)
    tells = shown if shown and (shown["lines"] or shown["changed"]) else None
    return {
        "place": place(file, line),
        "function": frame.get("function"),
        "is_library": is_library(file),
        "excerpt": tells,
    }


def _omitted(count: int) -> str:
    return f"{counted(count, 'more frame')} further out {'was' if count == 1 else 'were'} not kept." if count else ""
