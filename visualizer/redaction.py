"""Any value to a short safe text: nothing of the application runs, and what Django would hide stays hidden."""

import datetime
import decimal
import re
import uuid
import zoneinfo
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

import orjson
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
_ZONES = frozenset({type(None), datetime.timezone, zoneinfo.ZoneInfo})


@lru_cache(maxsize=4096)
def is_hidden(name: str) -> bool:
    """Whether a value of this name is a secret by Django's own convention or by its part in a request."""
    return bool(_project_pattern().search(name) or _ALSO_HIDDEN.search(name))


@lru_cache(maxsize=1)
def _project_pattern() -> re.Pattern[str]:
    project = get_default_exception_reporter_filter()
    return getattr(project, "hidden_settings", SafeExceptionReporterFilter.hidden_settings)


def cut(text: str) -> str:
    """Shorten a text to MAX_VALUE_BYTES characters; the end then says so."""
    longest = get_settings().max_value_bytes
    return text if len(text) <= longest else text[: longest - 1] + "…"


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


def attributes_of(value: Any) -> dict[str, Any]:
    """The attributes that an object holds itself: reading them runs no property and no `__getattr__`."""
    try:
        return object.__getattribute__(value, "__dict__")  # type: ignore[no-any-return]
    except AttributeError:
        return {}


def header_value(name: str, value: str) -> str:
    """A header's value as it may be stored; of cookies only the names, of Authorization only the scheme."""
    lowered = name.lower()
    if lowered == "cookie":
        return "; ".join(f"{cookie.partition('=')[0].strip()}={HIDDEN}" for cookie in value.split(";"))
    if lowered == "set-cookie":
        first, _, rest = value.partition(";")
        return f"{first.partition('=')[0].strip()}={HIDDEN}" + (f";{rest}" if rest else "")
    if lowered in ("authorization", "proxy-authorization"):
        scheme, space, _ = value.partition(" ")
        return f"{scheme} {HIDDEN}" if space else HIDDEN
    if lowered in ("referer", "location", "x-original-url", "x-forwarded-uri"):
        return cut(safe_url(value))
    return HIDDEN if is_hidden(name) else cut(value)


def safe_query_string(query: str) -> str:
    """A query string in which the values of hidden names are replaced, the rest untouched."""
    return cut("&".join(_safe_pair(pair) for pair in query.split("&")))


def _safe_pair(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={HIDDEN}" if equals and is_hidden(unquote_plus(name)) else pair


def safe_url(url: str) -> str:
    """A URL without the password of its userinfo and without hidden values in its query."""
    base, mark, query = url.partition("?")
    base = re.sub(r"//[^/@]*@", f"//{HIDDEN}@", base)
    return f"{base}?{safe_query_string(query)}" if mark else base


def secrets_of(headers: Iterable[tuple[str, str]]) -> set[str]:
    """The values in these headers that must not appear in any text of the trace."""
    found: set[str] = set()
    for name, value in headers:
        lowered = name.lower()
        if lowered == "cookie":
            found.update(part.partition("=")[2].strip().strip('"') for part in value.split(";"))
        elif lowered == "set-cookie":
            found.add(value.partition(";")[0].partition("=")[2].strip().strip('"'))
        elif lowered in ("authorization", "proxy-authorization"):
            found.add(value.partition(" ")[2].strip() or value)
        elif is_hidden(name):
            found.add(value)
    return {secret for secret in found if len(secret) >= _SHORTEST_SECRET}


def secrets_in_query(query: str) -> set[str]:
    """The values of hidden names in a query string, as they stand there and as the application reads them."""
    pairs = (pair.partition("=") for pair in query.split("&"))
    found = {value for name, _, value in pairs if value and is_hidden(unquote_plus(name))}
    return {secret for value in found for secret in (value, unquote_plus(value)) if len(secret) >= _SHORTEST_SECRET}


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
