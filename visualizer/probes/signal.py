"""Sees signals that had receivers, and how long each receiver took.

Replaces `Signal.send`, `send_robust`, `asend`, `asend_robust` and `_live_receivers`, checked for Django 5.2 to 6.1.
Django's own loop runs: it gets receivers that take their time and are otherwise what they stand for, and the caller
gets back those that were connected. A signal without receivers costs a look at an empty list.
"""

import sys
from collections.abc import Callable
from types import CoroutineType, FunctionType, MethodType, ModuleType
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.dispatch import Signal
from django.dispatch.dispatcher import NO_RECEIVERS

from visualizer import events as ev
from visualizer.events import error_facts
from visualizer.native import compiled, watch_compiled
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current
from visualizer.records import ident_of_thread
from visualizer.redaction import safe_text

_MOST_RECEIVERS = 50
_OWN = __name__.partition(".")[0] + "."


class _Sending:
    """One call of `send`, from the moment at which Django asks who is to receive it."""

    __slots__ = ("here", "method", "receivers", "span")

    def __init__(self, here: tuple[Trace, int, str], method: str) -> None:
        self.here, self.method = here, method
        self.receivers: list[_Timed] | None = None

    def enter(self, t: int, signal: Any, sender: Any, count: int) -> None:
        trace, parent, stage = self.here
        _, name, module = _name_of(signal, sender)
        asked = module, _kind_of(sender), self.method, count
        self.span = span = trace.enter(t, parent, stage, ev.SIGNAL, name, _asked_facts, asked)
        if parent == trace.server_span:
            trace.signal_span = span
        current.set((trace, span or parent, stage))

    def leave(self, error: BaseException | None = None) -> None:
        t = clock()
        receivers = self.receivers
        if receivers is None:
            # Django may not have got as far as asking.
            ident = ident_of_thread()
            if _asking.get(ident) is self:
                del _asking[ident]
            return
        current.set(self.here)
        self.here[0].exit(t, self.span, self.here[2], _sent_facts, receivers, error_facts(error) if error else None)


def _leave_raising(here: tuple[Trace, int, str], span: int, receivers: "list[_Timed]", error: BaseException) -> None:
    t = clock()
    current.set(here)
    here[0].exit(t, span, here[2], _sent_facts, receivers, error_facts(error))


def _asked_facts(asked: tuple[str | None, type | str | None, str, int]) -> dict[str, Any]:
    module, sender, method, count = asked
    text = sender if sender is None or isinstance(sender, str) else _dotted(sender)
    return {"module": module, "sender": text, "method": method, "count": count}


def _sent_facts(receivers: "list[_Timed]", error: dict[str, Any] | None) -> dict[str, Any]:
    told = [_timed_facts(receiver) for receiver in receivers[:_MOST_RECEIVERS]]
    facts: dict[str, Any] = {"receivers": [each for each in told if not each["name"].startswith(_OWN)]}
    return {**facts, "error": error} if error else facts


def _timed_facts(timed: "_Timed") -> dict[str, Any]:
    """`{name, file, line, duration_ns, error}`; no duration if it was never called."""
    return {**_receiver_facts(timed.receiver), "duration_ns": timed.duration_ns, "error": timed.error}


class _Timed:
    """Stands for a receiver in Django's loop; whatever else is asked of it, the receiver answers."""

    __slots__ = ("duration_ns", "error", "is_async", "receiver")

    def __init__(self, receiver: Any, *, is_async: bool) -> None:
        self.receiver, self.is_async = receiver, is_async
        self.duration_ns: int | None = None
        self.error: dict[str, Any] | None = None

    def __call__(self, **named: Any) -> Any:
        t = clock()
        try:
            response = self.receiver(**named)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _note(self, t, error)
            raise
        if self.is_async and type(response) is CoroutineType:
            return _wait_timed(self, response, t)
        _note(self, t)
        return response

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(self.receiver, name)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise

    def __repr__(self) -> str:
        return repr(self.receiver)


def _wait_timed(timed: _Timed, coroutine: Any, t: int) -> Any:
    """A coroutine that looks like the receiver's, and takes its time."""

    async def wait() -> Any:
        try:
            response = await coroutine
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _note(timed, t, error)
            raise
        _note(timed, t)
        return response

    waiting: Any = wait()
    waiting.__name__, waiting.__qualname__ = coroutine.__name__, coroutine.__qualname__
    return waiting


def _note(timed: _Timed, t: int, error: BaseException | None = None) -> None:
    timed.duration_ns = clock() - t
    # Its facts at once: the error itself would hold the frames that hold this.
    timed.error = error_facts(error) if error else None


def _time_receivers(receivers: list[Any], is_async: bool) -> list[_Timed]:
    return [_Timed(each, is_async=is_async) for each in receivers]


