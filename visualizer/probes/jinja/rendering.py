"""Sees Jinja2's templates render: who includes, extends or imports whom, blocks, and macros that are called.

Compiled templates call each other without a method in between. So two attributes that they all read are watched,
`Template.root_render_func` and `Context.blocks`, besides `BlockReference.__call__` (`super()`, `self.block()`) and
`Macro._invoke` with their async twins; checked for Jinja2 3.1. Installed only where Jinja2 is.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, closing
from functools import partial
from types import FrameType
from typing import Any

from jinja2.environment import Template
from jinja2.runtime import BlockReference, Context, Macro
from markupsafe import Markup

from visualizer import stages
from visualizer.events import TEMPLATE, error_facts
from visualizer.patching import Patch, Probe
from visualizer.probes.jinja.attributes import Attribute, Read
from visualizer.probes.jinja.places import (
    TEMPLATE_OF_MODULE,
    Look,
    Place,
    look_at_block,
    look_at_macro,
    look_at_reference,
    look_at_root,
    place_around,
    place_of,
    relation,
)
from visualizer.recorder import Trace, clock, current

Here = tuple[Trace, int, str]

_STAGE = stages.TEMPLATE
_TEXTS = frozenset({str, Markup})
# What hands its pieces to code of the application one by one, which runs in between.
_HANDING_OUT = frozenset({Template.generate.__code__, Template.generate_async.__code__})


def _watch_root(template: Any, function: Any, caller: FrameType) -> Any:
    return partial(_render_root, template, function, caller)


def _render_root(template: Any, function: Any, caller: FrameType, context: Any) -> Any:
    t = clock()
    look = partial(look_at_root, template, context, *relation(context, caller))
    return _render(t, function, context, look, caller.f_code in _HANDING_OUT)


def _watch_blocks(context: Any, blocks: Any, caller: FrameType) -> Any:
    # The runtime itself looks for its own functions in them.
    return _Blocks(blocks, caller) if TEMPLATE_OF_MODULE in caller.f_globals else blocks


class _Blocks:
    """The blocks of a context as compiled code uses them."""

    __slots__ = ("_caller", "_real", "setdefault")

    def __init__(self, real: Any, caller: FrameType) -> None:
        self._real, self._caller, self.setdefault = real, caller, real.setdefault

    def __getitem__(self, name: str) -> "_Stack":
        return _Stack(name, self._real[name], self._caller)


class _Stack:
    """The functions of one block, that of the outermost child first; compiled code calls it."""

    __slots__ = ("_caller", "_name", "_real")

    def __init__(self, name: str, real: Any, caller: FrameType) -> None:
        self._name, self._real, self._caller = name, real, caller

    def __len__(self) -> int:
        return len(self._real)

    def __getitem__(self, index: int) -> Any:
        return partial(_render_block, self._name, self._real[index], self._caller)


def _render_block(name: str, function: Any, caller: FrameType, context: Any) -> Any:
    t = clock()
    return _render(t, function, context, partial(look_at_block, name, function, place_of(caller)), False)


def _render(t: int, function: Any, context: Any, look: Callable[[], Look], hands_out: bool) -> Any:
    pieces = _async_pieces if context.environment.is_async else _pieces
    return pieces(t, function, context, look, hands_out)


def _pieces(t: int, function: Any, context: Any, look: Callable[[], Look], hands_out: bool) -> Iterator[Any]:
    """The pieces of text that a compiled function makes, one after another, inside a span.

    Compiled code asks for the first at once, so that the span begins where this was called.
    """
    here = current.get()
    if here is None:
        yield from function(context)
        return
    with _Span(t, here, look) as span, closing(function(context)) as pieces:
        for piece in pieces:
            span.made += len(piece) if type(piece) in _TEXTS else 0
            if hands_out:
                span.step_outside()
            yield piece
            if hands_out:
                span.step_inside()


async def _async_pieces(
    t: int, function: Any, context: Any, look: Callable[[], Look], hands_out: bool
) -> AsyncIterator[Any]:
    """The same where the environment is async."""
    here = current.get()
    if here is None:
        async with aclosing(function(context)) as pieces:
            async for piece in pieces:
                yield piece
        return
    with _Span(t, here, look) as span:
        async with aclosing(function(context)) as pieces:
            async for piece in pieces:
                span.made += len(piece) if type(piece) in _TEXTS else 0
                if hands_out:
                    span.step_outside()
                yield piece
                if hands_out:
                    span.step_inside()


class _Span:
    """The span in which pieces are made, left for the time that code of the application has one, if it gets them."""

    __slots__ = ("author", "here", "inside", "made", "outside", "span")

    def __init__(self, t: int, here: Here, look: Callable[[], Look]) -> None:
        self.here, self.outside, self.made = here, current.get(), 0
        self.span, self.author = _enter(t, here, look)
        self.inside = current.get()

    def __enter__(self) -> "_Span":
        return self

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if error is None:
            _leave(self.here, self.outside, self.span, self.made)
        elif type(error) is GeneratorExit:
            _abandon(self.here, self.span, self.inside)
        else:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave_raising(self.here, self.outside, self.span, self.author, error)

    def step_outside(self) -> None:
        current.set(self.outside)

    def step_inside(self) -> None:
        self.outside = current.get()
        current.set(self.inside)


def _call(look: Callable[..., Look]) -> Callable[[Any], Any]:
    """Watch a method that gives a whole text, or in an async environment what its async twin gives."""

    def make(original: Any) -> Any:
        def called(self: Any, *args: Any) -> Any:
            here = current.get()
            if here is None or _environment_of(self).is_async:
                return original(self, *args)
            t = clock()
            span, author = _enter(t, here, partial(look, self, place_around(sys._getframe(1))))
            try:
                text = original(self, *args)
            except BaseException as error:
                error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
                _leave_raising(here, here, span, author, error)
                raise
            _leave(here, here, span, len(text) if type(text) in _TEXTS else None)
            return text

        return called

    return make


def _async_call(look: Callable[..., Look]) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        def called(self: Any, *args: Any) -> Any:
            if current.get() is None:
                return original(self, *args)
            coroutine: Any = _awaited(look, original, self, args, place_around(sys._getframe(1)))
            # Python's warning of a coroutine that nobody awaits names it.
            coroutine.__qualname__ = original.__qualname__
            return coroutine

        return called

    return make


async def _awaited(look: Callable[..., Look], original: Any, called: Any, args: Any, place: Place | None) -> Any:
    here = current.get()
    if here is None:
        return await original(called, *args)
    span, author = _enter(clock(), here, partial(look, called, place))
    try:
        text = await original(called, *args)
    except BaseException as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        _leave_raising(here, here, span, author, error)
        raise
    _leave(here, here, span, len(text) if type(text) in _TEXTS else None)
    return text


def _environment_of(called: Any) -> Any:
    return called._environment if isinstance(called, Macro) else called._context.environment


# The span.


def _enter(t: int, here: Here, look: Callable[[], Look]) -> tuple[int, str]:
    """Open the span; its id, 0 if there is none, and who is to blame for an exception inside it."""
    try:
        name, author, detail = look()
        span = here[0].enter(t, here[1], _STAGE, TEMPLATE, name, detail)
    except Exception as fault:
        return here[0].fault("jinja", fault), ""
    if span:
        current.set((here[0], span, _STAGE))
    return span, author


def _leave(here: Here, outside: Any, span: int, made: int | None) -> None:
    t = clock()
    current.set(outside)
    here[0].exit(t, span, _STAGE, {"bytes": made})


def _leave_raising(here: Here, outside: Any, span: int, author: str, error: BaseException) -> None:
    t = clock()
    current.set(outside)
    here[0].outcome.see_raised(error, author, _STAGE)
    here[0].exit(t, span, _STAGE, {"bytes": None, "error": error_facts(error)})


def _abandon(here: Here, span: int, inside: Any) -> None:
    """Nobody reads further. The collector may close a generator in whatever context it runs in."""
    t = clock()
    if current.get() == inside:
        current.set(here)
    here[0].exit(t, span, _STAGE, {"bytes": None})


PROBE = Probe(
    "jinja",
    [
        Attribute(Template, "root_render_func", lambda _: Read("root_render_func", _watch_root)),
        Attribute(Context, "blocks", lambda _: Read("blocks", _watch_blocks)),
        Patch(BlockReference, "__call__", _call(look_at_reference)),
        Patch(BlockReference, "_async_call", _async_call(look_at_reference)),
        Patch(Macro, "_invoke", _call(look_at_macro)),
        Patch(Macro, "_async_invoke", _async_call(look_at_macro)),
    ],
)
