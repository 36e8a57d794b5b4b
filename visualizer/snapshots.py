"""What a middleware changed: cheap pictures of request and response, and the difference of two of them.

A picture is taken inside the request and costs a dict copy; the difference is worked out after the response.
Values are compared by identity only: `==` would call the application's code, and would evaluate lazy objects.
"""

from functools import cached_property as functools_cached_property
from itertools import islice
from typing import Any, NamedTuple

from django.utils.functional import LazyObject, cached_property, empty

from visualizer.native import compiled
from visualizer.redaction import HIDDEN, header_value, safe_value

Change = dict[str, Any]

# A named tuple's own constructor takes three times as long.
_new = tuple.__new__


class RequestPicture(NamedTuple):
    """A request's attributes, and the lazy ones among the new that nobody had evaluated at that moment."""

    kind: type
    attributes: dict[str, Any]
    unevaluated: tuple[str, ...]


class ResponsePicture(NamedTuple):
    """A response's identity and class, status, headers by lower-case name, cookies and size of the body."""

    identity: int
    kind: type
    status: int
    headers: dict[str, tuple[str, str]]
    cookies: dict[str, str] | None
    body_bytes: int | None


def picture_request(request: Any, before: RequestPicture | None) -> RequestPicture:
    """Take a picture; `before` is the last one of the same request."""
    attributes = request.__dict__.copy()
    if before is None or len(before[1]) == len(attributes):
        return _new(RequestPicture, (type(request), attributes, ()))
    # A dict keeps its order: what was added stands at its end.
    added = islice(attributes.items(), len(before[1]), None)
    unevaluated = tuple([name for name, value in added if _waits(value)])
    return _new(RequestPicture, (type(request), attributes, unevaluated))


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


def request_changes(before: RequestPicture | None, after: RequestPicture | None) -> list[Change]:
    """What differs between two pictures of a request, as `{op, what, value, was}`."""
    if before is None or after is None or before is after:
        return []
    old, new = before.attributes, after.attributes
    changes = [_added(name, value, after) for name, value in new.items() if name not in old]
    changes += [
        _changed(name, new[name], value) for name, value in old.items() if name in new and new[name] is not value
    ]
    changes += [
        _change("remove", f"request.{name}", None, safe_value(name, old[name])) for name in old if name not in new
    ]
    return changes


def _added(name: str, value: Any, after: RequestPicture) -> Change:
    text = f"{type(value).__name__}, not evaluated" if name in after.unevaluated else safe_value(name, value)
    declared = getattr(after.kind, name, None)
    if isinstance(declared, cached_property | functools_cached_property):
        return _change("add", f"request.{name}", "read for the first time", None)
    return _change("add", f"request.{name}", text, None)


def _changed(name: str, value: Any, was: Any) -> Change:
    return _change("change", f"request.{name}", safe_value(name, value), safe_value(name, was))


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
        request_picture=RequestPicture, response_picture=ResponsePicture, lazy_object=LazyObject, empty=empty
    )
    picture_request, picture_response = compiled.picture_request, compiled.picture_response
