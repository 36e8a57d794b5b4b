"""A witness that shares nothing with the probes: the interpreter's own profiler.

`sys.setprofile` sees each call and return of a Python function in the order in which the interpreter made them. From it
come the entries and exits of middleware, resolver, hooks, view and templates, to be compared with the trace's.
"""

import dis
import sys
import threading
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.template.base import Template
from django.template.library import InclusionNode
from django.template.loader_tags import BlockNode, ExtendsNode
from django.urls import Resolver404, resolve
from django.utils import decorators
from django.utils.module_loading import import_string

KINDS = {"middleware", "resolver", "hook", "view", "template"}
HOOKS = ("process_view", "process_template_response", "process_exception")
YIELD, RESUME = dis.opmap["YIELD_VALUE"], dis.opmap["RESUME"]
Look = Callable[[FrameType], tuple[str, str] | None]


class Witness:
    """Profiles every thread begun meanwhile, and notes calls of the functions that make up the cycle."""

    def __init__(self, path: str) -> None:
        self.seen: list[tuple[str, str, str]] = []
        self._running: dict[FrameType, tuple[str, str] | None] = {}
        self._looks: dict[CodeType, Look] = dict(_looks(path))

    def __enter__(self) -> "Witness":
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def _note(self, frame: FrameType, event: str, argument: Any) -> None:
        look = self._looks.get(frame.f_code)
        if look is None:
            return
        if event == "call" and frame not in self._running:
            found = self._running[frame] = look(frame)
            if found is not None:
                self.seen.append(("enter", *found))
        elif event == "return" and not _waits(frame):
            found = self._running[frame]
            if found is not None:
                self.seen.append(("exit", *found))


def _waits(frame: FrameType) -> bool:
    """Whether a coroutine, which also returns each time it waits, goes on later: it stands at or behind a yield."""
    code, here = frame.f_code.co_code, frame.f_lasti
    return code[here] == YIELD or (code[here] == RESUME and here >= 2 and code[here - 2] == YIELD)


def _looks(path: str) -> Iterator[tuple[CodeType, Look]]:
    for layer in settings.MIDDLEWARE:
        yield from _middleware_looks(layer)
    yield from _view_looks(path)
    yield (
        _innermost(BaseHandler.resolve_request).__code__,
        lambda frame: ("resolver", frame.f_locals["request"].path_info),
    )
    yield _innermost(Template.render).__code__, _look_at_template
    yield _innermost(InclusionNode.render).__code__, _look_at_tag
    yield _innermost(ExtendsNode.render).__code__, lambda frame: ("template", frame.f_locals["self"].parent_name.var)
    yield _innermost(BlockNode.render).__code__, lambda frame: ("template", frame.f_locals["self"].name)


def _view_looks(path: str) -> Iterator[tuple[CodeType, Look]]:
    try:
        view = resolve(path).func
    except Resolver404:
        return
    named = getattr(view, "view_class", None) or _innermost(view)
    told = ("view", f"{named.__module__}.{named.__qualname__}")
    # Decorators share their code: the call from outside is the view's.
    yield view.__code__, lambda frame: None if _is_inside(view.__code__, frame) else told


def _is_inside(code: CodeType, frame: FrameType) -> bool:
    around = frame.f_back
    while around is not None and around.f_code is not code:
        around = around.f_back
    return around is not None


def _innermost(function: Any) -> Any:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _middleware_looks(path: str) -> Iterator[tuple[CodeType, Look]]:
    layer = import_string(path)
    if not isinstance(layer, type):
        inner = [const for const in _innermost(layer).__code__.co_consts if isinstance(const, CodeType)]
        yield from ((code, lambda frame: ("middleware", path)) for code in inner)
        return
    yield layer.__call__.__code__, _look_at_call
    if hasattr(layer, "__acall__"):
        yield layer.__acall__.__code__, _look_at_async_call
    for hook in HOOKS:
        if hasattr(layer, hook):
            yield getattr(layer, hook).__code__, lambda frame, hook=hook: _look_at_hook(frame, path, hook)


def _path_of(frame: FrameType) -> str:
    kind = type(frame.f_locals["self"])
    return f"{kind.__module__}.{kind.__qualname__}"


def _is_async(frame: FrameType) -> bool:
    layer = frame.f_locals["self"]
    return iscoroutinefunction(layer.get_response)


def _look_at_call(frame: FrameType) -> tuple[str, str] | None:
    # In async mode `__call__` only makes the coroutine.
    return None if _is_async(frame) else ("middleware", _path_of(frame))


def _look_at_async_call(frame: FrameType) -> tuple[str, str] | None:
    return "middleware", _path_of(frame)


def _look_at_hook(frame: FrameType, path: str, hook: str) -> tuple[str, str] | None:
    # Decorators such as `csrf_protect` call hooks as well, of layers of their own, some of them of a subclass.
    caller = frame.f_back.f_code if frame.f_back else None
    is_decorator_s = caller is not None and caller.co_filename == decorators.__file__
    return None if is_decorator_s or _path_of(frame) != path else ("hook", f"{path}.{hook}")


def _look_at_tag(frame: FrameType) -> tuple[str, str]:
    return "template", frame.f_locals["self"].token.contents.split()[0]


def _look_at_template(frame: FrameType) -> tuple[str, str] | None:
    name = frame.f_locals["self"].name
    return None if name is None else ("template", name)


def _witnessed(trace: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """The spans, by their enter, of what the witness looks for: of templates Django's own."""
    return {
        e["span"]: e
        for e in trace["events"]
        if e["phase"] == "enter" and e["kind"] in KINDS and e["detail"].get("engine", "django") == "django"
    }


def told_by(trace: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What the trace says of the same things."""
    spans = _witnessed(trace)
    return [(e["phase"], e["kind"], e["name"]) for e in trace["events"] if e["span"] in spans]


def nesting_told_by(trace: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Each span's name with the names of those around it, by the `parent` that the trace gives."""
    opened = {e["span"]: e for e in trace["events"] if e["phase"] == "enter"}
    spans = _witnessed(trace)
    told = []
    for event in spans.values():
        around, parent = [], event["parent"]
        while parent is not None:
            if parent in spans:
                around.append(opened[parent]["name"])
            parent = opened[parent]["parent"]
        told.append((event["name"], around))
    return told


def nesting_of(seen: list[tuple[str, str, str]]) -> list[tuple[str, list[str]]]:
    """The same by what was running when the interpreter made the call."""
    stack: list[str] = []
    found = []
    for phase, _, name in seen:
        if phase == "exit":
            assert stack.pop() == name
            continue
        found.append((name, stack[::-1]))
        stack.append(name)
    return found
