"""What a middleware changed, as parts of a sentence: "adds request.user and the header Vary"."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from visualizer.lessons.wording import clip, listed, size

Change = Mapping[str, Any]
_VERBS = {"add": "adds", "change": "changes", "remove": "removes"}
# What Django keeps on the request once somebody has looked at the lazy attribute.
_EVALUATED = {"request._cached_user": "request.user", "request._acached_user": "request.auser"}
_FIRST_READ = "read for the first time"
_PHRASES = {"header": ("the header ", "the headers "), "cookie": ("the cookie ", "the cookies ")}


def changes_said(changes: Iterable[Change]) -> str:
    """All changes as one phrase without a subject; empty if there are none."""
    changes = list(changes)
    said = [phrase for change in changes if (phrase := _told_apart(change))]
    read = [change for change in changes if change.get("value") == _FIRST_READ]
    plain = [change for change in changes if change not in read and not _told_apart(change)]
    said += [f"reads {_names(read)} for the first time"] if read else []
    for op, verb in _VERBS.items():
        names = _names([change for change in plain if change.get("op") == op])
        if names:
            said.append(f"{verb} {names}")
    return listed(said, limit=6)


def body_sizes(change: Change) -> tuple[int, int] | None:
    """The body's bytes before and after, if the change tells both."""
    found = [re.search(r"\d[\d,]*", str(change.get(key) or "")) for key in ("was", "value")]
    if change.get("what") != "body" or not all(found):
        return None
    before, after = (int(match.group().replace(",", "")) for match in found if match)
    return before, after


def _told_apart(change: Change) -> str:
    """What deserves its own words; a status and a body are told with what they were and are."""
    if change.get("op") == "add" and change.get("what") in _EVALUATED:
        return f"evaluates {_EVALUATED[change['what']]}"
    if change.get("what") == "status" and change.get("op") == "change":
        return f"turns the status {change.get('was')} into {change.get('value')}"
    sizes = body_sizes(change)
    if sizes is None:
        return ""
    before, after = sizes
    verb = "shrinks" if after < before else "lengthens"
    return f"{verb} the body from {size(before)} to {size(after)}"


def _names(changes: list[Change]) -> str:
    """The names of changes, headers and cookies each behind one noun."""
    groups: dict[str, list[str]] = {"": [], "header": [], "cookie": []}
    for change in changes:
        noun, _, name = str(change.get("what", "")).partition(" ")
        known = noun in _PHRASES and name
        groups[noun if known else ""].append(clip(name if known else str(change.get("what")), 60))
    return listed([_behind_noun(noun, names) for noun, names in groups.items() if names])


def _behind_noun(noun: str, names: list[str]) -> str:
    one, many = _PHRASES.get(noun, ("", ""))
    return (one if len(names) == 1 else many) + listed(names)
