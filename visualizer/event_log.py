"""The public events of one trace, each kept as its JSON: a tenth of the memory of dicts, and nothing for the collector.

Secrets are replaced before an event is kept.
"""

import json
from typing import Any

import orjson

from visualizer.redaction import CUT, safe_text, scrub

Event = dict[str, Any]


class EventLog:
    """Events in the order of their numbers, from 0."""

    __slots__ = ("_count", "_written")

    def __init__(self) -> None:
        self._count = 0
        # Pieces of JSON, each with how many events it holds.
        self._written: list[tuple[int, bytes]] = []

    def __len__(self) -> int:
        return self._count

    def extend(self, events: list[Event], secrets: frozenset[str]) -> None:
        """Keep events without these secrets."""
        if not events:
            return
        written = _write(events)
        # One look tells that there is nothing to replace, which is the rule.
        needles = [CUT, *(_write(secret)[1:-1] for secret in secrets)] if secrets else []
        if any(needle in written for needle in needles):
            written = _write(scrub(json.loads(written), secrets))
        self._written.append((len(events), written[1:-1]))
        self._count += len(events)

    def read(self, start: int = 0) -> list[Event]:
        """The events from number `start` on, as dicts of the reader's own."""
        first, wanted = self._count, []
        for count, written in reversed(self._written):
            if first <= start:
                break
            first -= count
            wanted.append(written)
        return _read(wanted[::-1])[start - first :] if wanted else []

    def as_json(self, head: Event) -> bytes:
        """A trace object as JSON, its `head` and these events as they are kept: no objects are made of them."""
        return _write(head)[:-1] + b',"events":[' + b",".join([written for _, written in self._written]) + b"]}"

    def pack(self) -> None:
        """Put what is kept so far into one piece of memory."""
        if len(self._written) > 1:
            self._written = [(self._count, b",".join([written for _, written in self._written]))]


def _read(written: list[bytes]) -> list[Event]:
    events: list[Event] = orjson.loads(b"[" + b",".join(written) + b"]")
    return events


def _write(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    # Lone surrogates, huge numbers, a value that a describe function should not have handed out: the slow way.
    except TypeError:
        text = json.dumps(value, default=safe_text, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")