def _as_connected(responses: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Django's own list, in which each response again stands beside the receiver that was connected."""
    for index, (receiver, response) in enumerate(responses):
        if type(receiver) is _Timed:
            responses[index] = receiver.receiver, response
    return responses


# By thread, the call that is about to ask for its receivers: Django does so before anything else runs.
_asking: dict[int, _Sending] = {}


def _watch(original: Any) -> Any:
    return _watch_async(original) if iscoroutinefunction(original) else _watch_sync(original)


def _watch_sync(original: Any) -> Any:
    method = original.__name__

    def send(self: Any, *args: Any, **named: Any) -> Any:
        here = current.get() if self.receivers and not _is_known_unheard(self, _sender_of(args, named)) else None
        if here is None:
            return original(self, *args, **named)
        sending = _asking[ident_of_thread()] = _Sending(here, method)
        try:
            responses = original(self, *args, **named)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            sending.leave(error)
            raise
        sending.leave()
        return _as_connected(responses)

    return send


def _watch_async(original: Any) -> Any:
    method = original.__name__

    async def send(self: Any, *args: Any, **named: Any) -> Any:
        here = current.get() if self.receivers and not _is_known_unheard(self, _sender_of(args, named)) else None
        if here is None:
            return await original(self, *args, **named)
        sending = _asking[ident_of_thread()] = _Sending(here, method)
        try:
            responses = await original(self, *args, **named)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            sending.leave(error)
            raise
        sending.leave()
        return _as_connected(responses)

    return send


def _sender_of(args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    return args[0] if args else named.get("sender")


def _is_known_unheard(signal: Any, sender: Any) -> bool:
    """Whether Django knows already that nobody receives it from this class: each row of a query sends two signals."""
    hashing: Any = type(sender).__hash__
    # An object's hash may be the application's own code.
    if not signal.use_caching or hashing is not type.__hash__:
        return False
    return signal.sender_receivers_cache.get(sender) is NO_RECEIVERS


def _find_receivers(original: Callable[..., Any]) -> Any:
    def _live_receivers(self: Any, sender: Any) -> Any:
        # What the receivers send in their turn is a call of its own.
        sending = _asking.pop(ident_of_thread(), None)
        try:
            found = original(self, sender)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        if sending is None or not (found[0] or found[1]):
            return found
        t = clock()
        try:
            plain, awaited = _time_receivers(found[0], False), _time_receivers(found[1], True)
            sending.enter(t, self, sender, len(plain) + len(awaited))
            sending.receivers = plain + awaited if awaited else plain
        except Exception as fault:
            sending.here[0].fault("signal", fault)
            return found
        return plain, awaited

    return _live_receivers


# Name and module by the signal's id; the signal itself is held, so that the id stays its own.
_names: dict[int, tuple[Any, str, str]] = {}
_modules_seen = 0


def learn_names() -> None:
    """Look in all modules for the names of the signals that they define; rarely, as it takes some milliseconds."""
    global _modules_seen
    modules = list(sys.modules.items())
    _modules_seen = len(modules)
    # Last wins: what defines a signal is mostly called `signals`, and has a shorter path than what imports it.
    for path, module in sorted(modules, key=lambda item: (item[0].endswith("signals"), -len(item[0]))):
        # A lazy module would be loaded by asking for its attributes in any other way.
        if issubclass(type(module), ModuleType):
            for name, value in tuple(object.__getattribute__(module, "__dict__").items()):
                if issubclass(type(value), Signal):
                    _names[id(value)] = value, name, path


def _name_of(signal: Any, sender: Any) -> tuple[Any, str, str | None]:
    """The signal, its name and the module that defines it; of one that no module names, who sent it."""
    key = id(signal)
    if key not in _names and len(sys.modules) != _modules_seen:
        learn_names()
    if key in _names:
        return _names[key]
    return signal, f"a signal of {_dotted_class(sender).rpartition('.')[0] or 'unknown origin'}", None


def _kind_of(sender: Any) -> type | str | None:
    """What is told of a sender: a class, an object's class, or a text."""
    kind = type(sender)
    if sender is None or issubclass(kind, type):
        return sender  # type: ignore[no-any-return]
    return safe_text(sender) if issubclass(kind, str) else kind


def _dotted_class(sender: Any) -> str:
    """The dotted path of a class, or of an object's class."""
    return _dotted(sender if issubclass(type(sender), type) else type(sender))


def _dotted(named: Any) -> str:
    module, name = type.__getattribute__(named, "__module__"), type.__getattribute__(named, "__qualname__")
    return f"{module}.{name}" if type(module) is type(name) is str else "unknown"


def _receiver_facts(receiver: Any) -> dict[str, Any]:
    function = receiver.__func__ if type(receiver) is MethodType else receiver
    if type(function) is not FunctionType:
        return {"name": _dotted(type(function)), "file": None, "line": None}
    module, name, code = function.__module__, function.__qualname__, function.__code__
    dotted = f"{module}.{name}" if type(module) is str else name
    return {"name": dotted, "file": code.co_filename, "line": code.co_firstlineno}


if compiled is not None:
    compiled.connect(
        asking=_asking,
        signal_names=_names,
        name_of_other_signal=_name_of,
        kind_of_sender=_kind_of,
        kind_signal=ev.SIGNAL,
        signal_facts=_asked_facts,
        sent_facts=_sent_facts,
        leave_signal_raising=_leave_raising,
        is_known_unheard=_is_known_unheard,
        error_facts=error_facts,
        wait_timed=_wait_timed,
    )

_METHODS = {"send": "signal", "send_robust": "signal", "asend": "awaited signal", "asend_robust": "awaited signal"}

PROBE = Probe(
    "signal",
    [
        *(Patch(Signal, name, watch_compiled(what, _watch, name)) for name, what in _METHODS.items()),
        Patch(Signal, "_live_receivers", watch_compiled("receivers", _find_receivers)),
    ],
)
