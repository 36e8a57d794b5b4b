"""Who asked, of the requests in which the project itself found out: for the list of requests, in no trace."""

import weakref

from visualizer.recorder import Trace
from visualizer.secret_names import is_hidden

ANONYMOUS = "anonymous"
_LONGEST = 150

_names: weakref.WeakKeyDictionary[Trace, tuple[str, str]] = weakref.WeakKeyDictionary()


def note_visitor(trace: Trace, field: str, name: str) -> None:
    """Note the user's name as the field of this name has it."""
    _names[trace] = (field, name)


def visitor_of(trace: Trace) -> str:
    """The user's name, `anonymous`, or nothing where nobody looked or the field is a secret."""
    field, name = _names.get(trace, ("", ""))
    return "" if field and is_hidden(field) else name[:_LONGEST]
