"""The pages' own middleware, outermost first. `HtmxMiddleware` of django-htmx is the third."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from visualizer.access import refusal, same_origin
from visualizer.page.responses import text

GetResponse = Callable[[HttpRequest], HttpResponse]

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class SecurityHeaders:
    """Adds what a response does not say itself: no foreign code, no framing, no traces in caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in _FIXED_HEADERS.items():
            response.headers.setdefault(name, value)
        if not response.has_header("Content-Security-Policy"):
            response["Content-Security-Policy"] = _policy(request)
            response["X-Frame-Options"] = "DENY"
        return response


class Gate:
    """Lets nobody pass whom `visualizer.access` does not admit, and no foreign page change anything."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if reason := refusal(request):
            # Outside DEBUG a stranger learns nothing about the installation.
            return text(reason if settings.DEBUG else "You may not see this page.", 403)
        if request.method not in SAFE_METHODS and not same_origin(request):
            return text("The page itself must ask for this; the Origin header is missing or of another site.", 403)
        return self.get_response(request)


_FIXED_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def _policy(request: HttpRequest) -> str:
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'{_socket_source(request)}; frame-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def _socket_source(request: HttpRequest) -> str:
    # Not every browser counts the ws scheme as 'self'.
    try:
        return f" {'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
    except DisallowedHost:
        return ""
