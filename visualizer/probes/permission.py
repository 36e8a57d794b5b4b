"""Sees permission checks and their answers.

Replaces `has_perm` and `has_module_perms` of `PermissionsMixin` and `AnonymousUser`, checked for Django 5.2 to 6.1.
It needs models, so it is installed in the second phase.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser, PermissionsMixin

from visualizer import events as ev
from visualizer.events import error_facts
from visualizer.patching import Patch, Probe
from visualizer.recorder import clock, current
from visualizer.redaction import safe_text


def _watch(original: Any) -> Any:
    def checked(self: Any, name: Any, *args: Any, **kwargs: Any) -> Any:
        here = current.get()
        if here is None:
            return original(self, name, *args, **kwargs)
        t = clock()
        trace, parent, stage = here
        span = trace.enter(t, parent, stage, ev.PERMISSION, safe_text(name))
        current.set((trace, span or parent, stage))
        try:
            answer = original(self, name, *args, **kwargs)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            current.set(here)
            trace.exit(clock(), span, stage, {"allowed": None, "error": error_facts(error)})
            raise
        t = clock()
        current.set(here)
        trace.exit(t, span, stage, {"allowed": answer if type(answer) is bool else None})
        return answer

    return checked


PROBE = Probe(
    "permission",
    [
        Patch(owner, name, _watch)
        for owner in (PermissionsMixin, AnonymousUser)
        for name in ("has_perm", "has_module_perms")
    ],
)
