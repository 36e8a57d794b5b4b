"""The cookies that a response sets, read from its headers as they were sent: those of the middleware among them."""

from collections.abc import Iterator, Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading

Facts = Mapping[str, Any]

_HEADS = ("http.response.start", "start_response")
# Of RFC 6265, section 4.1.1, and SameSite; as the trace names them.
_VALUED = {"samesite": "samesite", "path": "path", "domain": "domain", "expires": "expires", "max-age": "max_age"}
_FLAGS = ("secure", "httponly")


def cookies_in_head(reading: Reading, event: Event) -> list[Facts]:
    """What the message with the response's headers sets; none for any other message."""
    return sent_cookies(reading) if event["name"] in _HEADS else []


def sent_cookies(reading: Reading) -> list[Facts]:
    """`{name, secure, httponly, …}` as a `response` event has them, of each Set-Cookie header, in their order."""
    headers = (reading.trace.get("response") or {}).get("headers") or ()
    return [_cookie(value) for name, value in headers if name.lower() == "set-cookie"]


def cookies_of_changes(reading: Reading, changes: list[Facts]) -> list[Facts]:
    """Those that were added or changed, as they were sent in the end."""
    names = set(_names(changes))
    return [cookie for cookie in sent_cookies(reading) if cookie["name"] in names]


def _names(changes: list[Facts]) -> Iterator[str]:
    for change in changes:
        what, _, name = str(change.get("what")).partition(" ")
        if what == "cookie" and change.get("op") != "remove":
            yield name


def _cookie(header: str) -> Facts:
    first, *attributes = header.split(";")
    told = {key.strip().lower(): value.strip() for key, _, value in (each.partition("=") for each in attributes)}
    flags = {flag: flag in told for flag in _FLAGS}
    valued = {known: told[key] for key, known in _VALUED.items() if key in told}
    return {"name": first.partition("=")[0].strip(), **flags, **valued}
