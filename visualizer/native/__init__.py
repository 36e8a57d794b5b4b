"""The part of recording that runs many times a request, compiled; `compiled` is None where it is not to be had.

`VISUALIZER_NATIVE=0` in the environment leaves it out. The functions of the same names beside it in Python do the same.
"""

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any


def _import() -> Any:
    if os.environ.get("VISUALIZER_NATIVE") == "0":
        return None
    try:
        return import_module("visualizer.native.hot_path")
    except ImportError:
        return None


compiled: Any = _import()


def watch_compiled(what: str, make: Callable[[Any], Any], subject: Any = None) -> Callable[[Any], Any]:
    """Let a `Patch` install the compiled wrapper of this name, which hands what is unusual to the one in Python."""
    if compiled is None:
        return make
    return lambda original: compiled.watched(what, original, make(original), subject)
