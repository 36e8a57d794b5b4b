"""A request as a link of a chain: what it tells of the requests before and after it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from visualizer.lessons.reading import Reading, detail

REDIRECT, STARTED, HTMX, NAVIGATION, NEXT = "redirect", "started", "htmx", "navigation", "next"
MARK_HEADER = "X-Visualizer-Request"
"""`<visit>.<number>`: what the page's form and `manage.py trace --scenario` send, so that they know their own again."""

REDIRECTS = (301, 302, 303, 307, 308)
NS_PER_S = 1_000_000_000
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a link of a chain.

    Targets are paths with their query on this site, unescaped to be compared; `address` is one as the trace tells it.
    """

    id: str
    method: str
    address: str
    target: str
    status: int | None
    started_ns: int
    duration_ns: int | None
    location: str
    agent: str
    mark: str
    page: str
    kind: str
    destination: str
    is_document: bool
    loaded: frozenset[str] = frozenset()

    @property
    def said(self) -> str:
        """The request in two words."""
        return f"{self.method} {self.address}"

    @property
    def visit(self) -> str:
        """What the marks of one visit's requests have in common."""
        return self.mark.partition(".")[0]


def request_of(trace: Mapping[str, Any]) -> Request:
    """Read a trace; its head will do, but only the browser's report among its events says what a page loaded."""
    request, response = trace["request"], trace.get("response") or {}
    asked, answered = _Headers(request["headers"]), _Headers(response.get("headers"))
    path, hosts = str(request["path"]), {asked["host"], asked["x-forwarded-host"]} - {""}
    return Request(
        id=trace["id"],
        method=request["method"],
        address=f"{path}?{request['query_string']}" if request["query_string"] else path,
        target=_target(path, str(request["query_string"])),
        status=response.get("status"),
        started_ns=_epoch_ns(trace["started_at"]),
        duration_ns=trace.get("duration_ns"),
        location=_here(answered["location"], hosts, path),
        agent=asked["user-agent"],
        mark=asked[MARK_HEADER.lower()],
        page=_here(_page(asked), hosts),
        kind=_kind(asked),
        destination=_destination(asked),
        is_document=_is_document(asked),
        loaded=frozenset(_loaded(trace)),
    )


def target_of(url: str) -> str:
    """The target that an address of this site has."""
    return _here(url, set())


class _Headers(dict[str, str]):
    """Headers by their name in small letters; the first of a name, "" for one that is not there."""

    def __init__(self, pairs: Iterable[Iterable[str]] | None) -> None:
        for name, value in pairs or ():
            self.setdefault(name.lower(), value)

    def __missing__(self, name: str) -> str:
        return ""


def _target(path: str, query: str) -> str:
    return f"{path}?{unquote(query)}" if query else path


def _here(url: str, hosts: set[str], base: str = "") -> str:
    """The target of an address on this site, as it is understood at the path `base`; "" of another's."""
    if not url:
        return ""
    try:
        parts = urlsplit(urljoin(quote(base), url))
    # Anything may stand in a header.
    except ValueError:
        return ""
    is_here = not parts.netloc or not hosts or parts.netloc in hosts
    return _target(unquote(parts.path) or "/", parts.query) if is_here else ""


def _page(asked: _Headers) -> str:
    # django-htmx: HX-Current-URL is the page, whatever policy shortens the Referer.
    return asked["hx-current-url"] if asked["hx-request"] == "true" and asked["hx-current-url"] else asked["referer"]


def _kind(asked: _Headers) -> str:
    if asked["hx-request"] == "true":
        return NAVIGATION if asked["hx-boosted"] == "true" else HTMX
    return NAVIGATION if _navigates(asked) else STARTED


def _navigates(asked: _Headers) -> bool:
    mode = asked["sec-fetch-mode"]
    if mode:
        return mode == "navigate" and asked["sec-fetch-dest"] in ("", "document")
    # Browsers send Fetch Metadata to secure origins only. What is asked for tells the rest.
    return asked["x-requested-with"] != "XMLHttpRequest" and "text/html" in asked["accept"]


def _destination(asked: _Headers) -> str:
    dest = asked["sec-fetch-dest"]
    return "fetch" if dest == "empty" else dest


def _is_document(asked: _Headers) -> bool:
    """Whether what came became a page, that further requests may name as theirs."""
    return bool(asked[MARK_HEADER.lower()]) or _kind(asked) == NAVIGATION or asked["sec-fetch-dest"] == "iframe"


def _loaded(trace: Mapping[str, Any]) -> Iterator[str]:
    for event in Reading(trace).of_kind("client"):
        for each in detail(event).get("subrequests") or ():
            yield target_of(each["path"])


def _epoch_ns(iso: str) -> int:
    since = datetime.fromisoformat(iso) - _EPOCH
    return (since.days * 86_400 + since.seconds) * NS_PER_S + since.microseconds * 1_000
