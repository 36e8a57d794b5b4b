"""The request of a trace as it would be sent again: what was hidden is a placeholder, and what is missing is said."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote

from visualizer.lessons.reading import Reading, detail
from visualizer.lessons.wording import listed, size
from visualizer.redaction import HIDDEN

# What a client writes itself, for this connection and this body.
_OF_THE_CONNECTION = frozenset({"host", "connection", "content-length", "transfer-encoding", "expect", "keep-alive"})
# Marks of the page's own form.
_OWN = "x-visualizer-"
_SAFE_IN_PATH = "/:@!$&'()*+,;=~-._%"
_CUT = "…"
BODY_FIELD, BODY_VALUE = "YOUR-FIELD", "YOUR-VALUE"


class Header(NamedTuple):
    """A header to send, its secrets as placeholders."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Again:
    """A request to send again. `target` is path and query as they go over the wire."""

    method: str
    scheme: str
    host: str
    target: str
    headers: list[Header]
    cookies: list[tuple[str, str]]
    body_bytes: int
    content_type: str
    notes: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.target}"

    @property
    def media_type(self) -> str:
        """The body's type without its parameters."""
        return self.content_type.partition(";")[0].strip().lower()


class Code(NamedTuple):
    """What is to be copied, and what has to be known about it."""

    text: str
    notes: list[str]


def placeholder(name: str) -> str:
    """What stands for a hidden value: YOUR-SESSIONID."""
    return "YOUR-" + re.sub(r"[^A-Z0-9]+", "-", name.upper()).strip("-")


def again(reading: Reading) -> Again:
    """Read a trace's request."""
    request = reading.trace.get("request") or {}
    pairs = [(str(name), str(value)) for name, value in request.get("headers") or []]
    lowered = {name.lower(): value for name, value in pairs}
    target, body_bytes = _target(reading, request), _body_bytes(reading, lowered)
    headers = [Header(name, _filled(value, name)) for name, value in pairs if _is_sent(name)]
    cookies = [(name, _filled(value, name)) for name, value in _cookies(pairs)]
    return Again(
        method=str(request.get("method") or "GET"),
        scheme=str(_server_facts(reading).get("scheme") or "http"),
        host=lowered.get("host") or "localhost",
        target=target,
        headers=headers,
        cookies=cookies,
        body_bytes=body_bytes,
        content_type=lowered.get("content-type", ""),
        notes=[*_notes(target, headers, cookies), *_body_notes(body_bytes)],
    )


def _target(reading: Reading, request: Mapping[str, Any]) -> str:
    raw = str(_server_facts(reading).get("raw_path") or "")
    path = raw if raw.startswith("/") and not raw.endswith(_CUT) else str(request.get("path") or "/")
    quoted = HIDDEN.join(quote(part, safe=_SAFE_IN_PATH if path == raw else "/") for part in path.split(HIDDEN))
    query = "&".join(_pair(pair) for pair in str(request.get("query_string") or "").split("&"))
    return quoted.replace(HIDDEN, "YOUR-VALUE") + (f"?{query}" if query else "")


def _pair(pair: str) -> str:
    name, _, _ = pair.partition("=")
    return _filled(pair, name)


def _filled(text: str, name: str) -> str:
    return text.replace(HIDDEN, placeholder(name))


def _is_sent(name: str) -> bool:
    lowered = name.lower()
    return lowered not in _OF_THE_CONNECTION and lowered != "cookie" and not lowered.startswith(_OWN)


def _cookies(pairs: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in pairs:
        for part in value.split(";") if name.lower() == "cookie" else ():
            cookie, equals, content = part.strip().partition("=")
            if equals:
                yield cookie, content


def _server_facts(reading: Reading) -> Mapping[str, Any]:
    return next((detail(each) for each in reading.of_kind("server") if each["phase"] == "enter"), {})


def _body_bytes(reading: Reading, lowered: Mapping[str, str]) -> int:
    told = next((detail(each).get("body_bytes") for each in reading.of_kind("client")), None)
    length = lowered.get("content-length", "")
    return int(told or (length if length.isdecimal() else 0))


def _notes(target: str, headers: list[Header], cookies: list[tuple[str, str]]) -> Iterator[str]:
    hidden = [f"the cookie {name}" for name, value in cookies if value.startswith("YOUR-")]
    hidden += [header.name for header in headers if "YOUR-" in header.value]
    hidden += ["the address"] if "YOUR-" in target else []
    if hidden:
        yield f"Secrets are not in the trace: put your own in place of what begins with YOUR- ({listed(hidden)})."
    cut = [header.name for header in headers if header.value.endswith(_CUT)]
    if cut:
        yield f"Too long to be kept whole: {listed(cut)}."


def _body_notes(body_bytes: int) -> Iterator[str]:
    if body_bytes:
        yield f"The body, {size(body_bytes)}, is not in the trace: put it in place of {BODY_FIELD} and {BODY_VALUE}."
