"""Replaces functions of Django while a probe is installed, and puts them back."""

import functools
from collections.abc import Callable, Sequence
from contextvars import ContextVar, Token
from types import FunctionType
from typing import Any


class Patch:
    """One attribute of a class or module; `make` gets the original and returns its replacement."""

    def __init__(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        self.owner, self.name, self.make = owner, name, make
        self._original: Any = None
        self._replacement: Any = None

    def install(self) -> None:
        """Replace the attribute; a second call changes nothing, so that patches never nest."""
        if self._replacement is None:
            self._original = self.owner.__dict__[self.name]
            self._replacement = functools.wraps(self._original)(self.make(self._original))
            setattr(self.owner, self.name, self._replacement)

    def uninstall(self) -> None:
        """Put the original back, unless somebody else has replaced the attribute since."""
        if self._replacement is not None and self.owner.__dict__.get(self.name) is self._replacement:
            setattr(self.owner, self.name, self._original)
            self._original = self._replacement = None


class _Shown(functools.partial[Any]):
    """A function that shows itself as the object it stands for; being a `partial`, it adds no frame to a traceback."""

    def __repr__(self) -> str:
        return repr(self.__wrapped__)  # type: ignore[attr-defined]


def stand_in(function: Callable[..., Any], original: Any) -> Callable[..., Any]:
    """Let a function look like what it stands for, as Django's debug page shows both."""
    shown = function if isinstance(original, FunctionType) else _Shown(function)
    return functools.update_wrapper(shown, original)


class Probe:
    """A named set of patches that are installed and uninstalled together."""

    def __init__(self, name: str, patches: Sequence[Patch]) -> None:
        self.name, self.patches = name, patches

    def install(self) -> None:
        for patch in self.patches:
            patch.install()

    def uninstall(self) -> None:
        for patch in reversed(self.patches):
            patch.uninstall()


def put_back(variable: ContextVar[Any], token: Token[Any]) -> None:
    """Undo what set a variable of the context: asgiref carries each one that is there to every thread and back."""
    try:
        variable.reset(token)
    # It ends in another context: a task that was given up.
    except ValueError:
        variable.set(None)


_ROOMY_WORDS = 8_400


def roomy(function: Any) -> Any:
    """Give a function a frame so large that the interpreter begins a new chunk of its stack of frames with it.

    CPython keeps Python frames in chunks of 16 kB. Where a wrapper moves the end of a chunk into a busy loop, each call
    across it maps memory and unmaps it again (`_PyThreadState_PushFrame`): 180 page faults a request were measured.
    With a frame of 66 kB the chunk has 128 kB, and the calls inside find room for some 300 frames in it.
    """
    function.__code__ = function.__code__.replace(co_stacksize=_ROOMY_WORDS)
    return function
