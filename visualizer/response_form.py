"""What form a response has: a redirect, a file, JSON, a stream, or nothing new; and the flags of its cookies."""

import re
from typing import Any

from django.conf import settings
from django.http import FileResponse, JsonResponse
from django.http.response import HttpResponseRedirectBase
from django.utils.http import parse_header_parameters

from visualizer.redaction import cut, header_value, safe_text
from visualizer.snapshots import ResponsePicture

Facts = dict[str, Any]
Cookies = tuple[tuple[str, dict[str, Any]], ...]

# As `http.cookies.Morsel` calls them; its values are empty where the flag is not set.
_FLAGS = ("path", "domain", "expires", "samesite")
# As in `django.http.response`.
_CHARSET = re.compile(r";\s*charset=([^\s;]+)", re.IGNORECASE)


def take_cookies(response: Any) -> Cookies:
    """Names and flags as they are now: a layer of the middleware may change them later."""
    return tuple([(name, dict(dict.items(morsel))) for name, morsel in response.cookies.items()])


def cookie_facts(cookies: Cookies) -> list[Facts]:
    """Cookies as `{name, secure, httponly, path, domain, expires, samesite, max_age}`; their values are not told."""
    return [_cookie(name, flags) for name, flags in cookies]


def _cookie(name: str, flags: dict[str, Any]) -> Facts:
    age = flags.get("max-age")
    told = {key: safe_text(flags[key]) if flags.get(key) not in ("", None) else None for key in _FLAGS}
    max_age = int(age) if type(age) is int or (type(age) is str and age.isdecimal()) else None
    return {"name": cut(name), "secure": _is_set(flags, "secure"), "httponly": _is_set(flags, "httponly"), **told} | {
        "max_age": max_age
    }


def _is_set(flags: dict[str, Any], name: str) -> bool:
    return flags.get(name) not in ("", None, False)


def form_facts(picture: ResponsePicture, is_streaming: bool, is_async: bool | None) -> Facts:
    """`{form}` and what belongs to it: `location`, `filename` and `is_attachment`, `is_async`."""
    headers = {name: str(value) for name, (_, value) in picture.headers.items()}
    stream = {"is_async": is_async} if is_streaming else {}
    if picture.status == 304:
        return {"form": "not_modified"} | stream
    if "location" in headers and (300 <= picture.status < 400 or issubclass(picture.kind, HttpResponseRedirectBase)):
        return {"form": "redirect", "location": header_value("Location", headers["location"])} | stream
    disposition, filename = _disposition(headers.get("content-disposition", ""))
    if issubclass(picture.kind, FileResponse) or disposition == "attachment":
        return {"form": "file", "filename": filename, "is_attachment": disposition == "attachment"} | stream
    if issubclass(picture.kind, JsonResponse) or _is_json(headers.get("content-type", "")):
        return {"form": "json"} | stream
    return {"form": "stream" if is_streaming else None} | stream


def _disposition(header: str) -> tuple[str, str | None]:
    """RFC 6266: how a file is to be shown, and its name."""
    try:
        kind, parameters = parse_header_parameters(header)
    except ValueError:
        return "", None
    filename = parameters.get("filename")
    return kind, cut(filename) if filename else None


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def charset_of(declared: Any, content_type: str | None) -> str:
    """As `HttpResponseBase.charset` finds it: what it was made with, what its type says, or the project's default."""
    if type(declared) is str:
        return cut(declared)
    found = _CHARSET.search(content_type or "")
    return cut(found[1].replace('"', "") if found else settings.DEFAULT_CHARSET)
