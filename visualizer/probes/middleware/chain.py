"""Sees each middleware called, calling the next, getting the response back and returning it.

`BaseHandler.load_middleware` is replaced (checked for Django 5.2 to 6.1). While it runs, two names in its module stand
for others: `import_string` hands back factories whose hooks are watched, and `convert_exception_to_response`, which
Django puts around each layer, hands back its function wrapped. That wrapper lies between two layers. It sees the outer
one pass on and the inner one called, one moment apart from nothing but Django's own call, and both on the way back.
"""

import functools
import threading
from collections.abc import Awaitable, Callable
from types import CoroutineType
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers import base

from visualizer import stages
from visualizer.events import MIDDLEWARE, error_facts
from visualizer.lifecycle import Layers, note_layers
from visualizer.native import compiled
from visualizer.passages import CAME_BACK, ENTERED, IS_OVER, PASSED_ON, PATH, SPAN, Passage, end_raising
from visualizer.patching import Patch, Probe, stand_in
from visualizer.probes.middleware.hooks import HOOKS, watch_hook
from visualizer.probes.middleware.layer import Layer
from visualizer.recorder import Trace, clock, current
from visualizer.snapshots import (
    Noted,
    ResponsePicture,
    picture_request,
    picture_response,
    request_changes,
    response_changes,
)

_IN, _OUT = stages.REQUEST_MIDDLEWARE, stages.RESPONSE_MIDDLEWARE
_loading = threading.RLock()

Here = tuple[Trace, int, str]
GetResponse = Callable[[Any], Any]


class _Hooks:
    """What Django gets from a factory: it carries the hooks of the middleware, and is never called."""


class _Chain:
    """The chain while Django builds it, from the inside out."""

    def __init__(self, convert: Callable[[Any], GetResponse]) -> None:
        self.layers: list[Layer] = []
        self.unused: list[dict[str, str | None]] = []
        self._convert = convert
        self._newest: tuple[_Hooks, Any, Layer] | None = None
        self._watched: GetResponse | None = None

    def make(self, factory: Any, path: str, get_response: GetResponse) -> Any:
        """Call a factory; Django gets the hooks of what it made."""
        layer = Layer(path, factory)
        if get_response is not self._watched:
            # Django put an adapter between a sync and an async layer: they do not meet in one moment.
            get_response = stand_in(_watch_plainly(get_response, None), get_response)
        try:
            instance = factory(get_response)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            if issubclass(type(error), MiddlewareNotUsed):
                self.unused.append({"path": path, "reason": error_facts(error)["message"] or None})
            raise
        if instance is None:
            return None
        self.layers.append(layer)
        hooks = _hooks_of(instance, layer)
        self._newest = hooks, instance, layer
        return hooks

    def convert(self, get_response: Any) -> GetResponse:
        """Stand for `convert_exception_to_response`, around a layer or around what is inside all layers."""
        layer = None
        if self._newest is not None and get_response is self._newest[0]:
            _, get_response, layer = self._newest
        inner = self._convert(get_response)
        self._watched = functools.update_wrapper(_watch(inner, layer), inner)
        return self._watched


class _Factory:
    """Stands for a middleware class or factory while the chain is built."""

    def __init__(self, factory: Any, path: str, chain: _Chain) -> None:
        self._factory, self._path, self._chain = factory, path, chain

    def __getattr__(self, name: str) -> Any:
        return getattr(self._factory, name)

    def __call__(self, get_response: GetResponse) -> Any:
        try:
            return self._chain.make(self._factory, self._path, get_response)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise


def _load_middleware(original: Any) -> Any:
    def load_middleware(self: Any, *args: Any, **kwargs: Any) -> Any:
        with _loading:
            names = vars(base)
            replaced = {name: names[name] for name in ("import_string", "convert_exception_to_response")}
            import_string, convert = replaced.values()
            chain = _Chain(convert)
            names["import_string"] = lambda path: _Factory(import_string(path), path, chain)
            names["convert_exception_to_response"] = chain.convert
            try:
                return original(self, *args, **kwargs)
            except BaseException as error:
                error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
                raise
            finally:
                names.update(replaced)
                _number(self, chain)

    return load_middleware


