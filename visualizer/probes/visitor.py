"""Sees whom `request.user` turned out to be, once something of the project had asked for it.

Replaces `get_user` and `aget_user` of `django.contrib.auth`, which `AuthenticationMiddleware` calls when `request.user`
is first looked at, checked for Django 5.2 to 6.1. It needs models, so it is installed in the second phase.
"""

from typing import Any

from asgiref.sync import iscoroutinefunction
from django.contrib import auth
from django.contrib.auth.models import AnonymousUser

from visualizer.native import compiled, watch_compiled
from visualizer.patching import Patch, Probe
from visualizer.recorder import current
from visualizer.visitors import ANONYMOUS, note_visitor


def _watch(original: Any) -> Any:
    return _watch_async(original) if iscoroutinefunction(original) else watch_compiled("visitor", _watch_sync)(original)


def _watch_sync(original: Any) -> Any:
    def get_user(request: Any) -> Any:
        try:
            user = original(request)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        _note(user)
        return user

    return get_user


def _watch_async(original: Any) -> Any:
    async def aget_user(request: Any) -> Any:
        try:
            user = await original(request)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        _note(user)
        return user

    return aget_user


def _note(user: Any) -> None:
    here = current.get()
    if here is None:
        return
    if type(user) is AnonymousUser:
        note_visitor(here[0], "", ANONYMOUS)
        return
    # From class and instance themselves: nothing of the project is called.
    field = getattr(type(user), "USERNAME_FIELD", "")
    name = getattr(user, "__dict__", {}).get(field)
    if type(name) is str:
        note_visitor(here[0], field, name)


if compiled is not None:
    compiled.connect(anonymous_user=AnonymousUser, anonymous=("", ANONYMOUS))

PROBE = Probe("visitor", [Patch(auth, name, _watch) for name in ("get_user", "aget_user")])
