"""The names that a template was given, and the types of their values: never a value."""

from collections.abc import Collection, Mapping
from typing import Any


def context_facts(types: Mapping[Any, type], without: Collection[str] = ()) -> dict[str, Any]:
    """`{context, types}`: names in their order, and of each the type's dotted name, without `builtins`."""
    names = sorted(name for name in types if type(name) is str and name not in without)
    return {"context": names, "types": {name: _name_of(types[name]) for name in names}}


def _name_of(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