def _number(handler: Any, chain: _Chain) -> None:
    layers = chain.layers[::-1]
    note_layers(handler, Layers([layer.path for layer in layers], chain.unused[::-1]))
    for position, layer in enumerate(layers, start=1):
        layer.facts |= {"position": position, "of": len(layers)}


def _hooks_of(instance: Any, layer: Layer) -> _Hooks:
    found = [name for name in HOOKS if hasattr(instance, name)]
    layer.facts |= {"is_async": iscoroutinefunction(instance), "hooks": found}
    hooks = _Hooks()
    for name in found:
        setattr(hooks, name, watch_hook(getattr(instance, name), instance, layer, name))
    return hooks


# Between two layers. `layer` is the inner one; None where what follows is an adapter, or the view with all around it.


def _watch(get_response: GetResponse, layer: Layer | None) -> Any:
    plain = _watch_plainly(get_response, layer)
    if compiled is None:
        return plain
    kind = "awaited passage" if iscoroutinefunction(get_response) else "passage"
    return compiled.watched(kind, get_response, plain, layer)


def _watch_plainly(get_response: GetResponse, layer: Layer | None) -> Any:
    """With a frame of its own, by which `origin.py` knows an adapter's call."""
    return (_watch_async if iscoroutinefunction(get_response) else _watch_sync)(get_response, layer)


def _watch_sync(get_response: GetResponse, layer: Layer | None) -> GetResponse:
    def watched(request: Any) -> Any:
        here = current.get()
        if here is None:
            return get_response(request)
        inner = _go_in(here, layer, request)
        try:
            response = get_response(request)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _come_out_raising(here, 0, inner, error)
            raise
        # A class whose `__call__` is async without being marked so: Django awaits further out.
        if type(response) is CoroutineType:
            return _await_later(response, here, inner)
        _come_out(here, inner, response)
        return response

    return watched


def _watch_async(get_response: Callable[[Any], Awaitable[Any]], layer: Layer | None) -> GetResponse:
    async def watched(request: Any) -> Any:
        here = current.get()
        if here is None:
            return await get_response(request)
        inner = _go_in(here, layer, request)
        try:
            response = await get_response(request)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _come_out_raising(here, 0, inner, error)
            raise
        _come_out(here, inner, response)
        return response

    return watched


async def _await_later(coroutine: Awaitable[Any], here: Here, inner: Passage | None) -> Any:
    try:
        response = await coroutine
    except BaseException as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        _come_out_raising(here, 0, inner, error)
        raise
    _come_out(here, inner, response)
    return response


def _go_in(here: Here, layer: Layer | None, request: Any) -> Passage | None:
    """The layer outside passes the request on, the one inside gets it: two events, one moment. Returns its passage."""
    t = clock()
    trace, parent, stage = here
    try:
        trace.request_seen, noted = picture_request(request, trace.request_seen)
        outer = trace.passages.get(parent) if stage is _IN or stage is _OUT else None
        if outer is not None:
            outer[PASSED_ON] = True
            in_ns, path = t - outer[ENTERED], outer[PATH]
            trace.point(t, parent, _IN, MIDDLEWARE, path, _passed_facts, in_ns, noted)
        if layer is not None:
            if outer is not None:
                _tell_once(t, trace)
            span = trace.enter(t, parent, _IN, MIDDLEWARE, layer.path, layer.facts)
            return _begin_passage(t, trace, layer, parent, span)
        # What follows is the resolver's, unless it is an adapter and another layer.
        current.set((trace, parent, stages.URL_RESOLVER))
    except Exception as fault:
        trace.fault("middleware", fault)
    return None


def _begin_passage(t: int, trace: Trace, layer: Layer, parent: int, span: int) -> Passage:
    # In a full trace, which keeps no more events, the passage still has a number of its own.
    span = span or -trace.next_span()
    passage = trace.passages[span] = [layer.path, parent, span, t, 0, False, False]
    current.set((trace, span, _IN))
    return passage


