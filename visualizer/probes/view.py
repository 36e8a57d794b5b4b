"""Sees the view called, inside the thread or task that runs it.

Replaces `BaseHandler.make_view_atomic`, the last function that touches a view before it is called; checked for
Django 5.2 to 6.1.
"""

from types import FunctionType
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.handlers.base import BaseHandler
from django.db import connections

from visualizer import events as ev
from visualizer import stages
from visualizer.events import error_facts
from visualizer.native import compiled, watch_compiled
from visualizer.patching import Patch, Probe, stand_in
from visualizer.recorder import Trace, clock, current
from visualizer.view_source import view_facts

_STAGE = stages.VIEW


def _make_view_atomic(original: Any) -> Any:
    def make_view_atomic(self: Any, view: Any) -> Any:
        made = original(self, view)
        return made if current.get() is None else _watch(made, view)

    return make_view_atomic


def _watch(made: Any, view: Any) -> Any:
    is_async = iscoroutinefunction(made)
    if compiled is not None and not is_async:
        return _named(compiled.watched("view", made, None, view), made)
    if is_async:

        async def watched_async(request: Any, *args: Any, **kwargs: Any) -> Any:
            here = current.get()
            if here is None:
                return await made(request, *args, **kwargs)
            span, name = _enter(here, view, request, True)
            try:
                response = await made(request, *args, **kwargs)
            except BaseException as error:
                error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
                _leave_raising(here, span, name, error)
                raise
            return _leave(here, span, response)

        return _named(watched_async, made)

    def watched(request: Any, *args: Any, **kwargs: Any) -> Any:
        here = current.get()
        if here is None:
            return made(request, *args, **kwargs)
        span, name = _enter(here, view, request, False)
        try:
            response = made(request, *args, **kwargs)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave_raising(here, span, name, error)
            raise
        return _leave(here, span, response)

    return _named(watched, made)


def _named(watched: Any, made: Any) -> Any:
    # On each request, hence only what is shown.
    if type(made) is not FunctionType:
        return stand_in(watched, made)
    watched.__wrapped__ = made
    if type(watched) is FunctionType:
        watched.__qualname__ = made.__qualname__
    return watched


def view_name(view: Any) -> str:
    """A view's dotted path; of a class-based view its class."""
    target = getattr(view, "view_class", None) or view
    name = getattr(target, "__qualname__", None) or type(target).__qualname__
    return f"{getattr(target, '__module__', '')}.{name}"


def _enter(here: tuple[Trace, int, str], view: Any, request: Any, is_async: bool) -> tuple[int, str]:
    t = clock()
    trace, parent, _ = here
    try:
        name = view_name(view)
        trace.outcome.view = name
        span = trace.enter(t, parent, _STAGE, ev.VIEW, name, _view_facts, view, request.method, is_async)
        current.set((trace, span or parent, _STAGE))
        return span, name
    except Exception as fault:
        return trace.fault("view", fault), "view"


def _leave(here: tuple[Trace, int, str], span: int, response: Any) -> Any:
    t = clock()
    current.set(here)
    kind = type(response)
    try:
        status = response.status_code if hasattr(kind, "status_code") else None
    except Exception:
        status = None
    here[0].exit(t, span, _STAGE, _left_facts, kind, status)
    return response


def _left_facts(kind: type, status: Any) -> dict[str, Any]:
    return {"response": kind.__qualname__, "status": status}


def _leave_raising(here: tuple[Trace, int, str], span: int, name: str, error: BaseException) -> None:
    t = clock()
    current.set(here)
    here[0].outcome.see_raised(error, name, _STAGE)
    facts = {"response": None, "status": None, "error": error_facts(error)}
    here[0].exit(t, span, _STAGE, facts)


def _view_facts(view: Any, method: str | None, is_async: bool) -> dict[str, Any]:
    return {"is_async": is_async, "atomic": _atomic_aliases(view), **view_facts(view, method)}


def _atomic_aliases(view: Any) -> list[str]:
    exempt = getattr(view, "_non_atomic_requests", ())
    return [alias for alias, db in connections.settings.items() if db["ATOMIC_REQUESTS"] and alias not in exempt]


if compiled is not None:
    compiled.connect(
        stage_view=_STAGE,
        kind_view=ev.VIEW,
        view_name=view_name,
        view_facts=_view_facts,
        left_view_facts=_left_facts,
        leave_view_raising=_leave_raising,
        watch_view=_watch,
    )

PROBE = Probe("view", [Patch(BaseHandler, "make_view_atomic", watch_compiled("view maker", _make_view_atomic))])
