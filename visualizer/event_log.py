"""The public events of one trace, each kept as its JSON: a tenth of the memory of dicts, and nothing for the collector.

Secrets are replaced before an event is kept.
"""

import json
from collections.abc import Iterable
from typing import Any

import orjson

from visualizer.redaction import CUT, safe_text, scrub

Event = dict[str, Any]


class EventLog:
    """Events in the order of their numbers, from 0."""

    __slots__ = ("_packed", "_packed_count", "_written")

    def __init__(self) -> None:
        self._packed, self._packed_count = b"", 0
        self._written: list[bytes] = []

    def __len__(self) -> int:
        return self._packed_count + len(self._written)

    def extend(self, events: Iterable[Event], secrets: frozenset[str]) -> None:
        """Keep events without these secrets."""
        needles = [CUT, *(_write(secret)[1:-1] for secret in secrets)] if secrets else []
        for event in events:
            written = _write(event)
            for needle in needles:
                if needle in written:
                    written = _write(scrub([json.loads(written)], secrets)[0])
                    break
            self._written.append(written)

    def read(self, start: int = 0) -> list[Event]:
        """The events from number `start` on, as dicts of the reader's own."""
        if start >= self._packed_count:
            return _read(self._written[start - self._packed_count :])
        return _read([self._packed, *self._written])[start:]

    def pack(self) -> None:
        """Put what is kept so far into one piece of memory: orjson leaves 4 kB to each of its texts, however short."""
        if self._written:
            self._packed_count = len(self)
            self._packed = b",".join(filter(None, [self._packed, *self._written]))
            self._written = []


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
