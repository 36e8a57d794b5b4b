"""What goes over the live socket: JSON texts, each encoded once for all watchers. No state, no Django.

To the page:
- `{"type": "hello", "n", "process", "traces": [head, ...]}`: the latest frame's number, and what is running now. A
  trace named here may come again in a `begin`.
- `{"type": "frame", "n", "items": [...]}`: numbered without gaps. An item is `{"begin": head}`, `{"trace": id,
  "events": [...]}` or `{"end": head}`, a head being the trace object without its events. A finished trace may get
  more events and another `end` when its browser reports.
- `{"type": "rows", "content", "target", "swap"}`: HTML for the list of requests, in the shape of htmx's `ws` extension.
  The page gathers them and swaps many at once: a swap for each would lay the list out a hundred times a second.
- `{"type": "resync", "n"}`: frames up to `n` that the page has not got will not come; it reloads what it shows.

From the page: `{"ack": n}` confirms all frames up to `n`, `{"again": [first, last]}` asks for frames once more.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

MAX_FRAME_BYTES = 256 * 1024
"""No frame is as long as this. Daphne closes a socket on which a message exceeds 1 MiB."""

_ENVELOPE_BYTES = 64
_MAX_BODY_BYTES = MAX_FRAME_BYTES - _ENVELOPE_BYTES

Item = dict[str, Any]


def encode(value: Any) -> bytes:
    """A value as JSON. What orjson refuses (lone surrogates, huge integers) takes the slow way, not the way out."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), default=_name_type).encode()


def encode_item(item: Item) -> list[bytes]:
    """A frame's item as JSON; several items where one would not fit into a frame."""
    body = encode(item)
    if len(body) <= _MAX_BODY_BYTES:
        return [body]
    events = item.get("events", ())
    if len(events) > 1:
        middle = len(events) // 2
        halves = events[:middle], events[middle:]
        return [part for half in halves for part in encode_item({**item, "events": half})]
    return [encode(_without_content(item, len(body)))]


def pack(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Join encoded items with commas into as few bodies of frames as the limit allows."""
    body: list[bytes] = []
    size = 0
    for part in parts:
        if body and size + len(part) + 1 > _MAX_BODY_BYTES:
            yield b",".join(body)
            body, size = [], 0
        body.append(part)
        size += len(part) + 1
    if body:
        yield b",".join(body)


def frame(n: int, body: bytes) -> str:
    """The text of frame number `n`."""
    return f'{{"type":"frame","n":{n},"items":[{body.decode()}]}}'


def hello(n: int, process: dict[str, Any], traces: list[dict[str, Any]]) -> str:
    """The first message to a watcher: the latest frame's number, and what is running now."""
    return encode({"type": "hello", "n": n, "process": process, "traces": traces}).decode()


def resync(n: int) -> str:
    """The message to a watcher that missed frames which are no longer kept."""
    return f'{{"type":"resync","n":{n}}}'


def row_added(html: str) -> str:
    """A request's row, to be put on top of the list."""
    return _row(html, "#requests", "afterbegin")


def row_replaced(html: str, trace_id: str) -> str:
    """A request's row, to take the place of its former one."""
    return _row(html, f"#trace-{trace_id}", "outerHTML")


def _row(html: str, target: str, swap: str) -> str:
    return encode({"type": "rows", "content": html, "target": target, "swap": swap}).decode()


def _without_content(item: Item, size: int) -> Item:
    # One event or head alone is over the limit: say so instead of sending it; the trace's own JSON has it.
    if "events" in item:
        event = item["events"][0]
        return {**item, "events": [{**event, "detail": {"too_large_bytes": size}}]}
    return {name: {"id": head["id"], "too_large_bytes": size} for name, head in item.items()}


def _name_type(value: object) -> str:
    return f"({type(value).__name__})"
