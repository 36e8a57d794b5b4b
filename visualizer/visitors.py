"""Who asked, of the requests in which the project itself found out: for the list of requests, in no trace."""

from visualizer.recorder import Trace
from visualizer.secret_names import is_hidden

ANONYMOUS = "anonymous"
_LONGEST = 150


def note_visitor(trace: Trace, field: str, name: str) -> None:
    """Note the user's name as the field of this name has it."""
    trace.visitor = field, name


def visitor_of(trace: Trace) -> str:
    """The user's name, `anonymous`, or nothing where nobody looked or the field is a secret."""
    field, name = trace.visitor or ("", "")
    return "" if field and is_hidden(field) else name[:_LONGEST]
