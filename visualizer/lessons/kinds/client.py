"""The client's request, and the browser's own report of its two ends."""

from collections.abc import Mapping
from typing import Any

from visualizer.lessons.packing import is_packed_in_parts
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import clip, counted, duration, listed, sentences, size

_ESTIMATED = "The browser's clock and the server's do not agree, so the place of this on the time line is an estimate"


def sentence(reading: Reading, event: Event) -> str:
    """What the client sent, or what the browser measured."""
    facts = detail(event)
    if event["name"] != "browser":
        asked = f"{facts['method']} {facts.get('path')}" if facts.get("method") else event["name"]
        return _asked(facts, asked)
    said = _waited(facts) if event["stage"] == "client_request" else _received(reading, facts)
    return sentences(*said, _ESTIMATED if facts.get("clock") == "estimated" else "")


def _asked(facts: Mapping[str, Any], asked: str) -> str:
    carried = [counted(facts["headers"], "header")] if facts.get("headers") is not None else []
    if facts.get("cookies"):
        carried.append(f"the {'cookie' if len(facts['cookies']) == 1 else 'cookies'} {listed(facts['cookies'])}")
    body = facts.get("body_bytes")
    if body is not None:
        carried.append(f"a body of {size(body)}" if body else "no body")
    return sentences(f"The client sends {clip(asked, 120)}" + (f" with {listed(carried)}" if carried else ""))


def _waited(facts: Mapping[str, Any]) -> list[str]:
    parts = []
    if facts.get("queued_ns") is not None:
        parts.append(f"kept the request in its queue for {duration(facts['queued_ns'])}")
    if facts.get("connect_ns"):
        parts.append(f"took {duration(facts['connect_ns'])} to connect")
    elif facts.get("connect_ns") == 0:
        parts.append("used a connection that was open already")
    protocol = f" over {facts['protocol']}" if facts.get("protocol") else ""
    return [f"The browser {listed(parts)}, then sent it{protocol}" if parts else f"The browser sent it{protocol}"]


def _received(reading: Reading, facts: Mapping[str, Any]) -> list[str]:
    shown = f"It shows {clip(facts['rendered'], 160)}" if facts.get("rendered") else ""
    in_parts = "GZipMiddleware compressed each part by itself, of which browsers unpack only the first"
    return [_timing(facts), _volume(facts), in_parts if is_packed_in_parts(reading) else "", shown, _started(facts)]


def _timing(facts: Mapping[str, Any]) -> str:
    if facts.get("first_byte_ns") is None:
        return "The browser has the response"
    download = (
        f", and the rest after {duration(facts['download_ns'])} more" if facts.get("download_ns") is not None else ""
    )
    return f"The browser got the first byte after {duration(facts['first_byte_ns'])}{download}"


def _volume(facts: Mapping[str, Any]) -> str:
    body, decoded = facts.get("body_bytes"), facts.get("decoded_bytes")
    if not body:
        return ""
    if decoded and decoded != body:
        return f"The body came as {size(body)} and is {size(decoded)} once unpacked"
    return f"The body is {size(body)}"


def _started(facts: Mapping[str, Any]) -> str:
    started = facts.get("subrequests") or []
    return f"The page started {counted(len(started), 'further request')}" if started else ""
