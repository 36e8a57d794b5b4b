"""Sees the three hooks of a middleware called: process_view, process_template_response, process_exception."""

import functools
from types import MethodType
from typing import Any

from asgiref.sync import iscoroutinefunction

from visualizer import events as ev
from visualizer import stages
from visualizer.events import error_facts
from visualizer.outcome import exception_facts
from visualizer.probes.middleware.layer import Layer
from visualizer.recorder import Trace, clock, current

HOOKS = ("process_view", "process_template_response", "process_exception")
_STAGES = {
    "process_view": stages.URL_RESOLVER,
    "process_template_response": stages.RESPONSE_MIDDLEWARE,
    "process_exception": stages.RESPONSE_MIDDLEWARE,
}


def watch_hook(method: Any, instance: Any, layer: Layer, hook: str) -> Any:
    """Wrap a hook method of a middleware instance; what is not callable is handed back as it is."""
    if not callable(method):
        return method
    watched = _hook_async(method, layer, hook) if iscoroutinefunction(method) else _hook_sync(method, layer, hook)
    functools.update_wrapper(watched, method)
    # Django names the middleware in an error message by the method's __self__.
    return MethodType(watched, instance)


def _hook_sync(method: Any, layer: Layer, hook: str) -> Any:
    def watched(_self: Any, request: Any, *args: Any) -> Any:
        here = current.get()
        if here is None:
            return method(request, *args)
        span = _enter_hook(here, layer, hook)
        try:
            result = method(request, *args)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave_hook(here, layer, hook, span, args, None, error)
            raise
        _leave_hook(here, layer, hook, span, args, result, None)
        return result

    return watched


def _hook_async(method: Any, layer: Layer, hook: str) -> Any:
    async def watched(_self: Any, request: Any, *args: Any) -> Any:
        here = current.get()
        if here is None:
            return await method(request, *args)
        span = _enter_hook(here, layer, hook)
        try:
            result = await method(request, *args)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave_hook(here, layer, hook, span, args, None, error)
            raise
        _leave_hook(here, layer, hook, span, args, result, None)
        return result

    return watched


def _enter_hook(here: tuple[Trace, int, str], layer: Layer, hook: str) -> int:
    t = clock()
    trace, parent, _ = here
    try:
        facts = {"middleware": layer.path, "hook": hook}
        span = trace.enter(t, parent, _STAGES[hook], ev.HOOK, f"{layer.path}.{hook}", facts)
        current.set((trace, span or parent, _STAGES[hook]))
        return span
    except Exception as fault:
        return trace.fault("middleware", fault)


def _leave_hook(
    here: tuple[Trace, int, str],
    layer: Layer,
    hook: str,
    span: int,
    args: tuple[Any, ...],
    result: Any,
    error: BaseException | None,
) -> None:
    t = clock()
    current.set(here)
    trace = here[0]
    word, facts = "none", {"result": "none", "status": None}
    try:
        if error is not None:
            trace.outcome.see_raised(error, layer.path, _STAGES[hook])
        word = "raised" if error is not None else _word(hook, args, result)
        facts = {"result": word, "status": getattr(result, "status_code", None)}
    except Exception as fault:
        trace.fault("middleware", fault)
    trace.exit(t, span, _STAGES[hook], {**facts, "error": error_facts(error)} if error else facts)
    if word == "answered":
        _see_answer(here, layer, hook, args, result)


def _word(hook: str, args: tuple[Any, ...], result: Any) -> str:
    if result is None:
        return "none"
    if hook == "process_template_response":
        return "same" if args and result is args[0] else "replaced"
    return "answered"


def _see_answer(here: tuple[Trace, int, str], layer: Layer, hook: str, args: tuple[Any, ...], result: Any) -> None:
    trace, parent, _ = here
    if hook == "process_view":
        trace.outcome.see_answered(layer.path)
        return
    error = args[0]
    raised = trace.outcome.see_rescued(error, layer.path)
    facts = exception_facts(error, raised, layer.path, getattr(result, "status_code", None))
    stage = raised.stage if raised else stages.RESPONSE_MIDDLEWARE
    trace.point(clock(), parent, stage, ev.EXCEPTION, type(error).__name__, facts)
