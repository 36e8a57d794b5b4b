"""The URL resolver: which patterns were tried, which matched, and with what."""

from collections.abc import Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import capital, clip, counted, error_said, listed, sentences, short


def sentence(reading: Reading, event: Event) -> str:
    """The match and what was captured, or how many patterns failed."""
    if reading.exit(event) is None:
        return sentences(f"Django looks for a pattern that matches {clip(event['name'])}")
    found = reading.leaving(event)
    failed = failed_patterns(found)
    if found.get("matched"):
        return sentences(_matched(found, failed), _leads_to(found), _other_urlconf(reading, event, found))
    if found.get("error") and not str(found["error"].get("type", "")).endswith("404"):
        return sentences(f"Resolving {clip(event['name'])} ends with {error_said(found['error'])}")
    none = f"None of the {failed:,} patterns tried matches" if failed != 1 else "The one pattern tried does not match"
    near = close_in_a_sentence(found.get("close") or {})
    return sentences(
        f"{none} {clip(event['name'])}", near, "There is no view to call", _other_urlconf(reading, event, found)
    )


def failed_patterns(found: Mapping[str, Any]) -> int:
    """How many patterns were tried and did not match."""
    told = sum(1 for pattern in found.get("tried") or [] if not pattern.get("matched"))
    return told + int(found.get("tried_omitted") or 0)


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


def close_said(close: Mapping[str, Any]) -> str:
    """What came closest to a path that nothing matched; empty if nothing did."""
    slash, nearest = close.get("slash"), close.get("nearest") or []
    if slash:
        end = "with a slash at its end" if str(slash["path"]).endswith("/") else "without the slash at its end"
        return f"{end} {_pattern(slash)} {'would' if slash.get('is_sure') else 'may'} match it"
    if not nearest:
        return ""
    would = nearest[0].get("would_match")
    return f"{_pattern(nearest[0])} came closest" + (f": it would match {clip(str(would))}" if would else "")


def close_in_a_sentence(close: Mapping[str, Any]) -> str:
    """The same with a capital, unless it begins with a pattern."""
    said = close_said(close)
    return capital(said) if close.get("slash") else said


def _pattern(facts: Mapping[str, Any]) -> str:
    return clip(str(facts["pattern"])) or "the empty pattern"


def _other_urlconf(reading: Reading, event: Event, found: Mapping[str, Any]) -> str:
    if found.get("is_root") is not False:
        return ""
    by = who_set_urlconf(reading, event)
    return f"It looked in {found.get('urlconf')}, not in ROOT_URLCONF: " + (
        f"{by} set request.urlconf" if by else "request.urlconf said so"
    )


def who_set_urlconf(reading: Reading, event: Event) -> str:
    """The layer of the middleware that set `request.urlconf`, if one was seen to do it."""
    earlier = (layer for layer in reading.of_kind("middleware") if layer["seq"] < event["seq"])
    setters = [
        short(layer["name"])
        for layer in earlier
        for change in detail(layer).get("changed") or []
        if change.get("what") == "request.urlconf" and change.get("op") != "remove"
    ]
    return setters[-1] if setters else ""


def why_failed(tried: Mapping[str, Any]) -> str:
    """Why one pattern did not match, as far as it is known."""
    if tried.get("why") == "not_asked":
        return "not known: a pattern of the project's own kind is not asked again"
    if tried.get("why") == "converter":
        return _refused(tried.get("refusal"), tried.get("refused_by") or [])
    if tried.get("stood_for"):
        return f"the path does not begin with {tried['stood_for']}"
    return "no match"


def _refused(how: Any, by: list[Mapping[str, Any]]) -> str:
    if not by:
        return "its text matches, but a converter said no"
    names = listed([f"{each['converter']} ({clip(str(each['value']), 40)!r})" for each in by])
    if how == "asked_again":
        return f"its converter {names} said no"
    if how == "only_one":
        return f"its converter {names} said no: nothing else could, it was not asked again"
    return f"one of its converters {names} said no; they were not asked again"
