"""The URL resolver: which patterns were tried, which matched, and with what."""

from collections.abc import Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading
from visualizer.lessons.wording import clip, counted, error_said, listed, sentences, short


def sentence(reading: Reading, event: Event) -> str:
    """The match and what was captured, or how many patterns failed."""
    if reading.exit(event) is None:
        return sentences(f"Django looks for a pattern that matches {clip(event['name'])}")
    found = reading.leaving(event)
    failed = failed_patterns(found)
    if found.get("matched"):
        return sentences(_matched(found, failed), _leads_to(found))
    if found.get("error") and not str(found["error"].get("type", "")).endswith("404"):
        return sentences(f"Resolving {clip(event['name'])} ends with {error_said(found['error'])}")
    none = f"None of the {failed:,} patterns tried matches" if failed != 1 else "The one pattern tried does not match"
    return sentences(f"{none} {clip(event['name'])}", "There is no view to call")


def failed_patterns(found: Mapping[str, Any]) -> int:
    """How many patterns were tried and did not match."""
    return sum(1 for pattern in found.get("tried") or [] if not pattern.get("matched"))


def _matched(found: Mapping[str, Any], failed: int) -> str:
    route = clip(str(found.get("route") or "")) or "The empty pattern"
    after = f"after {counted(failed, 'pattern')} that did not" if failed else "as the first pattern tried"
    return f"{route} matches {after}"


def _captured(item: Mapping[str, Any]) -> str:
    value = clip(str(item.get("value")), 40)
    return f"{item.get('name')} = {value!r}" if item.get("type") == "str" else f"{item.get('name')} = {value}"


def _leads_to(found: Mapping[str, Any]) -> str:
    captured = [_captured(item) for item in found.get("captured") or []]
    leads_to = f"It leads to the view {short(str(found['view']))}" if found.get("view") else "It leads to a view"
    return f"{leads_to}, with {listed(captured)}" if captured else leads_to
