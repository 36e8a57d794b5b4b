"""Sees each middleware called, calling the next, getting the response back and returning it; and its hooks.

`BaseHandler.load_middleware` is replaced (checked for Django 5.2 to 6.1): while it runs, `import_string` in its
module hands back factories whose middleware, `get_response` and hooks are wrapped.
"""

import threading
from collections.abc import Awaitable, Callable
from types import CoroutineType
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.handlers import base

from visualizer import events as ev
from visualizer import stages
from visualizer.events import error_facts
from visualizer.lifecycle import note_layers
from visualizer.patching import Patch, Probe, stand_in
from visualizer.probes.middleware.hooks import HOOKS, watch_hook
from visualizer.probes.middleware.layer import Layer
from visualizer.recorder import Trace, clock, current
from visualizer.snapshots import picture_request, picture_response, request_changes, response_changes

_IN, _OUT = stages.REQUEST_MIDDLEWARE, stages.RESPONSE_MIDDLEWARE
_loading = threading.RLock()


class Passage:
    """One request on its way through one layer: what its moments must tell each other."""

    __slots__ = ("span", "entered", "came_back", "passed_on", "response_before")

    def __init__(self, span: int, entered: int) -> None:
        # 0 where the trace is full.
        self.span = span
        self.entered = entered
        self.passed_on = False
        self.came_back: int | None = None
        self.response_before: Any = None


class _Factory:
    """Stands for a middleware class or factory while the chain is built."""

    def __init__(self, factory: Any, path: str, layers: list[Layer]) -> None:
        self._factory, self._path, self._layers = factory, path, layers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._factory, name)

    def __call__(self, get_response: Callable[[Any], Any]) -> Any:
        layer = Layer(self._path, self._factory)
        try:
            instance = self._factory(_watch_get_response(get_response, layer))
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        if instance is None:
            return None
        self._layers.append(layer)
        return _watch_middleware(instance, layer)


def _load_middleware(original: Any) -> Any:
    def load_middleware(self: Any, *args: Any, **kwargs: Any) -> Any:
        layers: list[Layer] = []
        with _loading:
            names = vars(base)
            import_string = names["import_string"]
            names["import_string"] = lambda path: _Factory(import_string(path), path, layers)
            try:
                return original(self, *args, **kwargs)
            except BaseException as error:
                error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
                raise
            finally:
                names["import_string"] = import_string
                _number(self, layers[::-1])

    return load_middleware


def _number(handler: Any, layers: list[Layer]) -> None:
    note_layers(handler, [layer.path for layer in layers])
    for position, layer in enumerate(layers, start=1):
        layer.facts |= {"position": position, "of": len(layers)}


# The two moments in the middle: the middleware calls `get_response`, and gets a response back.


def _watch_get_response(get_response: Callable[[Any], Any], layer: Layer) -> Callable[[Any], Any]:
    make = _pass_async if iscoroutinefunction(get_response) else _pass_sync
    watched = stand_in(make(get_response, layer), get_response)
    # MiddlewareMixin shows this name, or the name of the class of what has none.
    watched.__qualname__ = getattr(get_response, "__qualname__", type(get_response).__name__)
    return watched


def _pass_async(get_response: Callable[[Any], Any], layer: Layer) -> Callable[[Any], Any]:
    async def watched_async(request: Any) -> Any:
        here = current.get()
        if here is None:
            return await get_response(request)
        _pass_on(here, layer, request)
        return _come_back(here, layer, await get_response(request))

    return watched_async


def _pass_sync(get_response: Callable[[Any], Any], layer: Layer) -> Callable[[Any], Any]:
    def watched(request: Any) -> Any:
        here = current.get()
        if here is None:
            return get_response(request)
        _pass_on(here, layer, request)
        return _come_back(here, layer, get_response(request))

    return watched


def _pass_on(here: tuple[Trace, int, str], layer: Layer, request: Any) -> None:
    t = clock()
    trace = here[0]
    try:
        passage = trace.layers.get(layer)
        if passage is None:
            return
        passage.passed_on = True
        before = trace.request_seen
        after = trace.request_seen = picture_request(request, before)
        facts = (_passed_facts, t - passage.entered, before, after)
        trace.point(t, passage.span, _IN, ev.MIDDLEWARE, layer.path, facts)
    except Exception as fault:
        trace.fault("middleware", fault)


def _passed_facts(in_ns: int, before: Any, after: Any) -> dict[str, Any]:
    return {"moment": "passed_on", "in_ns": in_ns, "changed": request_changes(before, after)}


