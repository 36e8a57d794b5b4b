"""Lets a probe see what a handler's method made of a request, sync and async, by a wrapper that only looks."""

from collections.abc import Callable
from typing import Any

from visualizer.native import watch_compiled
from visualizer.recorder import Trace, current

# Gets where the call was made from, and what it returned; it must not raise.
See = Callable[[tuple[Trace, int, str], Any], None]


def watch_result(see: See) -> Callable[[Any], Any]:
    """Make for a `Patch` of a method that takes a request: `see` gets what it returned while a trace is recorded."""

    def make(original: Any) -> Any:
        def watched(self: Any, request: Any) -> Any:
            here = current.get()
            if here is None:
                return original(self, request)
            try:
                result = original(self, request)
            except BaseException as error:
                error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
                raise
            see(here, result)
            return result

        return watched

    return watch_compiled("result", make, see)


def watch_result_async(see: See) -> Callable[[Any], Any]:
    """The same for a coroutine method."""

    def make(original: Any) -> Any:
        async def watched(self: Any, request: Any) -> Any:
            here = current.get()
            if here is None:
                return await original(self, request)
            try:
                result = await original(self, request)
            except BaseException as error:
                error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
                raise
            see(here, result)
            return result

        return watched

    return watch_compiled("awaited result", make, see)
