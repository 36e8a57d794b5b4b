"""Sees permission checks and their answers.

Replaces `has_perm` and `has_module_perms` of `PermissionsMixin` and `AnonymousUser` and their async twins, checked for
Django 5.2 to 6.1. It needs models, so it is installed in the second phase.
"""

from typing import Any

from asgiref.sync import iscoroutinefunction
from django.contrib.auth.models import AnonymousUser, PermissionsMixin

from visualizer import events as ev
from visualizer.events import error_facts
from visualizer.native import compiled, watch_compiled
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
            _leave_raising(here, span, None, error)
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
            _leave_raising(here, span, None, error)
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
    span = trace.enter(t, parent, stage, ev.PERMISSION, name, _asked_facts, find_origin(3, name))
    current.set((trace, span or parent, stage))
    return span


def _asked_facts(origin: Origin) -> dict[str, Any]:
    return {"origin": origin_facts(origin)}


def _leave(here: Here, span: int, answer: Any) -> None:
    t = clock()
    current.set(here)
    here[0].exit(t, span, here[2], _answer_facts, answer if type(answer) is bool else None)


def _answer_facts(allowed: bool | None) -> dict[str, Any]:
    return {"allowed": allowed}


def _leave_raising(here: Here, span: int, _: None, error: BaseException) -> None:
    t = clock()
    current.set(here)
    here[0].exit(t, span, here[2], {"allowed": None, "error": error_facts(error)})


if compiled is not None:
    compiled.connect(
        kind_permission=ev.PERMISSION,
        permission_facts=_asked_facts,
        answer_facts=_answer_facts,
        leave_permission_raising=_leave_raising,
    )

_METHODS = {"has_perm": "permission", "has_module_perms": "permission", "ahas_perm": None, "ahas_module_perms": None}

PROBE = Probe(
    "permission",
    [
        Patch(owner, name, watch_compiled(what, _watch) if what else _watch)
        for owner in (PermissionsMixin, AnonymousUser)
        for name, what in _METHODS.items()
    ],
)
