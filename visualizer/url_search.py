"""The URL resolver's search as it went: the patterns in order, nested as their `include`s are, and why each failed.

Worked out after the response from Django's own list of what it tried. Only Django's own patterns and converters are
asked again; what the project made itself is its code, and is not called.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from types import ModuleType
from typing import Any

from django.urls import converters as django_converters
from django.urls.resolvers import LocalePrefixPattern, RegexPattern, RoutePattern, URLPattern, URLResolver
from django.utils import translation

from visualizer.redaction import cut, safe_value

Facts = dict[str, Any]
Patterns = Sequence[Any]

_NEVER_REFUSE = {
    django_converters.StringConverter,
    django_converters.SlugConverter,
    django_converters.PathConverter,
}
_DJANGOS_CONVERTERS = _NEVER_REFUSE | {django_converters.IntConverter, django_converters.UUIDConverter}
_MOST_TOLD = 1_000
# As in `django.urls.resolvers`.
_CAPTURES = re.compile(r"<(?:([^>:]+):)?([^>]+)>")
DJANGOS_PATTERNS = (RoutePattern, RegexPattern, LocalePrefixPattern)


def in_language(language: str | None, function: Callable[..., Facts], *args: Any) -> Facts:
    """Call a function where this language is the active one, as it was for the request."""
    if translation.get_language() == language:
        return function(*args)
    return copy_context().run(_activate_and_call, language, function, *args)


def _activate_and_call(language: str | None, function: Callable[..., Facts], *args: Any) -> Facts:
    # What is activated in a copied context ends with it.
    if language is None:
        translation.deactivate_all()
    else:
        translation.activate(language)
    return function(*args)


def search_facts(path: str, tried: Sequence[Patterns], is_match: bool) -> Facts:
    """`{tried, includes}` of docs/trace-format.md, and `tried_omitted` where there were too many to tell.

    `tried` is Django's own list, which ends with a match.
    """
    search, count = _Search(path), len(tried)
    told = list(tried) if count <= _MOST_TOLD else [*tried[: _MOST_TOLD - 1], tried[-1]]
    rows = [search.tell(patterns, is_match and number == len(told)) for number, patterns in enumerate(told, 1)]
    facts = {"tried": rows, "includes": search.includes}
    return {**facts, "tried_omitted": count - len(told)} if count > len(told) else facts


class _Search:
    """Follows the list of what was tried, and keeps the `include`s that it is inside of."""

    def __init__(self, path: str) -> None:
        self.includes: list[Facts] = []
        self._path = path.removeprefix("/")
        # The resolvers around the pattern, with their number and what was left of the path behind each.
        self._around: list[tuple[Any, int, str | None]] = []

    def tell(self, patterns: Patterns, matched: bool) -> Facts:
        """One thing that was tried: the patterns from the outermost `include` to the innermost, joined."""
        *outer, last = patterns
        self._go_into(outer)
        text = cut("".join(pattern_text(item.pattern) for item in patterns))
        facts = {"pattern": text, "name": _name_of(last), "matched": matched, "include": self._number}
        facts |= _prefix_facts(last) | ({"is_include": True} if isinstance(last, URLResolver) else {})
        return facts | ({} if matched else _reason(last, self._left))

    def _go_into(self, outer: Sequence[Any]) -> None:
        same = 0
        while same < min(len(outer), len(self._around)) and outer[same] is self._around[same][0]:
            same += 1
        del self._around[same:]
        for depth in range(same, len(outer)):
            left, resolver = self._left, outer[depth]
            self.includes.append(_include_facts(outer[: depth + 1], self._number))
            self._around.append((resolver, len(self.includes) - 1, rest_of(resolver.pattern, left)))

    @property
    def _number(self) -> int | None:
        return self._around[-1][1] if self._around else None

    @property
    def _left(self) -> str | None:
        return self._around[-1][2] if self._around else self._path


def _include_facts(resolvers: Sequence[Any], within: int | None) -> Facts:
    last, held = resolvers[-1], vars(resolvers[-1])
    urlconf, namespace = held.get("urlconf_name"), held.get("namespace")
    name = urlconf.__name__ if isinstance(urlconf, ModuleType) else urlconf
    return {
        "pattern": cut("".join(pattern_text(item.pattern) for item in resolvers)),
        "include": within,
        "urlconf": name if type(name) is str else None,
        "namespace": namespace if type(namespace) is str else None,
        **_prefix_facts(last),
    }


def _prefix_facts(item: Any) -> Facts:
    return {"stood_for": item.pattern.language_prefix} if type(item.pattern) is LocalePrefixPattern else {}


def pattern_text(pattern: Any) -> str:
    """A pattern's text; `str(pattern)` may be the application's own code."""
    if isinstance(pattern, RoutePattern):
        return str(vars(pattern)["_route"])
    if isinstance(pattern, RegexPattern):
        return str(vars(pattern)["_regex"])
    if isinstance(pattern, LocalePrefixPattern):
        return "<language>/"
    return f"<{type(pattern).__name__}>"


def _name_of(item: Any) -> str | None:
    name = getattr(item, "name", None)
    return name if type(name) is str else None


def rest_of(pattern: Any, path: str | None) -> str | None:
    """What a pattern's expression leaves of a path; None if it does not match, or is the project's own kind."""
    if path is None or type(pattern) not in DJANGOS_PATTERNS:
        return None
    if type(pattern) is RoutePattern:
        # Its own `match` would call the converters.
        match = pattern.regex.search(path)
        return path[match.end() :] if match else None
    found = pattern.match(path)
    return str(found[0]) if found else None


def has_own_converter(pattern: Any) -> bool:
    """Whether a converter of the project's has a say in what this pattern matches."""
    return any(type(converter) not in _DJANGOS_CONVERTERS for converter in pattern.converters.values())


# Why a pattern failed: `no_match` (its text), `converter` (what it captured was refused), `not_asked`.


def _reason(item: Any, path: str | None) -> Facts:
    is_own = type(item) not in (URLPattern, URLResolver) or type(item.pattern) not in DJANGOS_PATTERNS
    if is_own or path is None:
        return {"why": "not_asked"}
    if type(item.pattern) is RoutePattern and any(map(_may_refuse, item.pattern.converters.values())):
        match = item.pattern.regex.search(path)
        if match:
            return {"why": "converter", **_refusal(item.pattern, match.groupdict())}
    return {"why": "no_match"}


def _may_refuse(converter: Any) -> bool:
    return type(converter) not in _NEVER_REFUSE


def _refusal(pattern: Any, captured: dict[str, str]) -> Facts:
    """Who refused, `refused_by: [{converter, name, value}]`, and how that is known, `refusal`."""
    named = {name: converter or "str" for converter, name in _CAPTURES.findall(str(vars(pattern)["_route"]))}
    for told, names in _suspects(pattern.converters, captured):
        if names:
            refused = [
                {"converter": cut(named.get(name, "str")), "name": name, "value": safe_value(name, captured[name])}
                for name in names
            ]
            return {"refusal": told, "refused_by": refused}
    return {}


def _suspects(converters: dict[str, Any], captured: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Django's own say it again when asked. Where none does, it was the project's: surely so if there is but one."""
    djangos = [name for name in captured if type(converters[name]) in _DJANGOS_CONVERTERS]
    yield "asked_again", [name for name in djangos if _refuses(converters[name], captured[name])][:1]
    own = [name for name in captured if name not in djangos]
    yield "only_one" if len(own) == 1 else "one_of", own


def _refuses(converter: Any, value: str) -> bool:
    try:
        converter.to_python(value)
    except ValueError:
        return True
    return False
