"""The vocabulary of an event: its phases and kinds, and how a raw record becomes the public event."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from visualizer.redaction import cut

SCHEMA: Final = 1

ENTER: Final = "enter"
EXIT: Final = "exit"
POINT: Final = "point"

CLIENT: Final = "client"
PROXY: Final = "proxy"
SERVER: Final = "server"
MIDDLEWARE: Final = "middleware"
HOOK: Final = "hook"
RESOLVER: Final = "resolver"
VIEW: Final = "view"
PERMISSION: Final = "permission"
CACHE: Final = "cache"
SIGNAL: Final = "signal"
OUTBOUND: Final = "outbound"
MESSAGE: Final = "message"
FORM: Final = "form"
DATABASE: Final = "database"
TRANSACTION: Final = "transaction"
TEMPLATE: Final = "template"
HOP: Final = "hop"
EXCEPTION: Final = "exception"
RESPONSE: Final = "response"
RECORDER: Final = "recorder"

KINDS = (
    CLIENT,
    PROXY,
    SERVER,
    MIDDLEWARE,
    HOOK,
    RESOLVER,
    VIEW,
    PERMISSION,
    CACHE,
    SIGNAL,
    OUTBOUND,
    MESSAGE,
    FORM,
    DATABASE,
    TRANSACTION,
    TEMPLATE,
    HOP,
    EXCEPTION,
    RESPONSE,
    RECORDER,
)

# What a probe hands over: nothing, facts that are safe already, or a function to be called once the response has gone,
# with its arguments in one tuple or apart. The arguments must be immutable or owned by the recorder.
Detail = None | dict[str, Any] | tuple[Any, ...] | Callable[..., dict[str, Any]]


class Opened(NamedTuple):
    """What an exit repeats of its enter."""

    parent: int | None
    kind: str
    name: str


def describe(detail: Detail, *arguments: Any) -> dict[str, Any]:
    """Work out an event's detail; a bare function takes as many of the arguments as it has parameters.

    A fault in doing so becomes the detail's key `fault`, never an error.
    """
    if detail is None:
        return {}
    if isinstance(detail, dict):
        return detail
    try:
        if isinstance(detail, tuple):
            detail, *arguments = detail  # type: ignore[assignment]
        told: dict[str, Any] = detail(*arguments[: detail.__code__.co_argcount])  # type: ignore[operator, union-attr]
        return told
    except Exception as fault:
        return {"fault": type(fault).__name__}


# An exception's own `args` may be a property of the application's.
_args = BaseException.args.__get__  # type: ignore[attr-defined]


def error_facts(error: BaseException) -> dict[str, Any]:
    """An exception as facts: `{type, module, message}`.

    The message is its first argument if that is a plain text: `str(error)` may run the application's code.
    """
    kind = type(error)
    args = _args(error)
    first = args[0] if args else None
    message = cut(first) if type(first) is str else None
    if kind is KeyError and message is not None:
        message = repr(message)
    return {"type": kind.__qualname__, "module": kind.__module__, "message": message}
