"""Sees the three hooks of a middleware called: process_view, process_template_response, process_exception."""

import functools
from types import MethodType
from typing import Any, NamedTuple

from asgiref.sync import iscoroutinefunction

from visualizer import events as ev
from visualizer import stages
from visualizer.events import error_facts
from visualizer.native import compiled
from visualizer.outcome import exception_facts
from visualizer.probes.middleware.layer import Layer
from visualizer.recorder import Trace, clock, current

HOOKS = ("process_view", "process_template_response", "process_exception")
_STAGES = {
    "process_view": stages.URL_RESOLVER,
    "process_template_response": stages.RESPONSE_MIDDLEWARE,
    "process_exception": stages.RESPONSE_MIDDLEWARE,
}


class Hooked(NamedTuple):
    """One hook of one layer, and what its events begin with."""

    stage: str
    name: str
    facts: dict[str, Any]
    layer: Layer
    hook: str


_NOTHING_DONE = {"result": "none", "status": None}


def watch_hook(method: Any, instance: Any, layer: Layer, hook: str) -> Any:
    """Wrap a hook method of a middleware instance; what is not callable is handed back as it is."""
    if not callable(method):
        return method
    is_async = iscoroutinefunction(method)
    hooked = Hooked(_STAGES[hook], f"{layer.path}.{hook}", {"middleware": layer.path, "hook": hook}, layer, hook)
    watched = _hook_async(method, hooked) if is_async else _hook_sync(method, hooked)
    if compiled is not None and not is_async:
        watched = compiled.watched("hook", method, watched, hooked)
    functools.update_wrapper(watched, method)
    # Django names the middleware in an error message by the method's __self__.
    return MethodType(watched, instance)


def _hook_sync(method: Any, hooked: Hooked) -> Any:
    def watched(_self: Any, request: Any, *args: Any) -> Any:
        here = current.get()
        if here is None:
            return method(request, *args)
        span = _enter_hook(here, hooked)
        try:
            result = method(request, *args)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave_raising(here, span, hooked, error)
            raise
        _leave_hook(clock(), here, hooked, span, args, result)
        return result

    return watched


def _hook_async(method: Any, hooked: Hooked) -> Any:
    async def watched(_self: Any, request: Any, *args: Any) -> Any:
        here = current.get()
        if here is None:
            return await method(request, *args)
        span = _enter_hook(here, hooked)
        try:
            result = await method(request, *args)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave_raising(here, span, hooked, error)
            raise
        _leave_hook(clock(), here, hooked, span, args, result)
        return result

    return watched


def _enter_hook(here: tuple[Trace, int, str], hooked: Hooked) -> int:
    t = clock()
    trace, parent, _ = here
    try:
        span = trace.enter(t, parent, hooked.stage, ev.HOOK, hooked.name, hooked.facts)
        current.set((trace, span or parent, hooked.stage))
        return span
    except Exception as fault:
        return trace.fault("middleware", fault)


def _leave_hook(
    t: int, here: tuple[Trace, int, str], hooked: Hooked, span: int, args: tuple[Any, ...], result: Any
) -> None:
    current.set(here)
    trace = here[0]
    if result is None:
        trace.exit(t, span, hooked.stage, _NOTHING_DONE)
        return
    word, facts = "none", _NOTHING_DONE
    try:
        word = _word(hooked.hook, args, result)
        facts = {"result": word, "status": getattr(result, "status_code", None)}
    except Exception as fault:
        trace.fault("middleware", fault)
    trace.exit(t, span, hooked.stage, facts)
    if word == "answered":
        _see_answer(here, hooked, args, result)


def _leave_raising(here: tuple[Trace, int, str], span: int, hooked: Hooked, error: BaseException) -> None:
    t = clock()
    current.set(here)
    trace = here[0]
    try:
        trace.outcome.see_raised(error, hooked.layer.path, hooked.stage)
    except Exception as fault:
        trace.fault("middleware", fault)
    trace.exit(t, span, hooked.stage, {"result": "raised", "status": None, "error": error_facts(error)})


def _word(hook: str, args: tuple[Any, ...], result: Any) -> str:
    if hook == "process_template_response":
        return "same" if args and result is args[0] else "replaced"
    return "answered"


def _see_answer(here: tuple[Trace, int, str], hooked: Hooked, args: tuple[Any, ...], result: Any) -> None:
    trace, parent, _ = here
    if hooked.hook == "process_view":
        trace.outcome.see_answered(hooked.layer.path)
        return
    error = args[0]
    raised = trace.outcome.see_rescued(error, hooked.layer.path)
    facts = exception_facts(error, raised, hooked.layer.path, getattr(result, "status_code", None))
    stage = raised.stage if raised else stages.RESPONSE_MIDDLEWARE
    trace.point(clock(), parent, stage, ev.EXCEPTION, type(error).__name__, facts)


if compiled is not None:
    compiled.connect(
        kind_hook=ev.HOOK,
        nothing_done=_NOTHING_DONE,
        leave_hook_answering=_leave_hook,
        leave_hook_raising=_leave_raising,
    )