def _come_back(here: tuple[Trace, int, str], layer: Layer, response: Any) -> Any:
    t = clock()
    trace = here[0]
    try:
        passage = trace.layers.get(layer)
        if passage is not None:
            passage.came_back = t
            current.set((trace, passage.span or here[1], _OUT))
            seen = trace.response_seen
            if seen is None or seen.identity != id(response):
                seen = trace.response_seen = picture_response(response)
            passage.response_before = seen
            facts = {"moment": "came_back", "status": seen.status}
            trace.point(t, passage.span, _OUT, ev.MIDDLEWARE, layer.path, facts)
    except Exception as fault:
        trace.fault("middleware", fault)
    return response


# The two moments outside: the middleware is called, and returns.


def _watch_middleware(instance: Any, layer: Layer) -> Callable[[Any], Any]:
    is_async = iscoroutinefunction(instance)
    watched = stand_in((_watch_async if is_async else _watch_sync)(instance, layer), instance)
    layer.facts |= {"is_async": is_async, "hooks": [name for name in HOOKS if hasattr(instance, name)]}
    for name in layer.facts["hooks"]:
        setattr(watched, name, watch_hook(getattr(instance, name), instance, layer, name))
    return watched


def _watch_sync(instance: Callable[[Any], Any], layer: Layer) -> Callable[[Any], Any]:
    def watched(request: Any) -> Any:
        here = current.get()
        if here is None:
            return instance(request)
        passage = _enter(here, layer, request)
        try:
            response = instance(request)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave_raising(here, layer, passage, error)
            raise
        # A class whose `__call__` is async without being marked so: Django awaits further out.
        if type(response) is CoroutineType:
            return _await_later(response, here, layer, passage)
        return _leave(here, layer, passage, response)

    return watched


def _watch_async(instance: Callable[[Any], Awaitable[Any]], layer: Layer) -> Callable[[Any], Any]:
    async def watched(request: Any) -> Any:
        here = current.get()
        if here is None:
            return await instance(request)
        passage = _enter(here, layer, request)
        try:
            response = await instance(request)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave_raising(here, layer, passage, error)
            raise
        return _leave(here, layer, passage, response)

    return watched


async def _await_later(
    coroutine: Awaitable[Any], here: tuple[Trace, int, str], layer: Layer, passage: Passage | None
) -> Any:
    try:
        response = await coroutine
    except BaseException as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        _leave_raising(here, layer, passage, error)
        raise
    return _leave(here, layer, passage, response)


def _enter(here: tuple[Trace, int, str], layer: Layer, request: Any) -> Passage | None:
    t = clock()
    trace, parent, _ = here
    passage = None
    try:
        span = trace.enter(t, parent, _IN, ev.MIDDLEWARE, layer.path, layer.facts)
        passage = trace.layers[layer] = Passage(span, t)
        current.set((trace, span or parent, _IN))
        if trace.request_seen is None:
            trace.request_seen = picture_request(request, None)
    except Exception as fault:
        trace.fault("middleware", fault)
    return passage


def _leave(here: tuple[Trace, int, str], layer: Layer, passage: Passage | None, response: Any) -> Any:
    t = clock()
    current.set(here)
    trace = here[0]
    if passage is not None:
        try:
            _see_exit(t, trace, layer, passage, response)
        except Exception as fault:
            trace.exit(t, passage.span, _OUT, {"result": "passed", "status": None, "changed": []})
            trace.fault("middleware", fault)
    return response


def _see_exit(t: int, trace: Trace, layer: Layer, passage: Passage, response: Any) -> None:
    after = picture_response(response)
    before, trace.response_seen = passage.response_before, after
    if not passage.passed_on:
        trace.outcome.see_answered(layer.path)
        trace.exit(t, passage.span, _IN, (_answered_facts, t - passage.entered, after))
        return
    replaced = before is not None and before.identity != after.identity
    if replaced:
        trace.outcome.see_replaced(layer.path)
    out_ns = t - passage.came_back if passage.came_back is not None else 0
    facts = (_returned_facts, "replaced" if replaced else "passed", out_ns, before, after)
    trace.exit(t, passage.span, _OUT, facts)


def _answered_facts(out_ns: int, after: Any) -> dict[str, Any]:
    facts = {"result": "answered", "out_ns": out_ns, "status": after.status, "changed": []}
    return {**facts, "response": after.kind.__qualname__}


def _returned_facts(result: str, out_ns: int, before: Any, after: Any) -> dict[str, Any]:
    return {"result": result, "out_ns": out_ns, "status": after.status, "changed": response_changes(before, after)}


def _leave_raising(here: tuple[Trace, int, str], layer: Layer, passage: Passage | None, error: BaseException) -> None:
    t = clock()
    stage = (current.get() or here)[2]
    current.set(here)
    trace = here[0]
    trace.outcome.see_raised(error, layer.path, stage)
    if passage is not None:
        facts: dict[str, Any] = {"result": "raised", "status": None, "changed": [], "error": error_facts(error)}
        trace.exit(t, passage.span, stage, facts)


PROBE = Probe("middleware", [Patch(base.BaseHandler, "load_middleware", _load_middleware)])
