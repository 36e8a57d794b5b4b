"""One request as a row of the list: what is known of it so far, in a few words."""

import threading
import weakref
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import urlsplit

from visualizer.findings.chains import Link
from visualizer.findings.queries import query_findings
from visualizer.findings.requests import HTMX, NAVIGATION, NEXT, REDIRECT
from visualizer.lessons.outcomes import named, outcome_in_short
from visualizer.lessons.reading import Reading, detail
from visualizer.lessons.wording import clip, counted, duration

_BODIES = {
    "application/json": "JSON",
    "text/css": "CSS",
    "text/javascript": "script",
    "application/javascript": "script",
    "text/plain": "plain text",
}
_FOLDERS = {"image": "image", "font": "font", "video": "video", "audio": "audio"}
_NODES_WITH_A_TEMPLATE = ("template", "extends", "include", "import", "inclusion")


class Shown(Protocol):
    """What a row needs of a recorder's Trace."""

    id: str

    @property
    def finished(self) -> bool: ...

    def as_dict(self) -> dict[str, Any]: ...


# A finished trace tells the same each time, and reading one takes as long as making it did.
_read: weakref.WeakKeyDictionary[Shown, tuple[Link | None, dict[str, Any]]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def known_row(trace: Shown, link: Link | None) -> dict[str, Any]:
    """The same as `row_context`, read once of a trace that has finished."""
    with _lock:
        known = _read.get(trace)
    if known is not None and known[0] == link:
        return known[1]
    row, is_final = row_context(trace, link), trace.finished
    if is_final and row["outcome"] != "running":
        with _lock:
            _read[trace] = (link, row)
    return row


def row_context(trace: Shown, link: Link | None = None) -> dict[str, Any]:
    """What `visualizer/list/row.html` needs as `row`, of a request that may still be running; `link` led to it."""
    reading = Reading(trace.as_dict())
    request, status = reading.trace["request"], (reading.trace.get("response") or {}).get("status")
    outcome, took = reading.trace["outcome"], reading.trace["duration_ns"]
    kind = outcome["kind"]
    return {
        "id": trace.id,
        "outcome": kind or "running",
        "status": str(status) if status else "···" if kind is None else "none",
        "status_number": status,
        "status_class": f"s{status // 100}" if status else "s0",
        "method": request["method"],
        "path": request["path"] + (f"?{request['query_string']}" if request["query_string"] else ""),
        "duration": duration(took) if took is not None else "",
        "ms": took / 1_000_000 if took is not None else None,
        "queries": _queries(reading),
        "by": named(reading, str(outcome["by"] or "")),
        "started_at": reading.trace["started_at"],
        "small": [request["method"], *_small(reading, link)],
        "is_linked": link is not None and link.kind != NAVIGATION,
    }


def _small(reading: Reading, link: Link | None) -> Iterator[str]:
    """What is worth a word besides status, path and time: how it ended if not well, what led to it, how much work."""
    led_by = clip(link.said, 80) if link and link.kind in (REDIRECT, NEXT) else _started_by(reading, link)
    yield from filter(None, (outcome_in_short(reading), led_by, _leads_to(reading), _body(reading)))
    if queries := _queries(reading):
        yield f"{counted(queries, 'query', 'queries')}{_kind_of_queries(reading)}"
    templates = {e["name"] for e in reading.of_kind("template") if detail(e).get("node") in _NODES_WITH_A_TEMPLATE}
    if templates:
        yield counted(len(templates), "template")


def _queries(reading: Reading) -> int:
    return len(reading.of_kind("database")) + reading.omitted("database")


def _kind_of_queries(reading: Reading) -> str:
    """Whether they are of the kind that grows with the data, as far as can be told while the request runs."""
    return ", N+1" if reading.once(query_findings).n_plus_ones else ""


def _leads_to(reading: Reading) -> str:
    response = reading.trace.get("response") or {}
    location = _header(response.get("headers"), "location")
    return f"to {clip(location, 60)}" if location and 300 <= response["status"] < 400 else ""


def _body(reading: Reading) -> str:
    """What came, if it is not a page."""
    content_type = str((reading.trace.get("response") or {}).get("content_type") or "").partition(";")[0].strip()
    return _BODIES.get(content_type) or _FOLDERS.get(content_type.partition("/")[0], "")


def _started_by(reading: Reading, link: Link | None) -> str:
    """The page that made the browser send this, where the browser says that nobody navigated to it.

    It says the page's address, whichever request it was that brought the page.
    """
    if link is not None and link.kind == HTMX:
        return f"started through htmx by {clip(link.cause.address, 60)}"
    headers = reading.trace["request"]["headers"]
    mode, referer = _header(headers, "sec-fetch-mode"), _header(headers, "referer")
    return f"for {clip(urlsplit(referer).path, 60)}" if referer and mode not in ("", "navigate") else ""


def _header(headers: list[list[str]] | None, name: str) -> str:
    return next((value for key, value in headers or [] if key.lower() == name), "")
