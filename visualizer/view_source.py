"""What a view is made of: the functions around it, the class and method, and where the innermost function stands.

Only what Python itself keeps of functions and classes is read; nothing of the application's is called.
"""

import functools
from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType
from typing import Any

_MOST_LAYERS = 50
_AS_VIEW = "View.as_view.<locals>.view"
_METHOD_DECORATOR = "_multi_decorate.<locals>._wrapper"


def view_facts(view: Any, method: str | None) -> dict[str, Any]:
    """`{is_class, method, handler, dispatch, wrappers, file, line, end_line}` of docs/trace-format.md."""
    layers = list(_layers(view))
    view_class = _held(view).get("view_class")
    if not isinstance(view_class, type):
        code = _code_of(layers[-1])
        facts: dict[str, Any] = {"is_class": False, "method": None, "handler": None, "dispatch": []}
        return {**facts, "wrappers": _told(layers[:-1]), **_place(code)}
    name = (method or "").lower()
    handler = _handler(view_class, name, _allowed_methods(view, view_class))
    return {
        "is_class": True,
        "method": name,
        "handler": f"{_dotted(handler[0])}.{handler[1]}" if handler else None,
        "dispatch": [f"{_dotted(owner)}.dispatch" for owner in _defining(view_class, "dispatch")],
        "wrappers": _told(_outside(layers) + _around_methods(view_class, handler)),
        **_place(_code_of(_innermost(vars(handler[0])[handler[1]])) if handler else None),
    }


def _layers(view: Any) -> Iterator[Any]:
    """The view and what it wraps, the outermost first."""
    seen: set[int] = set()
    while view is not None and id(view) not in seen and len(seen) < _MOST_LAYERS:
        seen.add(id(view))
        yield view
        view = _inside(view)


def _inside(view: Any) -> Any:
    if type(view) is functools.partial:
        return view.func
    if type(view) is MethodType:
        return view.__func__
    return _held(view).get("__wrapped__")


def _held(view: Any) -> dict[str, Any]:
    try:
        held = object.__getattribute__(view, "__dict__")
    except AttributeError:
        return {}
    return held if type(held) is dict else {}


def _innermost(function: Any) -> Any:
    return list(_layers(function))[-1]


def _outside(layers: list[Any]) -> list[Any]:
    """Of the layers around a class those outside the function that `as_view` made."""
    names = [code.co_qualname if (code := _code_of(layer)) else "" for layer in layers]
    return layers[: names.index(_AS_VIEW)] if _AS_VIEW in names else layers[:-1]


def _around_methods(view_class: type, handler: tuple[type, str] | None) -> list[Any]:
    """What wraps `dispatch`, of each class that defines it, and the method that answers."""
    methods = [vars(owner)["dispatch"] for owner in _defining(view_class, "dispatch")]
    methods += [vars(handler[0])[handler[1]]] if handler else []
    return [layer for method in methods for layer in list(_layers(method))[:-1]]


def _defining(view_class: type, name: str) -> list[type]:
    return [owner for owner in view_class.__mro__ if name in vars(owner)]


def _allowed_methods(view: Any, view_class: type) -> list[Any] | tuple[Any, ...]:
    given = _held(view).get("view_initkwargs")
    name = "http_method_names"
    names: Any = given.get(name) if type(given) is dict else None
    if names is None:
        names = next((vars(owner)[name] for owner in _defining(view_class, name)), ())
    return names if type(names) in (list, tuple) else ()


def _handler(view_class: type, method: str, allowed: list[Any] | tuple[Any, ...]) -> tuple[type, str] | None:
    """Class and name of the method that `View.dispatch` calls; `View.setup` lets `get` answer a HEAD."""
    wanted = [method, *(["get"] if method == "head" else [])] if method in allowed else []
    for name in [*wanted, "http_method_not_allowed"]:
        found = _defining(view_class, name)
        if found:
            return found[0], name
    return None


def _code_of(function: Any) -> CodeType | None:
    if type(function) is not FunctionType:
        # An instance with `__call__`, such as a feed.
        function = next((vars(owner)["__call__"] for owner in _defining(type(function), "__call__")), None)
    return function.__code__ if type(function) is FunctionType else None


def _told(functions: list[Any]) -> list[dict[str, Any]]:
    """Wrappers as `{name, module, file, line}`; a bound method and a partial have no code of their own."""
    return [_wrapper(function, function.__code__) for function in functions if type(function) is FunctionType]


def _wrapper(function: FunctionType, code: CodeType) -> dict[str, Any]:
    # `functools.wraps` gives a wrapper the name of what it wraps: its code and its globals keep their own.
    module = function.__globals__.get("__name__")
    facts = {
        "name": code.co_qualname.partition(".<locals>")[0],
        "module": module if type(module) is str else "",
        "file": code.co_filename,
        "line": code.co_firstlineno,
    }
    applied = list(_applied(function)) if code.co_qualname == _METHOD_DECORATOR else []
    return {**facts, "applies": applied} if applied else facts


def _applied(wrapper: FunctionType) -> Iterator[str]:
    """The decorators that Django's `method_decorator` keeps for a method, in the order in which they run."""
    cells = dict(zip(wrapper.__code__.co_freevars, wrapper.__closure__ or (), strict=False))
    kept = cells["decorators"].cell_contents if "decorators" in cells else ()
    for each in kept[::-1] if type(kept) in (list, tuple) else [kept]:
        if type(each) is FunctionType:
            yield each.__code__.co_qualname.partition(".<locals>")[0]


def _dotted(owner: type) -> str:
    return f"{owner.__module__}.{owner.__qualname__}"


def _place(code: CodeType | None) -> dict[str, Any]:
    if code is None:
        return {"file": None, "line": None, "end_line": None}
    return {"file": code.co_filename, "line": code.co_firstlineno, "end_line": _last_line(code)}


def _last_line(code: CodeType) -> int:
    """The last line of a function, with those of the functions inside it."""
    lines = [line for _, _, line in code.co_lines() if line]
    inner = [_last_line(each) for each in code.co_consts if type(each) is CodeType]
    return max([code.co_firstlineno, *lines, *inner])
