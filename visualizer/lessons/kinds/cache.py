"""One question to a cache, or one value put into it."""

from collections.abc import Mapping
from typing import Any

from visualizer.lessons.kinds.database import asked_by
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import clip, counted, duration, error_said, sentences

_ASKED = {
    "get": "asked for {what}",
    "get_many": "asked for {what}",
    "has_key": "asked whether it has {what}",
    "set": "given a value for {what}",
    "set_many": "given values for {what}",
    "add": "given a value for {what}, to be kept only if there is none",
    "delete": "told to forget {what}",
    "delete_many": "told to forget {what}",
    "touch": "told to keep {what} for another time",
    "incr": "told to count up {what}",
    "decr": "told to count down {what}",
    "clear": "told to forget everything",
}
_DONE = {
    "add": ("There was none, so it is kept", "There was one already, which stays"),
    "delete": ("It was there", "It was not there"),
    "touch": ("It was there", "It was not there"),
}


def sentence(reading: Reading, event: Event) -> str:
    """What the cache is asked, by which line, and what came of it."""
    opened = reading.enter(event) or event
    facts = detail(opened)
    asked = _ASKED.get(plain(str(event["name"])), f"asked to {event['name']} {{what}}").replace("{what}", _what(facts))
    by = f"; {asked_by(opened)} asked for it" if asked_by(opened) else ""
    cache = f"The cache {facts['alias']}" if facts.get("alias") else "A cache"
    return sentences(f"{cache} is {asked}{_kept(facts)}{by}", _outcome(reading, opened))


def plain(name: str) -> str:
    """The operation's name without the letter of its async twin."""
    return name[1:] if name[:1] == "a" and name[1:] in _ASKED else name


def _what(facts: Mapping[str, Any]) -> str:
    if facts.get("key") is not None:
        return clip(str(facts["key"]))
    return counted(facts["keys"], "key") if facts.get("keys") is not None else "several keys"


def _kept(facts: Mapping[str, Any]) -> str:
    timeout = facts.get("timeout")
    words = {None: "", "default": ", for its default time", "never": ", without end"}
    return words.get(timeout, f", for {timeout}")


def _outcome(reading: Reading, opened: Event) -> str:
    closed, took = reading.exit(opened), reading.duration_ns(opened)
    if closed is None or took is None:
        return f"It {reading.unclosed_said}"
    facts = detail(closed)
    if facts.get("error"):
        return f"It fails after {duration(took)}: {error_said(facts['error'])}"
    answer = _answer(plain(str(opened["name"])), facts)
    return f"{answer}; it took {duration(took)}" if answer else f"It took {duration(took)}"


def _answer(name: str, facts: Mapping[str, Any]) -> str:
    if facts.get("hit") is not None:
        miss = "A miss: the default came back" if name == "get" else "A miss: it is not there"
        return "A hit: it was there" if facts["hit"] else miss
    if facts.get("hits") is not None:
        return f"{facts['hits']:,} of them {'was' if facts['hits'] == 1 else 'were'} there"
    if facts.get("failed"):
        return f"{counted(facts['failed'], 'key')} could not be stored"
    if name in _DONE and facts.get("done") is not None:
        return _DONE[name][0 if facts["done"] else 1]
    return ""
