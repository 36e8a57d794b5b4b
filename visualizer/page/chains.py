"""The chains among the requests that are kept."""

import threading
import weakref
from typing import Any

from visualizer.findings.chains import Chains
from visualizer.findings.requests import Request, request_of
from visualizer.lessons.wording import clip, counted, duration
from visualizer.recorder import Trace
from visualizer.stores.memory import store

MOST_ENTRIES = 60
_DEEPEST = 3
_LONGEST = 120

# A finished trace tells the same each time, until its browser reports.
_read: weakref.WeakKeyDictionary[Trace, Request] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def kept_chains(latest: int | None = 200) -> Chains:
    """The links among the latest requests that are kept (all if None), running ones included: some 3 µs for each."""
    return Chains([_request(trace) for trace in store.recent(latest)])


def learn_report(trace: Trace) -> None:
    """Read a trace again, with what its browser has reported that the page loaded."""
    request = request_of(trace.as_dict())
    with _lock:
        _read[trace] = request


def _request(trace: Trace) -> Request:
    with _lock:
        known = _read.get(trace)
    if known is None:
        known = request_of(trace.head())
        if trace.finished:
            with _lock:
                _read.setdefault(trace, known)
    return known


def chain_context(chains: Chains, trace_id: str) -> dict[str, Any] | None:
    """What `visualizer/inspector/chain.html` needs; None where the request is alone."""
    entries = chains.around(trace_id)
    if len(entries) < 2:
        return None
    place = next(number for number, entry in enumerate(entries) if entry.request.id == trace_id)
    # A page may load more than can be shown: what lies around this request is.
    start = max(0, min(place - MOST_ENTRIES // 2, len(entries) - MOST_ENTRIES))
    shown = entries[start : start + MOST_ENTRIES]
    return {
        "title": f"Chain of {counted(len(entries), 'request')}",
        "entries": [
            {
                "id": entry.request.id,
                "depth": min(entry.depth, _DEEPEST),
                "is_this": entry.request.id == trace_id,
                "method": entry.request.method,
                "address": clip(entry.request.address, _LONGEST),
                "status": entry.request.status or "···",
                "status_class": f"s{entry.request.status // 100}" if entry.request.status else "s0",
                "took": duration(entry.request.duration_ns) if entry.request.duration_ns is not None else "",
                "said": entry.link.said_of_it if entry.link else "",
            }
            for entry in shown
        ],
        "before": start,
        "after": len(entries) - start - len(shown),
    }


def loaded_targets(chains: Chains, trace_id: str) -> frozenset[str]:
    """The targets that this page loaded and of which a trace is kept."""
    return frozenset(link.effect.target for link in chains.effects(trace_id))
