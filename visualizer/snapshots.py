"""What a middleware changed: cheap pictures of request and response, and the difference of two of them.

Of a request only what differs is noted, at once; of a response two pictures are kept. How that is told is worked out
after the response. Until then no value is kept that could lead to the request, which the garbage collector is to find
free. Values are compared by identity only: `==` would call the application's code, and would
evaluate lazy objects.
"""

import datetime
from functools import cached_property as functools_cached_property
from http.cookies import Morsel
from typing import Any, NamedTuple

from django.utils.functional import LazyObject, Promise, cached_property, empty

from visualizer.native import compiled
from visualizer.redaction import HIDDEN, PLAIN, header_value, is_hidden, safe_text, safe_value, tells_its_value

Change = dict[str, Any]

Attributes = dict[str, Any]
Noted = tuple[Any, ...]
"""The request's class, and of each attribute that differs what happened to it, its name, and what is kept of its
value and of what it was."""

_ADD, _LAZY, _CHANGE, _REMOVE = "add", "lazy", "change", "remove"

# A named tuple's own constructor takes three times as long.
_new = tuple.__new__


class Told(NamedTuple):
    """The text of a value that was not kept, and whether the text would tell a secret."""

    text: str
    is_telling: bool


def keep(value: Any) -> Any:
    """What is kept of a value until it is told: a plain one itself; of others the class where that is all that is told,
    the class and how many items it has, or the text.
    """
    kind = type(value)
    if kind in PLAIN or kind is str:
        return value
    if kind in (dict, list, tuple):
        return kind, len(value)
    return kind if _is_told_by_class(kind) else Told(safe_text(value), tells_its_value(kind))


_TOLD_BY_VALUE = frozenset(
    (*PLAIN, str, datetime.datetime, datetime.time, bytes, bytearray, memoryview, list, tuple, set, frozenset, dict)
)
_SUBCLASSES_TOLD_BY_VALUE = (str, int, LazyObject, Promise, type)


def _is_told_by_class(kind: type) -> bool:
    return kind not in _TOLD_BY_VALUE and not issubclass(kind, _SUBCLASSES_TOLD_BY_VALUE)


def _told_value(name: str, kept: Any) -> str:
    if type(kept) is Told:
        return HIDDEN if kept.is_telling and is_hidden(name) else kept.text
    if type(kept) is tuple:
        return f"<{_name_of(kept[0])} of {kept[1]}>"
    return f"<{_name_of(kept)}>" if issubclass(type(kept), type) else safe_value(name, kept)


def _name_of(kind: type) -> str:
    name: str = type.__getattribute__(kind, "__name__")
    return name


class ResponsePicture(NamedTuple):
    """A response's identity and class, status, headers by lower-case name, cookies and size of the body."""

    identity: int
    kind: type
    status: int
    headers: dict[str, tuple[str, str]]
    cookies: dict[str, str] | None
    body_bytes: int | None


def picture_request(request: Any, before: Attributes | None) -> tuple[Attributes, Noted | None]:
    """A request's attributes, and what differs from its last picture; None where nothing does, or there is none."""
    live = request.__dict__
    if before is None:
        return live.copy(), None
    noted: list[Any] = []
    for name, value in live.items():
        if name not in before:
            noted += (_LAZY, name, type(value), None) if _waits(value) else (_ADD, name, keep(value), None)
    for name, was in before.items():
        if name in live and live[name] is not was:
            noted += _CHANGE, name, keep(live[name]), keep(was)
    for name, was in before.items():
        if name not in live:
            noted += _REMOVE, name, None, keep(was)
    return (live.copy(), (type(request), *noted)) if noted else (before, None)


def _waits(value: Any) -> bool:
    return issubclass(type(value), LazyObject) and object.__getattribute__(value, "_wrapped") is empty


def picture_response(response: Any) -> ResponsePicture:
    """Take a picture of anything that looks like Django's response."""
    try:
        parts = response._container
        size = len(parts[0]) if len(parts) == 1 else sum(map(len, parts))
    except AttributeError:
        size = None
    cookies = response.cookies
    coded = {name: morsel.coded_value for name, morsel in cookies.items()} if cookies else None
    return _new(
        ResponsePicture,
        (id(response), type(response), response.status_code, response.headers._store.copy(), coded, size),
    )


def request_changes(noted: Noted | None) -> list[Change]:
    """What was noted of a request, as `{op, what, value, was}`."""
    if noted is None:
        return []
    kind, *rest = noted
    parts = iter(rest)
    return [_told(kind, *change) for change in zip(parts, parts, parts, parts, strict=True)]


def _told(kind: type, op: str, name: str, value: Any, was: Any) -> Change:
    what = f"request.{name}"
    if op == _CHANGE:
        return _change(op, what, _told_value(name, value), _told_value(name, was))
    if op == _REMOVE:
        return _change(op, what, None, _told_value(name, was))
    if isinstance(getattr(kind, name, None), cached_property | functools_cached_property):
        return _change(_ADD, what, "read for the first time", None)
    text = f"{_name_of(value)}, not evaluated" if op == _LAZY else _told_value(name, value)
    return _change(_ADD, what, text, None)


def response_changes(before: ResponsePicture | None, after: ResponsePicture | None) -> list[Change]:
    """What differs between two pictures of a response, as `{op, what, value, was}`."""
    if before is None or after is None:
        return []
    changes = []
    if before.status != after.status:
        changes.append(_change("change", "status", str(after.status), str(before.status)))
    changes += _header_changes(before.headers, after.headers)
    changes += _cookie_changes(before.cookies or {}, after.cookies or {})
    if before.body_bytes != after.body_bytes:
        changes.append(_change("change", "body", _bytes(after.body_bytes), _bytes(before.body_bytes)))
    return changes


def _header_changes(old: dict[str, tuple[str, str]], new: dict[str, tuple[str, str]]) -> list[Change]:
    changes = []
    for key, (name, value) in new.items():
        if key not in old:
            changes.append(_change("add", f"header {name}", header_value(name, str(value)), None))
        elif old[key][1] != value:
            was = header_value(name, str(old[key][1]))
            changes.append(_change("change", f"header {name}", header_value(name, str(value)), was))
    gone = [name for key, (name, _) in old.items() if key not in new]
    return changes + [_change("remove", f"header {name}", None, None) for name in gone]


def _cookie_changes(old: dict[str, str], new: dict[str, str]) -> list[Change]:
    changes = [_change("add", f"cookie {name}", HIDDEN, None) for name in new if name not in old]
    changes += [
        _change("change", f"cookie {name}", HIDDEN, HIDDEN) for name in new if old.get(name, new[name]) != new[name]
    ]
    return changes + [_change("remove", f"cookie {name}", None, HIDDEN) for name in old if name not in new]


def _bytes(count: int | None) -> str:
    return "streamed" if count is None else f"{count} bytes"


def _change(op: str, what: str, value: str | None, was: str | None) -> Change:
    return {"op": op, "what": what, "value": value, "was": was}


if compiled is not None:
    compiled.connect(
        keep=keep,
        told_by_value=_TOLD_BY_VALUE,
        lazy_object=LazyObject,
        promise=Promise,
        empty=empty,
        morsel_class=Morsel,
    )
    picture_request, picture_response = compiled.picture_request, compiled.picture_response
