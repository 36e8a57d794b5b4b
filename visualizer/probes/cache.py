"""Sees the cache being asked and filled, through whichever backend.

Replaces `CacheHandler.create_connection`, and the operations of each backend's class where that class defines them,
checked for Django 5.2 to 6.1. The classes and not the connections: async operations of Django 6.1 look at the
`__func__` of their sync ones, and a connection that was open before the probe came is seen too.
"""

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from types import FunctionType
from typing import Any, NamedTuple

from asgiref.sync import iscoroutinefunction
from django.core.cache import CacheHandler, caches
from django.core.cache.backends.base import BaseCache

from visualizer import events as ev
from visualizer.events import error_facts
from visualizer.origin import Origin, find_origin, origin_facts
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current
from visualizer.redaction import HIDDEN, cut, is_hidden, safe_text

Here = tuple[Trace, int, str]
Outcome = Callable[[Any, tuple[Any, ...], dict[str, Any]], dict[str, Any]]


class Operation(NamedTuple):
    """What a cache can be asked: whether for one key or many, where its timeout stands, what its answer says."""

    argument: str = "key"
    timeout_at: int = 0
    outcome: Outcome = lambda result, args, kwargs: {}


def _was_found(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    # The value itself is nobody's business; the default is compared by identity, which runs no code.
    return {"hit": result is not (args[1] if len(args) > 1 else kwargs.get("default"))}


def _were_found(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {"hits": _length(result)}


def _is_there(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {"hit": result if type(result) is bool else None}


def _is_done(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {"done": result if type(result) is bool else None}


def _failed(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {"failed": _length(result)}


OPERATIONS = {
    "get": Operation(outcome=_was_found),
    "get_many": Operation("keys", outcome=_were_found),
    "set": Operation(timeout_at=2),
    "set_many": Operation("data", timeout_at=1, outcome=_failed),
    "add": Operation(timeout_at=2, outcome=_is_done),
    "delete": Operation(outcome=_is_done),
    "delete_many": Operation("keys"),
    "touch": Operation(timeout_at=1, outcome=_is_done),
    "incr": Operation(),
    "decr": Operation(),
    "has_key": Operation(outcome=_is_there),
    "clear": Operation(""),
}
_COUNTABLE: tuple[type, ...] = (list, tuple, set, frozenset, dict, type({}.keys()))
_SESSION_PREFIXES = ("django.contrib.sessions.cached_db", "django.contrib.sessions.cache")
# The cache inside one of whose operations the code runs, by its id: what it calls on itself is that same operation.
_within: ContextVar[int] = ContextVar("visualizer_cache", default=0)
_aliases: dict[int, tuple[weakref.ref[Any], str]] = {}


def _watch(name: str) -> Callable[[Any], Any]:
    operation = OPERATIONS.get(name) or OPERATIONS[name[1:]]

    def make(original: Any) -> Any:
        watch = _watch_async if iscoroutinefunction(original) else _watch_sync
        return watch(original, name, operation)

    return make


def _watch_sync(original: Any, name: str, operation: Operation) -> Any:
    def called(self: Any, *args: Any, **kwargs: Any) -> Any:
        here, outer = current.get(), _within.get()
        if here is None or outer == id(self):
            return original(self, *args, **kwargs)
        span = _enter(here, name, operation, self, args, kwargs)
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave(here, outer, span, {"error": error_facts(error)})
            raise
        _leave(here, outer, span, operation.outcome(result, args, kwargs))
        return result

    return called


def _watch_async(original: Any, name: str, operation: Operation) -> Any:
    async def called(self: Any, *args: Any, **kwargs: Any) -> Any:
        here, outer = current.get(), _within.get()
        if here is None or outer == id(self):
            return await original(self, *args, **kwargs)
        span = _enter(here, name, operation, self, args, kwargs)
        try:
            result = await original(self, *args, **kwargs)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave(here, outer, span, {"error": error_facts(error)})
            raise
        _leave(here, outer, span, operation.outcome(result, args, kwargs))
        return result

    return called


def _enter(here: Here, name: str, operation: Operation, cache: Any, args: tuple[Any, ...], kwargs: Any) -> int:
    t = clock()
    trace, parent, stage = here
    _within.set(id(cache))
    try:
        known = _aliases.get(id(cache))
        asked = _asked(operation, args, kwargs)
        timeout = _timeout(operation.timeout_at, args, kwargs)
        facts = (_facts, known and known[1], type(cache), asked, timeout, find_origin(3))
        span = trace.enter(t, parent, stage, ev.CACHE, name, facts)
    except Exception as fault:
        return trace.fault("cache", fault)
    current.set((trace, span or parent, stage))
    return span


def _leave(here: Here, outer: int, span: int, facts: dict[str, Any]) -> None:
    t = clock()
    current.set(here)
    _within.set(outer)
    here[0].exit(t, span, here[2], facts)


def _asked(operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | int | None:
    """The key, or how many of them: of an iterator only the backend may ask that."""
    first = args[0] if args else kwargs.get(operation.argument)
    if operation.argument == "key":
        return first if type(first) is str else safe_text(first)
    return _length(first)


def _length(several: Any) -> int | None:
    return len(several) if type(several) in _COUNTABLE else None


def _timeout(position: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    if not position:
        return None
    if len(args) <= position and "timeout" not in kwargs:
        return "default"
    given = args[position] if len(args) > position else kwargs["timeout"]
    if given is None:
        return "never"
    return f"{given} s" if type(given) in (int, float) else safe_text(given)


def _facts(
    alias: str | None, backend: type, asked: str | int | None, timeout: str | None, origin: Origin
) -> dict[str, Any]:
    return {
        "alias": alias,
        "backend": f"{backend.__module__}.{backend.__qualname__}",
        "key": safe_key(asked) if isinstance(asked, str) else None,
        "keys": asked if isinstance(asked, int) else None,
        "timeout": timeout,
        "origin": origin_facts(origin),
    }


def safe_key(key: str) -> str:
    """A key of the cache as it may be stored: one that speaks of a secret may well contain it."""
    for prefix in _SESSION_PREFIXES:
        if key.startswith(prefix):
            return prefix + HIDDEN
    # Past the memory of `is_hidden`, which is there for the few names that come again and again.
    return HIDDEN if is_hidden.__wrapped__(key) else cut(key)


def _connect(original: Any) -> Any:
    def create_connection(self: Any, alias: Any) -> Any:
        try:
            connection = original(self, alias)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        PROBE.watch(connection, alias)
        return connection

    return create_connection


def _note_alias(connection: Any, alias: Any) -> None:
    key = id(connection)
    try:
        _aliases[key] = weakref.ref(connection, lambda _: _aliases.pop(key, None)), safe_text(alias)
    except TypeError:
        # Nothing tells when it goes, and its id may then be another's.
        return


def _patches(owner: type) -> list[Patch]:
    names = (name for plain in OPERATIONS for name in (plain, f"a{plain}"))
    return [Patch(owner, name, _watch(name)) for name in names if type(owner.__dict__.get(name)) is FunctionType]


def _subclasses(owner: type[Any]) -> Iterator[type[Any]]:
    for kind in owner.__subclasses__():
        yield kind
        yield from _subclasses(kind)


class CacheProbe(Probe):
    """Learns of backends as they come: each class is patched when its first connection is made."""

    def __init__(self) -> None:
        super().__init__("cache", [Patch(CacheHandler, "create_connection", _connect), *_patches(BaseCache)])
        self._backends: dict[type, Probe] = {}
        self._lock = threading.Lock()

    def install(self) -> None:
        super().install()
        for backend in tuple(self._backends.values()):
            backend.install()
        self._learn(_subclasses(BaseCache))
        for alias in caches.settings:
            if hasattr(caches._connections, alias):  # type: ignore[attr-defined]
                self.watch(caches[alias], alias)

    def uninstall(self) -> None:
        for backend in tuple(self._backends.values()):
            backend.uninstall()
        super().uninstall()

    def watch(self, connection: Any, alias: Any) -> None:
        """Learn of a new connection, whether a request is being recorded or not."""
        _note_alias(connection, alias)
        if type(connection) not in self._backends:
            self._learn(type(connection).__mro__)

    def _learn(self, kinds: Iterable[type]) -> None:
        with self._lock:
            for kind in kinds:
                if kind not in self._backends and kind not in (BaseCache, object):
                    probe = Probe("cache", _patches(kind))
                    probe.install()
                    self._backends[kind] = probe


PROBE = CacheProbe()
