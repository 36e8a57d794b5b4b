"""Sees calls that go over to another thread or loop and come back, what that costs, and which line asked for it.

Replaces `__call__` of asgiref's `SyncToAsync` and `AsyncToSync`, and their `thread_handler` and `main_wrap`, which run
the call over there; checked for asgiref 3.8 to 3.13. What runs there stands on a stack of its own: the asking line goes
along, kept by thread, or for a loop in a ContextVar.
"""

import functools
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from asgiref.sync import AsyncToSync, SyncToAsync

from visualizer.awaiters import line_of_awaiter
from visualizer.events import HOP
from visualizer.native import compiled, watch_compiled
from visualizer.origin import BEYOND, carried_by, carrying, find_asking_line, origin_facts
from visualizer.patching import Patch, Probe, put_back
from visualizer.recorder import Trace, clock, current
from visualizer.records import ident_of_thread, thread_of

# A hop: the line that asked; what is called, of a method its class first; the thread, noted over there; of a call into
# a loop, what puts `carried_by` back; the id of what carries the call while it is under way; when it began and ended
# over there; and when it was called.
Hop = list[Any]
ORIGIN, OWNER, FUNCTION, THREAD, TOKEN, CARRIER, BEGAN, ENDED, CALLED = range(9)
Here = tuple[Trace, int, str]

_MOST_LAYERS = 20
_WRAPPERS = (FunctionType, compiled.Watched) if compiled is not None else (FunctionType,)
_NAMED = (FunctionType, BuiltinFunctionType, type)


def _sync_to_async(original: Any) -> Any:
    async def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        here = current.get()
        if here is None:
            return await original(self, *args, **kwargs)
        hop = _leave(here, self)
        try:
            return await original(self, *args, **kwargs)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        finally:
            _come_back(here, "sync_to_async", hop)

    return __call__


def _async_to_sync(original: Any) -> Any:
    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        here = current.get()
        if here is None:
            return original(self, *args, **kwargs)
        hop = _leave(here, self)
        try:
            return original(self, *args, **kwargs)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        finally:
            _come_back(here, "async_to_sync", hop)

    return __call__


def _leave(here: Here, carrier: Any) -> Hop:
    t = clock()
    origin, owner, function = None, None, ""
    try:
        origin = find_asking_line(3)
        if origin is BEYOND:
            # A task of its own, as `asyncio.gather` makes them; where the handler itself asks, or sends a signal, there
            # is no line.
            origin = None if here[1] in (here[0].server_span, here[0].signal_span) else line_of_awaiter(here[0])
        owner, function = _nameable(carrier.func if isinstance(carrier, SyncToAsync) else carrier.awaitable)
    except Exception as fault:
        here[0].fault("hop", fault)
    hop: Hop = [origin, owner, function, None, None, id(carrier), 0, 0, clock()]
    if isinstance(carrier, SyncToAsync):
        here[0].leaving = hop
    else:
        hop[TOKEN] = carried_by.set(hop)
    here[0].spend(hop[CALLED] - t)
    return hop


def _come_back(here: Here, name: str, hop: Hop) -> None:
    t = clock()
    trace, parent, stage = here
    # Another one may be about to set out.
    if trace.leaving is hop:
        trace.leaving = None
    if hop[TOKEN] is not None:
        put_back(carried_by, hop[TOKEN])
    hop[CARRIER], hop[TOKEN] = 0, None
    trace.point(t, parent, stage, HOP, name, _hop_facts, t, hop)


class _Carried:
    """A method that, read by a call that is being recorded, notes when it runs over there."""

    __wrapped__: Any

    def __init__(self, run: Callable[..., Any], find: Callable[[], Hop | None]) -> None:
        self._run, self._find = run, find

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        bound = self.__wrapped__.__get__(instance, owner)
        hop = self._find()
        if hop is None or hop[CARRIER] != id(instance) or hop[BEGAN]:
            return bound
        return functools.partial(self._run, hop, bound)


def _leaving() -> Hop | None:
    here = current.get()
    return here[0].leaving if here is not None else None


def _run_in_thread(hop: Hop, handler: Any, *args: Any, **kwargs: Any) -> Any:
    ident = ident_of_thread()
    hop[THREAD], hop[BEGAN] = thread_of(ident, ident), clock()
    before, carrying[ident] = carrying.get(ident), hop
    try:
        return handler(*args, **kwargs)
    except BaseException as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        raise
    finally:
        hop[ENDED] = clock()
        if before is None:
            del carrying[ident]
        else:
            carrying[ident] = before


async def _run_in_loop(hop: Hop, main_wrap: Any, *args: Any, **kwargs: Any) -> None:
    ident = ident_of_thread()
    hop[THREAD], hop[BEGAN] = thread_of(ident, ident), clock()
    try:
        await main_wrap(*args, **kwargs)
    finally:
        hop[ENDED] = clock()


def _hop_facts(t: int, hop: Hop) -> dict[str, Any]:
    """What went over, to where; until it began there, how long it ran, and until the asking side went on."""
    origin, owner, function, thread, _, _, began, ended, called = hop
    return {
        "function": function if owner is None else _name_of_method(owner, function),
        "to": f"Thread {thread}" if isinstance(thread, int) else thread and thread.name,
        "to_ns": began - called if began else None,
        "ran_ns": ended - began if ended else None,
        "back_ns": t - ended if ended else None,
        "origin": origin_facts(origin or ("unseen",)),
    }


def _nameable(function: Any) -> tuple[Any, Any]:
    """What its name can be made of later: to keep a bound method would keep a queryset and all its rows."""
    if type(function) is MethodType and type(function.__func__) in _WRAPPERS:
        kind = type(function.__self__)
        # Never `isinstance`, which asks a lazy object for its class.
        return function.__self__ if issubclass(kind, type) else kind, function.__func__
    return None, dotted_name(function)


def _name_of_method(owner: Any, function: FunctionType) -> str:
    return f"{owner.__module__}.{owner.__qualname__}.{function.__name__}"


def dotted_name(function: Any) -> str:
    """The dotted path of what is called, by its type alone: a middleware that Django wrapped is named by its class."""
    for _ in range(_MOST_LAYERS):
        if issubclass(type(function), functools.partial):
            function = function.__dict__.get("__wrapped__", function.func)
        elif type(function) in _WRAPPERS and "__wrapped__" in function.__dict__:
            function = function.__dict__["__wrapped__"]
        else:
            break
    if type(function) is MethodType and type(function.__func__) in _WRAPPERS:
        return _name_of_method(*_nameable(function))
    if type(function) is FunctionType:
        # A class's view is told as its class.
        function = function.__dict__.get("view_class", function)
    is_named = issubclass(type(function), _NAMED)
    named = function if is_named else type(function)
    return f"{named.__module__}.{named.__qualname__}"


if compiled is not None:
    compiled.connect(
        kind_hop=HOP,
        hop_facts=_hop_facts,
        line_of_awaiter=line_of_awaiter,
        dotted_name=dotted_name,
        sync_to_async=SyncToAsync,
        partial=functools.partial,
    )
    _leave, _come_back = compiled.leave_hop, compiled.come_back

PROBE = Probe(
    "hop",
    [
        Patch(SyncToAsync, "__call__", watch_compiled("hop", _sync_to_async)),
        Patch(SyncToAsync, "thread_handler", watch_compiled("carried", lambda _: _Carried(_run_in_thread, _leaving))),
        Patch(AsyncToSync, "__call__", _async_to_sync),
        Patch(AsyncToSync, "main_wrap", lambda _: _Carried(_run_in_loop, carried_by.get)),
    ],
)
