"""Which request led to which, worked out from what requests tell of themselves.

No browser numbers its requests. What it tells is the page that asked (Referer, HX-Current-URL), whether somebody
navigated (Fetch Metadata), and in its report the addresses that a page loaded; a redirect tells where it leads. Where
that leaves a choice between requests the link is not certain.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from visualizer.findings.requests import HTMX, NAVIGATION, NEXT, NS_PER_S, REDIRECT, REDIRECTS, STARTED, Request

_REDIRECT_PATIENCE_NS = 5 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Link:
    """`effect` was asked for because of `cause`; not `is_certain` where another request may have been the cause."""

    cause: Request
    effect: Request
    kind: str
    is_certain: bool

    @property
    def said(self) -> str:
        """How the effect came about, seen from the effect."""
        words = f"{_WORDS[self.kind]} {self.cause.said}"
        return words if self.is_certain else f"probably {words}"

    @property
    def said_of_it(self) -> str:
        """The same where the cause stands right above."""
        words = _WORDS[self.kind].removesuffix(" by").removesuffix(" from").removesuffix(" after")
        if self.kind == STARTED and self.effect.destination:
            words += f" as {self.effect.destination}"
        return words if self.is_certain else f"probably {words}"


_WORDS = {
    REDIRECT: "redirected from",
    STARTED: "started by",
    HTMX: "started through htmx by",
    NAVIGATION: "reached from",
    NEXT: "sent after",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A request in its chain: how deep below the first one, and what led to it, if that is known."""

    request: Request
    depth: int
    link: Link | None


@dataclass(slots=True)
class _Known:
    """The requests before the one that is looked at, by what they may be found by."""

    loads: dict[tuple[str, str], list[Request]] = field(default_factory=lambda: defaultdict(list))
    redirects: list[Request] = field(default_factory=list)
    visits: dict[str, Request] = field(default_factory=dict)

    def cause_of(self, request: Request) -> Link | None:
        return self._redirect(request) or self._page(request) or self._visit(request)

    def add(self, request: Request) -> None:
        if request.status in REDIRECTS and request.location:
            self.redirects.append(request)
        else:
            self.loads[request.agent, request.target].append(request)
        if request.visit:
            self.visits[request.visit] = request

    def _redirect(self, request: Request) -> Link | None:
        """The oldest redirect to here by which nobody has gone yet."""
        self.redirects = [each for each in self.redirects if request.started_ns - _end(each) <= _REDIRECT_PATIENCE_NS]
        found = next((each for each in self.redirects if _leads_to(each, request)), None)
        if found is None:
            return None
        self.redirects.remove(found)
        return Link(found, request, REDIRECT, is_certain=bool(request.mark))

    def _page(self, request: Request) -> Link | None:
        """The latest load of the page that asked."""
        loads = self.loads.get((request.agent, request.page)) if request.page else None
        if not loads:
            return None
        page = next((each for each in reversed(loads) if each.is_document), loads[-1])
        return Link(page, request, request.kind, is_certain=request.target in page.loaded)

    def _visit(self, request: Request) -> Link | None:
        before = self.visits.get(request.visit) if request.visit else None
        return Link(before, request, NEXT, is_certain=True) if before else None


def _end(request: Request) -> int:
    return request.started_ns + (request.duration_ns or 0)


def _leads_to(redirect: Request, request: Request) -> bool:
    # Fetch standard, HTTP-redirect fetch: 307 and 308 keep the method, else a POST becomes a GET, by 303 all do.
    keeps_post = redirect.status in (307, 308)
    is_same = request.method == redirect.method and (keeps_post or request.method != "POST")
    same_client = redirect.agent == request.agent and redirect.mark == request.mark
    fits = is_same or (request.method == "GET" and not keeps_post)
    return fits and same_client and redirect.location == request.target


class Chains:
    """All links among these requests."""

    def __init__(self, requests: Iterable[Request]) -> None:
        known = _Known()
        self._requests: dict[str, Request] = {}
        self._causes: dict[str, Link] = {}
        self._effects: dict[str, list[Link]] = defaultdict(list)
        for request in sorted(requests, key=lambda request: request.started_ns):
            link = known.cause_of(request)
            if link:
                self._causes[request.id] = link
                self._effects[link.cause.id].append(link)
            known.add(request)
            self._requests[request.id] = request

    def request(self, trace_id: str) -> Request | None:
        """The request of this trace."""
        return self._requests.get(trace_id)

    def cause(self, trace_id: str) -> Link | None:
        """What led to this request."""
        return self._causes.get(trace_id)

    def effects(self, trace_id: str) -> list[Link]:
        """What this request led to, in the order of asking."""
        return self._effects.get(trace_id, [])

    def around(self, trace_id: str) -> list[Entry]:
        """The chain to which this request belongs, from its first one on; only itself where there is no other.

        Somebody who follows a link begins another chain: it is named at its two ends, and not gone into.
        """
        request = self._requests.get(trace_id)
        if request is None:
            return []
        while (link := self._causes.get(request.id)) and link.kind != NAVIGATION:
            request = link.cause
        reached = self._causes.get(request.id)
        before = [Entry(reached.cause, 0, None)] if reached else []
        return [*before, *self._below(Entry(request, 0, reached))]

    def _below(self, first: Entry) -> Iterator[Entry]:
        waiting = [first]
        while waiting:
            entry = waiting.pop()
            yield entry
            if entry.link is None or entry.link.kind != NAVIGATION or entry is first:
                waiting.extend(self._next(entry))

    def _next(self, entry: Entry) -> list[Entry]:
        """Last first. What a page loads stands below it; behind that, on its own level, what came after it."""
        loaded = [link for link in self.effects(entry.request.id) if link.kind in (STARTED, HTMX)]
        after = [link for link in self.effects(entry.request.id) if link not in loaded]
        below = [Entry(link.effect, entry.depth + 1, link) for link in loaded]
        return [*below, *(Entry(link.effect, entry.depth, link) for link in after)][::-1]
