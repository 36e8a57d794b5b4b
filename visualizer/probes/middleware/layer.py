"""One entry of the setting MIDDLEWARE as one handler loaded it."""

from types import CodeType
from typing import Any

from django.utils.deprecation import MiddlewareMixin


class Layer:
    """Its dotted path; `facts` is the detail of its enter events, filled in while the chain is built."""

    __slots__ = ("facts", "path")

    def __init__(self, path: str, factory: Any) -> None:
        self.path = path
        code = _code_of(factory)
        self.facts: dict[str, Any] = {"position": 0, "of": 0, "is_async": False, "hooks": []}
        self.facts |= {"file": code.co_filename if code else None, "line": code.co_firstlineno if code else None}


def _code_of(factory: Any) -> CodeType | None:
    """The code that a reader wants to see: a function's own, or the first method of a class that does the work."""
    if not isinstance(factory, type):
        return getattr(factory, "__code__", None)
    for method in ("process_request", "process_view", "process_response", "__call__", "__init__"):
        for owner in factory.__mro__:
            if method in vars(owner) and owner not in (MiddlewareMixin, object):
                return getattr(vars(owner)[method], "__code__", None)
    return None
