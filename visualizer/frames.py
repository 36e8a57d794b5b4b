"""What an exception leaves behind: its frames, the exceptions that led to it, and what it means to Django.

No traceback or frame is kept: they would keep alive every local variable of the request.
"""

from collections import deque
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.http.multipartparser import MultiPartParserError

MOST_FRAMES = 30
MOST_CAUSES = 10
_OWN = str(Path(__file__).parent)
# As django.core.handlers.exception.response_for_exception tells them apart; a 403, 404 or 400 is made of them.
_MEANINGFUL = (Http404, PermissionDenied, MultiPartParserError, BadRequest, SuspiciousOperation)

# The application's class may have properties of these names.
_fields = vars(BaseException)
_traceback = _fields["__traceback__"].__get__
_cause = _fields["__cause__"].__get__
_context = _fields["__context__"].__get__
_is_context_hidden = _fields["__suppress_context__"].__get__


def take_frames(error: BaseException) -> tuple[int, tuple[tuple[CodeType, int], ...]]:
    """How many frames the traceback has, ours not counted, and of the innermost of them the code and the line."""
    kept: deque[tuple[CodeType, int]] = deque(maxlen=MOST_FRAMES)
    count = 0
    tb: TracebackType | None = _traceback(error)
    while tb is not None:
        code = tb.tb_frame.f_code
        if not code.co_filename.startswith(_OWN):
            count += 1
            kept.append((code, tb.tb_lineno or 0))
        tb = tb.tb_next
    return count, tuple(kept)


def frame_facts(frames: tuple[tuple[CodeType, int], ...]) -> list[dict[str, Any]]:
    """Frames as `{file, line, function}`, from the outermost to the innermost."""
    return [{"file": code.co_filename, "line": line, "function": code.co_qualname} for code, line in frames]


def causes_of(error: BaseException) -> list[dict[str, str]]:
    """The exceptions before this one, newest first, as `{type, module, how}`.

    `how` is `cause` (`raise … from`) or `context` (raised while that one was handled).
    """
    found: list[dict[str, str]] = []
    seen = {id(error)}
    while len(found) < MOST_CAUSES:
        how, earlier = _before(error)
        if earlier is None or id(earlier) in seen:
            break
        found.append({"type": type(earlier).__qualname__, "module": type(earlier).__module__, "how": how})
        seen.add(id(earlier))
        error = earlier
    return found


def _before(error: BaseException) -> tuple[str, BaseException | None]:
    cause: BaseException | None = _cause(error)
    if cause is not None:
        return "cause", cause
    return "context", None if _is_context_hidden(error) else _context(error)


def django_class_of(error: BaseException) -> str | None:
    """The name of Django's own exception that this is one of, if it means more than a 500 to Django."""
    kind = type(error)
    return next((meaningful.__name__ for meaningful in _MEANINGFUL if issubclass(kind, meaningful)), None)
