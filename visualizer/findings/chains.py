"""Which request led to which, worked out from what requests tell of themselves.

No browser numbers its requests. What it tells is the page that asked (Referer, HX-Current-URL), whether somebody
navigated (Fetch Metadata), and in its report the addresses that a page loaded; a redirect tells where it leads. Where
that leaves a choice between requests the link is not certain.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from visualizer.findings.hops import HTMX, NAVIGATION, NEXT, NS_PER_S, REDIRECT, REDIRECTS, STARTED, Hop

_REDIRECT_PATIENCE_NS = 5 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Link:
    """`effect` was asked for because of `cause`; not `is_certain` where another request may have been the cause."""

    cause: Hop
    effect: Hop
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

    hop: Hop
    depth: int
    link: Link | None


@dataclass(slots=True)
class _Known:
    """The requests before the one that is looked at, by what they may be found by."""

    loads: dict[tuple[str, str], list[Hop]] = field(default_factory=lambda: defaultdict(list))
    redirects: list[Hop] = field(default_factory=list)
    visits: dict[str, Hop] = field(default_factory=dict)

    def cause_of(self, hop: Hop) -> Link | None:
        return self._redirect(hop) or self._page(hop) or self._visit(hop)

    def add(self, hop: Hop) -> None:
        if hop.status in REDIRECTS and hop.location:
            self.redirects.append(hop)
        else:
            self.loads[hop.agent, hop.target].append(hop)
        if hop.visit:
            self.visits[hop.visit] = hop

    def _redirect(self, hop: Hop) -> Link | None:
        """The oldest redirect to here by which nobody has gone yet."""
        self.redirects = [each for each in self.redirects if hop.started_ns - _end(each) <= _REDIRECT_PATIENCE_NS]
        found = next((each for each in self.redirects if _leads_to(each, hop)), None)
        if found is None:
            return None
        self.redirects.remove(found)
        return Link(found, hop, REDIRECT, is_certain=bool(hop.mark))

    def _page(self, hop: Hop) -> Link | None:
        """The latest load of the page that asked."""
        loads = self.loads.get((hop.agent, hop.page)) if hop.page else None
        if not loads:
            return None
        page = next((each for each in reversed(loads) if each.is_document), loads[-1])
        return Link(page, hop, hop.kind, is_certain=hop.target in page.loaded)

    def _visit(self, hop: Hop) -> Link | None:
        before = self.visits.get(hop.visit) if hop.visit else None
        return Link(before, hop, NEXT, is_certain=True) if before else None


def _end(hop: Hop) -> int:
    return hop.started_ns + (hop.duration_ns or 0)


def _leads_to(redirect: Hop, hop: Hop) -> bool:
    # Fetch standard, HTTP-redirect fetch: 307 and 308 keep the method, else a POST becomes a GET, by 303 all do.
    keeps_post = redirect.status in (307, 308)
    is_same = hop.method == redirect.method and (keeps_post or hop.method != "POST")
    same_client = redirect.agent == hop.agent and redirect.mark == hop.mark
    fits = is_same or (hop.method == "GET" and not keeps_post)
    return fits and same_client and redirect.location == hop.target


class Chains:
    """All links among these requests."""

    def __init__(self, hops: Iterable[Hop]) -> None:
        known = _Known()
        self._hops: dict[str, Hop] = {}
        self._causes: dict[str, Link] = {}
        self._effects: dict[str, list[Link]] = defaultdict(list)
        for hop in sorted(hops, key=lambda hop: hop.started_ns):
            link = known.cause_of(hop)
            if link:
                self._causes[hop.id] = link
                self._effects[link.cause.id].append(link)
            known.add(hop)
            self._hops[hop.id] = hop

    def hop(self, trace_id: str) -> Hop | None:
        """The request of this trace."""
        return self._hops.get(trace_id)

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
        hop = self._hops.get(trace_id)
        if hop is None:
            return []
        while (link := self._causes.get(hop.id)) and link.kind != NAVIGATION:
            hop = link.cause
        reached = self._causes.get(hop.id)
        before = [Entry(reached.cause, 0, None)] if reached else []
        return [*before, *self._below(Entry(hop, 0, reached))]

    def _below(self, first: Entry) -> Iterator[Entry]:
        waiting = [first]
        while waiting:
            entry = waiting.pop()
            yield entry
            if entry.link is None or entry.link.kind != NAVIGATION or entry is first:
                waiting.extend(self._next(entry))

    def _next(self, entry: Entry) -> list[Entry]:
        """Last first. What a page loads stands below it; behind that, on its own level, what came after it."""
        loaded = [link for link in self.effects(entry.hop.id) if link.kind in (STARTED, HTMX)]
        after = [link for link in self.effects(entry.hop.id) if link not in loaded]
        below = [Entry(link.effect, entry.depth + 1, link) for link in loaded]
        return [*below, *(Entry(link.effect, entry.depth, link) for link in after)][::-1]
