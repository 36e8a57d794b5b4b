"""What a proxy in front of the server says in the headers that proxies add: when it got the request, and for whom.

Headers are claims: anybody can send them where no proxy replaces them.
"""

import ipaddress
import re
from operator import itemgetter
from typing import Any

from django.conf import settings

from visualizer.redaction import cut, header_value
from visualizer.wire import Read

# Two words for one thing, when the proxy got the request; where both came, the first decides.
_STARTED = ("x-queue-start", "x-request-start")
_NAMES = (
    *_STARTED,
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-real-ip",
)
IN_ENVIRON = frozenset("HTTP_" + name.upper().replace("-", "_") for name in _NAMES)
IN_SCOPE = frozenset(name.encode() for name in _NAMES)
_NAME = itemgetter(0)
_MOMENT = re.compile(r"(?:t=)?(\d{9,20})(?:\.(\d{1,9}))?")
# Whoever waited longer has been given up by every proxy: the clocks differ.
_LONGEST_WAIT_NS = 3_600 * 1_000_000_000
_ELEMENT = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*")+')
_PAIR = re.compile(r'(\w+)=("(?:\\.|[^"\\])*"|[^;,\s]+)')


def is_told_in_environ(environ: dict[str, Any]) -> bool:
    """Whether a WSGI environ has a header of a proxy."""
    return not environ.keys().isdisjoint(IN_ENVIRON)


def is_told_in_scope(scope: dict[str, Any]) -> bool:
    """Whether an ASGI scope has a header of a proxy."""
    headers = scope["headers"]
    # ASGI allows any iterable, and an iterator would be empty for Django.
    return isinstance(headers, list | tuple) and not IN_SCOPE.isdisjoint(map(_NAME, headers))


def proxy_facts(read: Read, kept: Any, peer: str | None, arrived_ns: int) -> dict[str, Any]:
    """What the headers of a proxy say; `peer` is the address that connected, `arrived_ns` when it came."""
    told = [(name, value) for name, value in read(kept)[3] if name.lower() in _NAMES]
    values: dict[str, str] = {}
    for name, value in told:
        values[name.lower()] = f"{values[name.lower()]}, {value}" if name.lower() in values else value
    return {
        "peer": peer or None,
        **_claims(values),
        "hops": [_hop(item) for item in _items(values.get("via", ""))],
        "believed": _believed(),
        **_waiting(values, arrived_ns),
        "clock": "shared" if _is_near(peer) else "separate",
        "headers": [[name, header_value(name, value)] for name, value in told],
    }


def _claims(values: dict[str, str]) -> dict[str, Any]:
    """Whom the proxy works for: the addresses from the client on, and what the client asked for."""
    forwarded = [_pairs(element) for element in _ELEMENT.findall(values.get("forwarded", ""))]
    first = forwarded[0] if forwarded else {}
    addresses = _items(values.get("x-forwarded-for", "")) or [pairs["for"] for pairs in forwarded if "for" in pairs]
    real = values.get("x-real-ip", "").strip()
    return {
        "for": [cut(address) for address in addresses] or ([cut(real)] if real else []),
        "scheme": _first(values, "x-forwarded-proto") or first.get("proto"),
        "host": _first(values, "x-forwarded-host") or first.get("host"),
        "port": _first(values, "x-forwarded-port"),
        "prefix": _first(values, "x-forwarded-prefix"),
    }


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def _first(values: dict[str, str], name: str) -> str | None:
    found = _items(values.get(name, ""))
    return cut(found[0]) if found else None


def _pairs(element: str) -> dict[str, str]:
    """RFC 7239, section 4: pairs of one hop."""
    return {name.lower(): cut(value.strip('"')) for name, value in _PAIR.findall(element)}


def _hop(item: str) -> str:
    """RFC 9110, section 7.6.3: a version of the protocol, who received it by that, a comment."""
    words = item.split()
    return cut(words[1] if len(words) > 1 else item)


def _believed() -> list[str]:
    """The headers that this project's settings let Django act on."""
    found = ["X-Forwarded-Host"] if settings.USE_X_FORWARDED_HOST else []
    found += ["X-Forwarded-Port"] if settings.USE_X_FORWARDED_PORT else []
    secure = settings.SECURE_PROXY_SSL_HEADER
    return [*found, secure[0].removeprefix("HTTP_").replace("_", "-").title()] if secure else found


def _waiting(values: dict[str, str], arrived_ns: int) -> dict[str, Any]:
    """How long the request was on its way from the proxy to the handler, as far as two clocks can tell.

    `skew_ns` instead where they cannot: by how much the proxy's moment lies ahead of ours, or implausibly far behind.
    """
    name = next((name for name in _STARTED if name in values), None)
    moment = _moment(values[name]) if name else None
    facts = {"started_by": name.title() if name else None, "queued_ns": None, "exact_to_ns": None, "skew_ns": None}
    if moment is None:
        return facts
    began_ns, exact_to_ns = moment
    passed_ns = arrived_ns - began_ns
    if -exact_to_ns <= passed_ns <= _LONGEST_WAIT_NS:
        return facts | {"queued_ns": max(0, passed_ns), "exact_to_ns": exact_to_ns}
    return facts | {"exact_to_ns": exact_to_ns, "skew_ns": -passed_ns}


def _moment(text: str) -> tuple[int, int] | None:
    """Nanoseconds since the epoch, and how exact: of seconds, milliseconds or microseconds, whichever make our days.

    nginx writes `t=1512379167.574`, Apache `t=1512379167574000`, Heroku's router `1512379167574`.
    """
    found = _MOMENT.fullmatch(_items(text)[0]) if _items(text) else None
    if found is None:
        return None
    whole, fraction = found[1], found[2] or ""
    unit = 10 ** (9 - 3 * ((len(whole) - 9) // 3))
    return int(whole) * unit + int(fraction or 0) * unit // 10 ** len(fraction), max(1, unit // 10 ** len(fraction))


def _is_near(peer: str | None) -> bool:
    """Whether who connected is on this machine and so reads the same clock; a Unix socket has no address."""
    try:
        return not peer or ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
