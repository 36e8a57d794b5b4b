"""Plays a scenario in this process as one visitor would: its request, the redirects, and what it asks for then."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.utils.crypto import get_random_string

from visualizer.control.in_process import Answer, OutgoingRequest, run_and_answer
from visualizer.control.scenarios import Scenario
from visualizer.control.session import session_cookie
from visualizer.findings.requests import MARK_HEADER
from visualizer.recorder import Trace

MAX_REDIRECTS = 20
_REDIRECTS = (301, 302, 303, 307, 308)
# What a CSRF token in a cookie is long, see `django.middleware.csrf`.
_TOKEN_LENGTH = 32


def play(scenario: Scenario, interface: str) -> list[Trace]:
    """Send it all by `asgi` or `wsgi`, and return the finished traces in their order. Raises UnknownUser."""
    with session_cookie(scenario.user or None) as cookie:
        visitor = _Visitor(interface, cookie)
        first = first_request(scenario)
        traces = [*visitor.visit(visitor.with_token(first) if scenario.token else first)]
        for line in scenario.then:
            method, _, target = line.partition(" ")
            traces += visitor.visit(OutgoingRequest(method, target))
        return traces


def first_request(scenario: Scenario) -> OutgoingRequest:
    """What the scenario sends first, without cookies and token."""
    headers = list(scenario.headers.items())
    return OutgoingRequest(
        scenario.method, scenario.path, headers, scenario.body.encode(), abort_after_ms=scenario.abort_after_ms
    )


class _Visitor:
    """A client that keeps its cookies and follows redirects within the site, as browsers do."""

    def __init__(self, interface: str, cookie: str | None) -> None:
        self.interface = interface
        self.cookies = dict([cookie.split("=", 1)]) if cookie else {}
        self.name, self.asked = get_random_string(16, "0123456789abcdef"), 0

    def with_token(self, request: OutgoingRequest) -> OutgoingRequest:
        """The request with a CSRF token, once as cookie and once as header."""
        token = get_random_string(_TOKEN_LENGTH)
        self.cookies[settings.CSRF_COOKIE_NAME] = token
        header = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-")
        return replace(request, headers=[*request.headers, (header, token)])

    def visit(self, request: OutgoingRequest) -> Iterator[Trace]:
        """Send the request and those to which it is redirected. As from the page's form, all have one mark."""
        self.asked += 1
        mark = (MARK_HEADER, f"{self.name}.{self.asked}")
        for _ in range(MAX_REDIRECTS):
            trace, answer = run_and_answer(self._with_cookies(_marked(request, mark)), self.interface)
            self._keep_cookies(answer)
            yield trace
            following = _redirected(request, answer)
            if following is None:
                return
            request = following

    def _with_cookies(self, request: OutgoingRequest) -> OutgoingRequest:
        if not self.cookies:
            return request
        cookie = ("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        return replace(request, headers=[*request.headers, cookie])

    def _keep_cookies(self, answer: Answer) -> None:
        for header, value in answer.headers:
            if header.lower() == "set-cookie":
                name, _, content = value.partition(";")[0].partition("=")
                self.cookies[name.strip()] = content


def _marked(request: OutgoingRequest, mark: tuple[str, str]) -> OutgoingRequest:
    return replace(request, headers=[*request.headers, mark])


def _redirected(request: OutgoingRequest, answer: Answer) -> OutgoingRequest | None:
    """What a browser would send next; None unless it is sent on within the site."""
    location = answer.header("Location")
    if answer.status not in _REDIRECTS or location is None:
        return None
    target = urlsplit(urljoin(request.target, location))
    if target.netloc:
        return None
    path = f"{target.path}?{target.query}" if target.query else target.path
    # Fetch standard, HTTP-redirect fetch: all but 307 and 308 become a GET without a body.
    if answer.status in (307, 308):
        return OutgoingRequest(request.method, path, request.headers, request.body)
    return OutgoingRequest("HEAD" if request.method == "HEAD" else "GET", path)
