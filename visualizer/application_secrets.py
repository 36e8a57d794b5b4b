"""Secrets in the application's hands: form fields, a JSON body, captures of the path, variables of what raised.

They are recorded nowhere; they are known so that they can be looked for in what is: a message, a parameter, a header.
"""

import inspect
import re
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, NamedTuple

import orjson
from django.utils.datastructures import MultiValueDict
from django.views.decorators.debug import coroutine_functions_to_sensitive_variables

from visualizer.redaction import in_every_writing
from visualizer.secret_names import is_hidden, is_hidden_by_setting

_MOST_FRAMES = 50
_MOST_VARIABLES = 500
_LONGEST = 2_000
_LARGEST_BODY = 256 * 1024
_ALL = "__ALL__"
# In code a `key` is mostly one of a dict, which a KeyError must be allowed to tell, and `author` is no authorization.
_SURELY = re.compile(r"passw|passphrase|secret|token|api_?key|credential", re.IGNORECASE)


class Held(NamedTuple):
    """A text with its name; `is_marked` if the application said that it is a secret."""

    name: str
    value: str
    is_marked: bool = False


def held_by_frames(error: BaseException) -> list[Held]:
    """The texts in variables of the functions that an exception left: they may be gone, or others, later on."""
    found: list[Held] = []
    marked: Any = ()
    tb, left = error.__traceback__, _MOST_FRAMES
    while tb is not None and left and len(found) < _MOST_VARIABLES:
        frame = tb.tb_frame
        marked = _marked_in(frame) or marked
        if frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            found += [
                Held(name, value, marked == _ALL or name in marked)
                for name, value in frame.f_locals.items()
                if type(value) is str and len(value) <= _LONGEST
            ]
        tb, left = tb.tb_next, left - 1
    return found[:_MOST_VARIABLES]


def _marked_in(frame: FrameType) -> Any:
    """What `sensitive_variables` names, as `SafeExceptionReporterFilter.get_traceback_frame_variables` finds it."""
    code = frame.f_code
    if code.co_name == "sensitive_variables_wrapper":
        return getattr(frame.f_locals.get("sensitive_variables_wrapper"), "sensitive_variables", ())
    if code.co_flags & inspect.CO_COROUTINE:
        return coroutine_functions_to_sensitive_variables.get(hash(f"{code.co_filename}:{code.co_firstlineno}"), ())
    return ()


class Holdings:
    """What the application of one request holds. `request` is let go at the end; only names and texts are looked at."""

    request: Any = None
    _seen: tuple[int, ...] = ()
    _known: frozenset[str] = frozenset()

    def __init__(self, frames: list[Held]) -> None:
        self.frames = frames
        # What the URL resolver took from the path, by name.
        self.captured: list[dict[str, Any]] = []

    def secrets(self) -> frozenset[str]:
        """The secrets known so far, in every writing. To be called where the project's filter may be asked."""
        held = getattr(self.request, "__dict__", {})
        seen = (len(self.frames), len(self.captured), id(held.get("_post")), id(held.get("_body")))
        if seen != self._seen:
            self._seen = seen
            texts = [*_taken(self.captured), *_fields(held), *_in_json(held.get("_body"))]
            secret = {text.value for text in texts if text.is_marked or is_hidden(text.name)}
            secret |= {text.value for text in self.frames if text.is_marked or _is_surely_secret(text.name)}
            self._known |= in_every_writing(secret)
        return self._known

    def let_go(self) -> None:
        """Keep the secrets, not what they were found in."""
        self.secrets()
        self.request = None
        self.frames.clear()
        self.captured.clear()
        self._seen = (0, 0, id(None), id(None))


def _is_surely_secret(name: str) -> bool:
    return bool(_SURELY.search(name)) or is_hidden_by_setting(name)


def _taken(captured: list[dict[str, Any]]) -> Iterator[Held]:
    for values in captured:
        for name, value in values.items():
            if type(value) is str:
                yield Held(name, value)


def _fields(held: dict[str, Any]) -> Iterator[Held]:
    """The fields of a form that the application has read."""
    post, marked = held.get("_post"), held.get("sensitive_post_parameters") or ()
    if isinstance(post, MultiValueDict):
        for name, values in list(dict.items(post)):
            for value in values if type(values) is list else ():
                if type(value) is str and type(name) is str:
                    yield Held(name, value, marked == _ALL or name in marked)


def _in_json(body: Any) -> Iterable[Held]:
    if type(body) is not bytes or len(body) > _LARGEST_BODY or not body.lstrip().startswith((b"{", b"[")):
        return ()
    try:
        return list(_texts(orjson.loads(body), ""))
    except ValueError:
        return ()


def _texts(value: Any, name: str) -> Iterator[Held]:
    if type(value) is str:
        yield Held(name, value)
    elif type(value) is dict:
        for key, item in value.items():
            # All that stands below a secret's name is secret.
            yield from _texts(item, name if is_hidden(name) else key)
    elif type(value) is list:
        for item in value:
            yield from _texts(item, name)
