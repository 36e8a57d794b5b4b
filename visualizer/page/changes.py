"""What a step changed, as a diff: what was added, what changed from what to what, and what was removed."""

import re
from collections import Counter
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import listed

_SIGNS = {"add": ("+", "added"), "change": ("~", "changed"), "remove": ("−", "removed")}
_ORDER = ("change", "add", "remove")
# Texts that are less alike have nothing in common worth showing.
_ALIKE = 0.2

Part = tuple[bool, str]
"""Whether the other text lacks it, and the text."""


def changes_of(reading: Reading, event: Event) -> list[dict[str, Any]]:
    """`{op, sign, word, what, was, value, was_parts, value_parts}` of each change, in the order of recording."""
    source = event
    if event["kind"] == "middleware" and event["phase"] == "enter":
        source = reading.moment(event, "passed_on") or event
    return [_change(change) for change in detail(source).get("changed") or []]


def changes_said(changes: list[dict[str, Any]]) -> str:
    """How many of each sort: 1 changed, 2 added."""
    counts = Counter(change["op"] for change in changes)
    return listed([f"{counts[op]} {_SIGNS[op][1]}" for op in _ORDER if counts[op]])


def _change(change: Mapping[str, Any]) -> dict[str, Any]:
    op = str(change.get("op"))
    sign, word = _SIGNS.get(op, _SIGNS["change"])
    was, value = change.get("was"), change.get("value")
    was_parts, value_parts = _compared(was, value)
    return {
        "op": op if op in _SIGNS else "change",
        "sign": sign,
        "word": word,
        "what": change.get("what"),
        "value": value,
        "was": was,
        "was_parts": was_parts,
        "value_parts": value_parts,
    }


def _compared(was: Any, value: Any) -> tuple[list[Part], list[Part]]:
    """Both texts in parts, word by word; one part each where there is only one, or they have little in common."""
    if was is None or value is None:
        return _whole(was), _whole(value)
    old, new = _words(str(was)), _words(str(value))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return _whole(was), _whole(value)
    found: tuple[list[Part], list[Part]] = ([], [])
    for op, i1, i2, j1, j2 in matcher.get_opcodes():
        for parts, text in zip(found, ("".join(old[i1:i2]), "".join(new[j1:j2])), strict=True):
            if text:
                parts.append((op != "equal", text))
    return found


def _whole(text: Any) -> list[Part]:
    return [] if text is None else [(False, str(text))]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|\s+|[^\w\s]", text)