def _passed_facts(in_ns: int, noted: Noted | None) -> dict[str, Any]:
    return {"moment": "passed_on", "in_ns": in_ns, "changed": request_changes(noted)}


def _come_out(here: Here, inner: Passage | None, response: Any) -> None:
    """The layer inside returns, the one outside gets the response: two events, one moment."""
    t = clock()
    trace, parent, stage = here
    outer = trace.passages.get(parent) if stage is _IN or stage is _OUT else None
    current.set(here if outer is None else (trace, parent, _OUT))
    try:
        seen = trace.response_seen
        if inner is not None and not inner[IS_OVER]:
            after = trace.response_seen = picture_response(response)
            _leave(t, trace, inner, seen, after)
            if outer is not None:
                _tell_once(t, trace)
        elif seen is None or seen.identity != id(response):
            trace.response_seen = picture_response(response)
        if outer is not None:
            outer[CAME_BACK] = t
            trace.point(t, parent, _OUT, MIDDLEWARE, outer[PATH], _came_back_facts, trace.response_seen)
    except Exception as fault:
        trace.fault("middleware", fault)
        _give_up(t, trace, inner)


def _tell_once(t: int, trace: Trace) -> None:
    """Of two records of one moment only the second tells the recorder's own time."""
    trace.spend(t - clock())


def _give_up(t: int, trace: Trace, inner: Passage | None) -> None:
    if inner is not None and not inner[IS_OVER]:
        trace.exit(t, inner[SPAN], _OUT, {"result": "passed", "status": None, "changed": []})


def _came_back_facts(response: ResponsePicture) -> dict[str, Any]:
    return {"moment": "came_back", "status": response.status}


def _end_passage(
    t: int, trace: Trace, inner: Passage, before: ResponsePicture | None, after: ResponsePicture
) -> tuple[ResponsePicture | None, int]:
    """The response that came back to a passage that ends, if one did, and how long ago."""
    inner[IS_OVER] = True
    if before is None or not inner[CAME_BACK]:
        return None, 0
    if before.identity != after.identity:
        trace.outcome.see_replaced(inner[PATH])
    return before, t - inner[CAME_BACK]


def _leave(t: int, trace: Trace, inner: Passage, before: ResponsePicture | None, after: ResponsePicture) -> None:
    if inner[PASSED_ON]:
        before, out_ns = _end_passage(t, trace, inner, before, after)
        trace.exit(t, inner[SPAN], _OUT, _returned_facts, out_ns, before, after)
        return
    inner[IS_OVER] = True
    trace.outcome.see_answered(inner[PATH])
    trace.exit(t, inner[SPAN], _IN, _answered_facts, t - inner[ENTERED], after)


def _answered_facts(out_ns: int, after: ResponsePicture) -> dict[str, Any]:
    facts = {"result": "answered", "out_ns": out_ns, "status": after.status, "changed": []}
    return {**facts, "response": after.kind.__qualname__}


def _returned_facts(out_ns: int, before: ResponsePicture | None, after: ResponsePicture) -> dict[str, Any]:
    result = "replaced" if before is not None and before.identity != after.identity else "passed"
    return {"result": result, "out_ns": out_ns, "status": after.status, "changed": response_changes(before, after)}


def _come_out_raising(here: Here, _: int, inner: Passage | None, error: BaseException) -> None:
    t = clock()
    stage = (current.get() or here)[2]
    current.set(here)
    if inner is not None:
        end_raising(t, here[0], inner, stage, error)


if compiled is not None:
    compiled.connect(
        stage_in=_IN,
        stage_out=_OUT,
        stage_resolver=stages.URL_RESOLVER,
        kind_middleware=MIDDLEWARE,
        passed_facts=_passed_facts,
        returned_facts=_returned_facts,
        answered_facts=_answered_facts,
        came_back_facts=_came_back_facts,
        give_up=_give_up,
        come_out_raising=_come_out_raising,
        await_later=_await_later,
    )
    _go_in, _come_out = compiled.go_in, compiled.come_out

PROBE = Probe("middleware", [Patch(base.BaseHandler, "load_middleware", _load_middleware)])
