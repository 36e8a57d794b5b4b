"""Which line waits for the task that runs: `asyncio.gather` and its like let a coroutine run on a stack of its own.

What waits for a task is one of its callbacks: the waiting task itself, or a function of asyncio's that holds the future
for which that one waits. asyncio keeps them in `_callbacks`; checked for Python 3.11 to 3.13. Where it does not, no
line is found.
"""

import asyncio
import functools
from collections.abc import Iterator
from contextvars import Context
from itertools import takewhile
from pathlib import Path
from types import BuiltinFunctionType, CoroutineType, FrameType, FunctionType, GeneratorType, MethodType
from typing import Any

from visualizer.native import compiled
from visualizer.origin import BEYOND, Origin, line_among
from visualizer.recorder import Trace, current

_MOST_STEPS = 20
_MOST_FRAMES = 200
# The request came in here: what lies further out waits for the whole answer.
_WAYS_IN = tuple(str(Path(__file__).parent / "probes" / name) for name in ("server.py", "test_client.py"))


def line_of_awaiter(trace: Trace) -> Origin | None:
    """The application's line that waits for the current task of this request, or for one that waits for it.

    None where there is no task, no line waits, or nobody can tell which.
    """
    task = asyncio.current_task() if asyncio.events._get_running_loop() is not None else None
    for _ in range(_MOST_STEPS):
        task = _awaiter(task, trace) if task is not None else None
        frames = _frames(task.get_coro()) if task is not None else []
        inside = list(takewhile(lambda frame: frame.f_code.co_filename not in _WAYS_IN, reversed(frames)))
        found = line_among(inside)
        if found is not None or not frames or len(inside) < len(frames):
            return found if found != BEYOND else None
    return None


def _runs_in(context: Context, trace: Trace) -> bool:
    here = current.seen_in(context)
    return here is not None and here[0] is trace


def _awaiter(task: Any, trace: Trace) -> Any:
    """The task of the same request that waits for this one, however many futures lie between."""
    waiting, seen = [task], {id(task)}
    while waiting and len(seen) < _MOST_STEPS:
        awaited = waiting.pop(0)
        if awaited is not task and issubclass(type(awaited), asyncio.Task):
            return awaited
        ours = (
            callback for callback, context in getattr(awaited, "_callbacks", None) or () if _runs_in(context, trace)
        )
        for found in (each for callback in ours for each in _held(callback) if id(each) not in seen):
            seen.add(id(found))
            waiting.append(found)
    return None


def _held(callback: Any) -> Iterator[Any]:
    """The futures and tasks that a callback of asyncio's will wake up."""
    kind = type(callback)
    if issubclass(kind, functools.partial) and _is_asyncio_s(callback.func):
        candidates = callback.args
    elif _is_asyncio_s(callback):
        candidates = tuple(_content(cell) for cell in callback.__closure__ or ())
    elif kind is BuiltinFunctionType:
        # A task's own wake-up.
        candidates = (callback.__self__,)
    elif kind is MethodType and type(callback.__self__) is asyncio.TaskGroup:
        candidates = (callback.__self__.__dict__.get("_parent_task"),)
    else:
        return
    yield from (each for each in candidates if issubclass(type(each), asyncio.Future))


def _is_asyncio_s(function: Any) -> bool:
    return type(function) is FunctionType and function.__module__.partition(".")[0] == "asyncio"


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _frames(coroutine: Any) -> list[FrameType]:
    """The frames of a waiting coroutine and of what it awaits, outermost first; none where not all can be seen."""
    found: list[Any] = []
    for _ in range(_MOST_FRAMES):
        if compiled is not None and type(coroutine) is compiled.Awaited:
            coroutine = coroutine.awaited_coroutine
        if type(coroutine) is CoroutineType:
            frame, inner = coroutine.cr_frame, coroutine.cr_await
        elif type(coroutine) is GeneratorType:
            frame, inner = coroutine.gi_frame, coroutine.gi_yieldfrom
        else:
            break
        found.append(frame)
        coroutine = inner
    # What awaits the future itself; of any other awaitable nobody can say which line is waiting in it.
    return found if type(coroutine).__name__ == "FutureIter" else []
