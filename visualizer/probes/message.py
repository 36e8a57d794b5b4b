"""Sees messages that are left for the user's next page.

Replaces `BaseStorage.add` of `django.contrib.messages`, checked for Django 5.2 to 6.1. Installed only with that app.
"""

from typing import Any

from django.contrib.messages.constants import DEFAULT_TAGS
from django.contrib.messages.storage.base import BaseStorage

from visualizer import events as ev
from visualizer.events import error_facts
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current
from visualizer.redaction import attributes_of, cut, safe_text


def _add(original: Any) -> Any:
    def add(self: Any, *args: Any, **named: Any) -> Any:
        here = current.get()
        if here is None:
            return original(self, *args, **named)
        before = _queued(self)
        try:
            result = original(self, *args, **named)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _note(here, args, named, {"kept": False, "error": error_facts(error)})
            raise
        after = _queued(self)
        _note(here, args, named, {"kept": after > before if None not in (before, after) else None})
        return result

    return add


def _queued(storage: Any) -> Any:
    waiting = attributes_of(storage).get("_queued_messages")
    return len(waiting) if type(waiting) is list else None


def _note(here: tuple[Trace, int, str], args: tuple[Any, ...], named: dict[str, Any], facts: dict[str, Any]) -> None:
    t = clock()
    trace, parent, stage = here
    try:
        level = args[0] if args else named.get("level")
        message = args[1] if len(args) > 1 else named.get("message")
        tags = args[2] if len(args) > 2 else named.get("extra_tags", "")
        name = DEFAULT_TAGS.get(level, str(level)) if type(level) is int else safe_text(level)
        detail = {"level": level if type(level) is int else None, **_text_facts(message), "tags": _text(tags), **facts}
        trace.point(t, parent, stage, ev.MESSAGE, name, detail)
    except Exception as fault:
        trace.fault("message", fault)


def _text_facts(message: Any) -> dict[str, Any]:
    """Its text and length; of a lazy text or an object only its type, as its text would be made by running it."""
    text = _text(message)
    return {
        "text": text and cut(text),
        "length": len(text) if text is not None else None,
        "type": type(message).__name__,
    }


def _text(value: Any) -> str | None:
    return str.__str__(value) if issubclass(type(value), str) else None


PROBE = Probe("message", [Patch(BaseStorage, "add", _add)])
