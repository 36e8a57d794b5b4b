"""Sees permission checks and their answers.

Replaces `has_perm` and `has_module_perms` of `PermissionsMixin` and `AnonymousUser` and their async twins, checked for
Django 5.2 to 6.1. It needs models, so it is installed in the second phase.
"""

from typing import Any

from asgiref.sync import iscoroutinefunction
from django.contrib.auth.models import AnonymousUser, PermissionsMixin

from visualizer import events as ev
from visualizer.events import error_facts
from visualizer.origin import Origin, find_origin, origin_facts
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current
from visualizer.redaction import safe_text

Here = tuple[Trace, int, str]


def _watch(original: Any) -> Any:
    return _watch_async(original) if iscoroutinefunction(original) else _watch_sync(original)


def _watch_sync(original: Any) -> Any:
    def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
        here = current.get()
        if here is None:
            return original(self, *args, **kwargs)
        span = _enter(here, args, kwargs)
        try:
            answer = original(self, *args, **kwargs)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave(here, span, None, error)
            raise
        _leave(here, span, answer)
        return answer

    return checked


def _watch_async(original: Any) -> Any:
    async def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
        here = current.get()
        if here is None:
            return await original(self, *args, **kwargs)
        span = _enter(here, args, kwargs)
        try:
            answer = await original(self, *args, **kwargs)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave(here, span, None, error)
            raise
        _leave(here, span, answer)
        return answer

    return checked


def _enter(here: Here, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
    t = clock()
    trace, parent, stage = here
    # The permission, or the app's label, is the first argument under whatever name.
    asked = args[0] if args else next(iter(kwargs.values()), None)
    name = safe_text(asked)
    span = trace.enter(t, parent, stage, ev.PERMISSION, name, (_asked_facts, find_origin(3, name)))
    current.set((trace, span or parent, stage))
    return span


def _asked_facts(origin: Origin) -> dict[str, Any]:
    return {"origin": origin_facts(origin)}


def _leave(here: Here, span: int, answer: Any, error: BaseException | None = None) -> None:
    t = clock()
    current.set(here)
    trace, _, stage = here
    facts: dict[str, Any] = {"allowed": answer if type(answer) is bool else None}
    trace.exit(t, span, stage, {**facts, "error": error_facts(error)} if error else facts)


PROBE = Probe(
    "permission",
    [
        Patch(owner, name, _watch)
        for owner in (PermissionsMixin, AnonymousUser)
        for name in ("has_perm", "has_module_perms", "ahas_perm", "ahas_module_perms")
    ],
)
