"""Any value to a short safe text: nothing of the application runs, and what Django would hide stays hidden."""

import base64
import binascii
import datetime
import decimal
import html
import json
import re
import uuid
import zoneinfo
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import orjson
from django.core.signals import setting_changed
from django.utils.functional import LazyObject, Promise, empty
from django.views.debug import SafeExceptionReporterFilter, get_default_exception_reporter_filter

from visualizer.conf import get_settings

HIDDEN = SafeExceptionReporterFilter.cleansed_substitute
# Django's filter knows settings; a request has these secrets besides.
_ALSO_HIDDEN = re.compile(r"session|cookie|csrf|nonce|credential", re.IGNORECASE)
# Shorter secrets would blot out ordinary words ("en" in a language cookie).
_SHORTEST_SECRET = 8
# Types of the standard library whose texts cannot run anybody else's code.
_PLAIN = frozenset(
    (int, float, bool, complex, type(None), decimal.Decimal, uuid.UUID, datetime.date, datetime.timedelta)
)
_TELLING = _PLAIN - {type(None)} | {datetime.datetime, datetime.time}
_ZONES = frozenset({type(None), datetime.timezone, zoneinfo.ZoneInfo})


_AUTHORIZATION = ("authorization", "proxy-authorization")


def _quote_all(text: str) -> str:
    return quote(text, safe="")


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


_WAYS_TO_WRITE = (str, quote, _quote_all, quote_plus, html.escape, _in_json)
# Asked about a name with this value, a project's filter that hides the name hands back another.
_SHOWN = "shown"
_USERINFO = re.compile(
    # A password may hold a slash that should have been escaped; after a port it is the path's.
    r"(?<=//) (?: [^/@\s?\#:]* : (?!\d+(?:/|$)) [^@\s?\#]* | [^/@\s?\#]* ) @",
    re.VERBOSE,
)
# `name=value` in the query or fragment of a URL, wherever in a header it stands.
_PAIR = re.compile(r"(?<=[?&#]) (?P<name>[^=&#?\s\"'<>]+) = (?P<value>[^&#\s\"'<>]*)", re.VERBOSE)


@lru_cache(maxsize=4096)
def is_hidden(name: str) -> bool:
    """Whether a value of this name is a secret: by Django's own convention, by its part in a request, or by HIDE.

    It may ask the project's own filter, so it is to be called once the response has gone.
    """
    return bool(_ALSO_HIDDEN.search(name)) or _is_hidden_by_project(name) or _is_hidden_by_setting(name)


def _is_hidden_by_project(name: str) -> bool:
    try:
        return bool(_project_filter().cleanse_setting(name, _SHOWN) != _SHOWN)
    # What cannot be decided is a secret.
    except Exception:
        return True


@lru_cache(maxsize=1)
def _project_filter() -> SafeExceptionReporterFilter:
    try:
        project = get_default_exception_reporter_filter()
    # Django says so itself where it shows an error.
    except Exception:
        return SafeExceptionReporterFilter()
    return project if hasattr(project, "cleanse_setting") else SafeExceptionReporterFilter()


def _is_hidden_by_setting(name: str) -> bool:
    # A header spells with hyphens what a field, a column or an attribute spells with underscores.
    spellings = (name, name.replace("-", "_"))
    return any(re.search(hide, each, re.IGNORECASE) for hide in get_settings().hide for each in spellings)


def _forget(*, setting: str, **_: Any) -> None:
    if setting in ("VISUALIZER", "DEFAULT_EXCEPTION_REPORTER_FILTER"):
        get_default_exception_reporter_filter.cache_clear()  # type: ignore[attr-defined]
        _project_filter.cache_clear()
        is_hidden.cache_clear()


setting_changed.connect(_forget, dispatch_uid="visualizer.redaction")


def cut(text: str) -> str:
    """Shorten a text to MAX_VALUE_BYTES characters; the end then says so. User and password of a URL in it go."""
    if "@" in text:
        text = _USERINFO.sub(f"{HIDDEN}@", text)
    longest = get_settings().max_value_bytes
    return text if len(text) <= longest else text[: longest - 1] + "…"


def safe_value(name: str, value: Any) -> str:
    """Describe a value that has a name: hidden if the name is a secret's, unless its text tells only its type."""
    text = safe_text(value)
    tells = type(value) in _TELLING or issubclass(type(value), str | int | bytes)
    return HIDDEN if tells and is_hidden(name) else text


def safe_text(value: Any) -> str:
    """Describe a value without calling `__str__` or `__repr__` of the application's classes."""
    kind = type(value)
    if issubclass(kind, str):
        return cut(str.__str__(value))
    if kind in _PLAIN:
        return str(value)
    if issubclass(kind, int):
        return int.__repr__(value)
    if kind in (datetime.datetime, datetime.time):
        return _describe_moment(value)
    if kind in (bytes, bytearray, memoryview):
        return f"<{len(value)} bytes>"
    if kind in (list, tuple, set, frozenset, dict):
        return f"<{kind.__name__} of {len(value)}>"
    return _describe_object(value, kind)


