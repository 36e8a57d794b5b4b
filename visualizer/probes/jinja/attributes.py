"""Watches an attribute that instances have and their class has not."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from visualizer.patching import Patch
from visualizer.recorder import current


class Attribute(Patch):
    """A patch of what instances have in their `__dict__` and the class has not: a descriptor sees it being read."""

    def install(self) -> None:
        if self._replacement is None:
            self._replacement = self.make(None)
            setattr(self.owner, self.name, self._replacement)

    def uninstall(self) -> None:
        if self._replacement is not None and self.owner.__dict__.get(self.name) is self._replacement:
            delattr(self.owner, self.name)
            self._replacement = None


class Read:
    """An attribute as it stands in the instance's `__dict__`; while a trace is recorded, `watch` gives what is read."""

    def __init__(self, name: str, watch: Callable[[Any, Any, FrameType], Any]) -> None:
        self._name, self._watch = name, watch

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            raise AttributeError(f"type object {owner.__name__!r} has no attribute {self._name!r}")
        try:
            value = instance.__dict__[self._name]
        except KeyError:
            raise AttributeError(f"{owner.__name__!r} object has no attribute {self._name!r}") from None
        return value if current.get() is None else self._watch(instance, value, sys._getframe(1))

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self._name] = value

    def __delete__(self, instance: Any) -> None:
        del instance.__dict__[self._name]
