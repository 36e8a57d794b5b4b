"""Objects that tell when they are touched."""

from typing import Any, NoReturn


class TouchedError(BaseException):
    """Raised by an object that nobody may touch; no `except Exception` hides it."""


def _explode(self: Any, *args: Any) -> NoReturn:
    raise TouchedError(f"{object.__repr__(self)} was touched")


class Explosive:
    """Raises in everything that could run as a side effect of looking at it."""

    __slots__ = ("__dict__", "__weakref__")

    __str__ = __repr__ = __eq__ = __ne__ = __bool__ = __len__ = __iter__ = __format__ = __hash__ = _explode
    __getattr__ = __contains__ = __getitem__ = __call__ = __int__ = __index__ = __bytes__ = __await__ = _explode
    __lt__ = __le__ = __gt__ = __ge__ = __reduce_ex__ = __copy__ = __deepcopy__ = __dir__ = _explode


class Counting:
    """Counts how often it was asked for its text, size or truth."""

    touched: list[str] = []

    def __str__(self) -> str:
        self.touched.append("str")
        return "counting"

    def __repr__(self) -> str:
        self.touched.append("repr")
        return "<Counting>"

    def __bool__(self) -> bool:
        self.touched.append("bool")
        return True

    def __len__(self) -> int:
        self.touched.append("len")
        return 3

    def __eq__(self, other: object) -> bool:
        self.touched.append("eq")
        return False

    def __hash__(self) -> int:
        return 1


class CountingStr(str):
    """A text whose own methods count."""

    touched: list[str] = []

    def __str__(self) -> str:
        self.touched.append("str")
        return "counted"

    def __len__(self) -> int:
        self.touched.append("len")
        return 99
