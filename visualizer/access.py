"""Who may see the pages and sockets of this program. Closed by default: a local client while DEBUG is on, nobody else.

`VISUALIZER["ACCESS"]` replaces that rule by the project's own. Works without the project's middleware and URLconf.
"""

import ipaddress
import logging
import re
from collections.abc import Awaitable
from functools import partial
from importlib import import_module
from inspect import isawaitable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.apps import apps
from django.conf import settings
from django.contrib import auth
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from visualizer.conf import get_settings

logger = logging.getLogger("visualizer.access")

_FORWARDED_HEADERS = (
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Real-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Fastly-Client-IP",
)
# RFC 7239, section 4: `for` and `host` name the parties, as a token or quoted.
_FORWARDED_PAIR = re.compile(r"\b(for|host)\s*=\s*(\"[^\"]*\"|[^;,\s]*)", re.IGNORECASE)


def admits(request: HttpRequest) -> bool:
    """Whether the client may see this program. May query the database: not for a coroutine."""
    return refusal(request) is None


def may_admit_anyone() -> bool:
    """Whether there is any client at all who could be admitted."""
    return bool(settings.DEBUG or get_settings().access)


def refusal(request: HttpRequest) -> str | None:
    """Why the client is not admitted, as a sentence for the developer; None where it is."""
    access = get_settings().access
    try:
        host = request.get_host()
    except DisallowedHost as error:
        return str(error)
    if access is not None:
        return None if _passes(access, request) else f"VISUALIZER['ACCESS'] ({access}) does not admit this request."
    if not settings.DEBUG:
        return "DEBUG is off and VISUALIZER['ACCESS'] is not set."
    return _not_local(request) or _foreign_name(host)


def same_origin(request: HttpRequest) -> bool:
    """Whether a page of this very site made the request: its Origin header says so. No header, no trust."""
    try:
        origin, host = urlsplit(request.headers.get("Origin", "")), request.get_host()
    except (ValueError, DisallowedHost):
        return False
    # Behind a proxy that ends TLS the request itself may look like plain HTTP.
    schemes = ("https",) if request.is_secure() else ("http", "https")
    return origin.scheme in schemes and origin.netloc.lower() == host.lower()


def request_of_socket(scope: dict[str, Any]) -> ASGIRequest:
    """The handshake of a WebSocket as a GET request, so that one test serves pages and sockets."""
    scheme = "https" if scope.get("scheme") == "wss" else "http"
    return ASGIRequest({**scope, "type": "http", "method": "GET", "scheme": scheme}, BytesIO())


def has_accounts() -> bool:
    """Whether the project has users and sessions."""
    has_sessions = apps.is_installed("django.contrib.sessions") or any(
        path.endswith(".SessionMiddleware") for path in settings.MIDDLEWARE
    )
    return has_sessions and apps.is_installed("django.contrib.auth")


def attach_user(request: HttpRequest) -> None:
    """Give the request `session`, `user` and `auser` as Django's middleware does; the project's does not run here."""
    if has_accounts():
        engine = import_module(settings.SESSION_ENGINE)
        request.session = engine.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        request.user = SimpleLazyObject(lambda: auth.get_user(request))  # type: ignore[assignment]
        request.auser = partial(auth.aget_user, request)


def is_loopback(address: str) -> bool:
    """Whether an address, with or without a port, is this machine's own."""
    host = _without_port(address)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    parsed = _ip(host)
    mapped = getattr(parsed, "ipv4_mapped", None)
    return parsed is not None and (mapped or parsed).is_loopback


def _passes(access: str, request: HttpRequest) -> bool:
    try:
        attach_user(request)
        verdict = import_string(access)(request)
        # A coroutine is true by itself: it has to be run before it is believed.
        return bool(async_to_sync(_wait_for)(verdict) if isawaitable(verdict) else verdict)
    except Exception:
        logger.exception("VISUALIZER['ACCESS'] (%s) failed; the request is not admitted.", access)
        return False


async def _wait_for(verdict: Awaitable[Any]) -> Any:
    return await verdict


def _not_local(request: HttpRequest) -> str | None:
    address = request.META.get("REMOTE_ADDR", "")
    if not is_loopback(address):
        return f"The client {address or '(unknown)'} is not this machine. Set VISUALIZER['ACCESS'] to admit others."
    for name in _FORWARDED_HEADERS:
        value = request.headers.get(name)
        if value is not None and not all(map(is_loopback, value.split(","))):
            return f"The header {name} says that the client is not this machine: {value}."
    forwarded = request.headers.get("Forwarded")
    if forwarded is not None and not _forwarded_is_local(forwarded):
        return f"The header Forwarded says that the client is not this machine: {forwarded}."
    return None


def _forwarded_is_local(value: str) -> bool:
    pairs = _FORWARDED_PAIR.findall(value)
    return any(name.lower() == "for" for name, _ in pairs) and all(is_loopback(party) for _, party in pairs)


def _foreign_name(host: str) -> str | None:
    # With ALLOWED_HOSTS = ["*"] any site could point its own name at 127.0.0.1 and read the page (DNS rebinding).
    domain, _ = split_domain_port(host)
    listed = [pattern for pattern in settings.ALLOWED_HOSTS if pattern != "*"]
    if is_loopback(domain) or _ip(_without_port(domain)) is not None or validate_host(domain, listed):
        return None
    return f"The host {domain!r} is not known to be this machine. Add it to ALLOWED_HOSTS by name."


def _without_port(address: str) -> str:
    host = address.strip().strip('"').lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