def _describe_moment(value: Any) -> str:
    zone = type(value.tzinfo)
    # A zone of the application's own would be asked for its offset.
    return str(value.isoformat()) if zone in _ZONES else f"{value.replace(tzinfo=None).isoformat()} ({zone.__name__})"


def _describe_object(value: Any, kind: type) -> str:
    # isinstance() would ask a lazy object for its __class__, and that evaluates it.
    if issubclass(kind, LazyObject):
        wrapped = object.__getattribute__(value, "_wrapped")
        return f"{kind.__name__}, not evaluated" if wrapped is empty else f"{kind.__name__} of {type(wrapped).__name__}"
    if issubclass(kind, Promise):
        return "lazy text"
    if issubclass(kind, type):
        return f"class {type.__getattribute__(value, '__name__')}"
    return f"<{kind.__name__}>"


def header_value(name: str, value: str) -> str:
    """A header's value as it may be stored; of cookies only the names, of Authorization only the scheme."""
    lowered = name.lower()
    if lowered == "cookie":
        return "; ".join(f"{cookie.partition('=')[0].strip()}={HIDDEN}" for cookie in value.split(";"))
    if lowered == "set-cookie":
        first, _, rest = value.partition(";")
        return f"{first.partition('=')[0].strip()}={HIDDEN}" + (f";{rest}" if rest else "")
    if lowered in _AUTHORIZATION:
        scheme, space, _ = value.partition(" ")
        return f"{scheme} {HIDDEN}" if space else HIDDEN
    return HIDDEN if is_hidden(name) else safe_url(value)


def safe_query_string(query: str) -> str:
    """A query string in which the values of hidden names are replaced, the rest untouched."""
    return cut("&".join(_safe_pair(pair) for pair in query.split("&")))


def _safe_pair(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={HIDDEN}" if equals and is_hidden(unquote_plus(name)) else pair


def safe_url(text: str) -> str:
    """A URL, or a text with URLs in it, without userinfo and without hidden values in query or fragment."""
    return cut(_PAIR.sub(lambda match: _safe_pair(match[0]), text) if "=" in text else text)


def secrets_of(headers: Iterable[tuple[str, str]]) -> set[str]:
    """The values in these headers that must not appear in any text of the trace, in each way of writing them."""
    return _written({secret for name, value in headers for secret in _in_header(name.lower(), value)})


def _in_header(name: str, value: str) -> Iterator[str]:
    if name == "cookie":
        yield from (part.partition("=")[2].strip().strip('"') for part in value.split(";"))
    elif name == "set-cookie":
        yield value.partition(";")[0].partition("=")[2].strip().strip('"')
    elif name in _AUTHORIZATION:
        scheme, _, credentials = value.partition(" ")
        yield credentials.strip() or value
        if scheme.lower() == "basic":
            yield from _in_basic(credentials)
    elif is_hidden(name):
        yield value
    else:
        yield from _in_urls(value)


def _in_basic(credentials: str) -> Iterator[str]:
    """RFC 7617: user and password joined by a colon, in base64."""
    try:
        pair = base64.b64decode(credentials.strip(), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return
    yield pair
    yield pair.partition(":")[2]


def _in_urls(text: str) -> Iterator[str]:
    if "@" in text:
        yield from (match[0][:-1].partition(":")[2] for match in _USERINFO.finditer(text))
    if "=" in text:
        yield from (match["value"] for match in _PAIR.finditer(text) if is_hidden(unquote_plus(match["name"])))


def secrets_in_query(query: str) -> set[str]:
    """The values of hidden names in a query string, in each way of writing them."""
    pairs = (pair.partition("=") for pair in query.split("&"))
    return _written({value for name, _, value in pairs if value and is_hidden(unquote_plus(name))})


def _written(secrets: set[str]) -> set[str]:
    """These secrets as they came, as the application reads them, and as others would write them into their texts."""
    read = {way(secret) for secret in secrets for way in (str, unquote, unquote_plus)}
    long = {secret for secret in read if len(secret) >= _SHORTEST_SECRET}
    return {way(secret) for secret in long for way in _WAYS_TO_WRITE}


def scrub(values: list[Any], secrets: frozenset[str]) -> list[Any]:
    """Replace known secrets in every text of these structures of dicts and lists.

    One look through their JSON tells that there is nothing to replace, which is the rule, at a tenth of the cost.
    """
    if not secrets:
        return values
    try:
        written = orjson.dumps(values)
        if not any(orjson.dumps(secret)[1:-1] in written for secret in secrets):
            return values
    except TypeError:
        # Not JSON: a describe function handed out something of its own. Look at each text.
        pass
    longest_first = sorted(secrets, key=len, reverse=True)
    return [_scrub(value, longest_first) for value in values]


def _scrub(value: Any, secrets: list[str]) -> Any:
    kind = type(value)
    if kind is str:
        for secret in secrets:
            value = value.replace(secret, HIDDEN)
        return value
    if kind is dict:
        return {key: _scrub(item, secrets) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_scrub(item, secrets) for item in value]
    return value
