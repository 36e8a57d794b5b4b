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
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import orjson
from django.http.cookie import parse_cookie
from django.utils.functional import LazyObject, Promise, empty

from visualizer.conf import get_settings
from visualizer.secret_names import HIDDEN as HIDDEN
from visualizer.secret_names import is_hidden as is_hidden
from visualizer.secret_paths import hide_in_paths

# Shorter ones are ordinary words ("en" in a language cookie).
_SHORTEST_SECRET = 8
PLAIN = frozenset(
    (int, float, bool, complex, type(None), decimal.Decimal, uuid.UUID, datetime.date, datetime.timedelta)
)
"""Types of the standard library whose texts cannot run anybody else's code."""
_TELLING = PLAIN - {type(None)} | {datetime.datetime, datetime.time}
_ZONES = frozenset({type(None), datetime.timezone, zoneinfo.ZoneInfo})


CUT = "…".encode()
"""What the JSON of a text has in it that was cut: a secret may stand there in part."""
# What may be cut through at the end of a text, but must be seen to be hidden.
_LONGEST_URL = 1_000
_AUTHORIZATION = ("authorization", "proxy-authorization")


def _quote_all(text: str) -> str:
    return quote(text, safe="")


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _as_utf8(text: str) -> str:
    """What Django makes of bytes that travelled as latin-1 characters, in cookies and query strings."""
    return text.encode("latin-1", "ignore").decode("utf-8", "replace")


_WAYS_TO_WRITE = (str, quote, _quote_all, quote_plus, html.escape, _in_json)
_USERINFO = re.compile(
    # A password may hold a slash that should have been escaped; after a port it is the path's.
    r"(?<=//) (?: [^/@\s?\#:]* : (?!\d+(?:/|$)) [^@\s?\#]* | [^/@\s?\#]* ) @",
    re.VERBOSE,
)
# `name=value` in the query or fragment of a URL, wherever in a header it stands.
_PAIR = re.compile(r"(?<=[?&#]) (?P<name>[^=&#?\s\"'<>]+) = (?P<value>[^&#\s\"'<>]*)", re.VERBOSE)


def cut(text: str) -> str:
    """Shorten a text to MAX_VALUE_BYTES characters; the end then says so. Secrets in the address of a URL go."""
    longest = get_settings().max_value_bytes
    is_whole = len(text) <= longest
    if "/" in text:
        text = _without_secrets_of_urls(text if is_whole else text[: longest + _LONGEST_URL])
    return text if is_whole and len(text) <= longest else text[: longest - 1] + "…"


def _without_secrets_of_urls(text: str) -> str:
    text = hide_in_paths(text)
    return _USERINFO.sub(f"{HIDDEN}@", text) if "@" in text and "//" in text else text


def safe_value(name: str, value: Any) -> str:
    """Describe a value that has a name: hidden if the name is a secret's, unless its text tells only its type."""
    text = safe_text(value)
    return HIDDEN if tells_its_value(type(value)) and is_hidden(name) else text


def tells_its_value(kind: type) -> bool:
    """Whether the text of a value of this type tells more than its type."""
    return kind in _TELLING or issubclass(kind, str | int | bytes)


def safe_text(value: Any) -> str:
    """Describe a value without calling `__str__` or `__repr__` of the application's classes."""
    kind = type(value)
    if issubclass(kind, str):
        return cut(str.__str__(value))
    if kind in PLAIN:
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
    return in_every_writing({secret for name, value in headers for secret in _in_header(name.lower(), value)})


def _in_header(name: str, value: str) -> Iterator[str]:
    if name == "cookie":
        yield from (part.partition("=")[2].strip().strip('"') for part in value.split(";"))
        # With the quoted characters of RFC 2109 read.
        yield from parse_cookie(value).values()
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
    return in_every_writing({value for name, _, value in pairs if value and is_hidden(unquote_plus(name))})


def in_every_writing(secrets: set[str]) -> set[str]:
    """Secrets as they came, as the application reads them, and as others would write them into their texts.

    Those of less than 8 characters are left out: they would blot out ordinary words.
    """
    sent = secrets | {_as_utf8(secret) for secret in secrets}
    read = {way(secret) for secret in sent for way in (str, unquote, unquote_plus)}
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
        if CUT not in written and not any(orjson.dumps(secret)[1:-1] in written for secret in secrets):
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
        return _without_beginning(value, secrets) if value.endswith("…") else value
    if kind is dict:
        return {key: _scrub(item, secrets) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_scrub(item, secrets) for item in value]
    return value


def _without_beginning(text: str, secrets: list[str]) -> str:
    """A text that was cut, without the first part of a secret at its end."""
    for secret in secrets:
        for length in range(min(len(secret), len(text)) - 1, _SHORTEST_SECRET - 1, -1):
            if text.endswith(f"{secret[:length]}…"):
                return f"{text[: -length - 1]}{HIDDEN}…"
    return text
