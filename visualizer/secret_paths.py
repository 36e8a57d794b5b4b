"""Secrets in the paths of URLs: what a route of the project captures under a secret's name, as in `reset/<token>/`.

The routes are read out of the URLconf, as a request's path is told before the resolver has run. Nothing is imported
for it and nothing resolved: only texts are read that Django has read before.
"""

import itertools
import re
import sys
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings
from django.urls.resolvers import LocalePrefixPattern, RegexPattern, RoutePattern, URLResolver

from visualizer.secret_names import HIDDEN, is_hidden

_MOST_ROUTES = 5_000
_GROUP = re.compile(r"\(\?P<(?P<name>\w+)>")
_CAPTURED = re.compile(r"<(?:[^>:]*:)?([^>]+)>")
_END = re.compile(r"(?:\$|\\[Zz])$")
_LANGUAGE = r"(?:[\w-]+/)?"
_ANYTHING = r"[^?#\s]*?"
# Where the path of a URL ends, in a text of whatever kind.
_ENDS_HERE = r"""(?=[?#\s"'<>,;)\]]|$)"""
# A text that is a path, a URL, or a method and one of the two.
_WHOLE = re.compile(r"(?:[A-Z]+ )?(?:[a-z]+:)?(?://[^/?#\s]*)?(?=/)")


class _Route:
    """A pattern together with those of the `include`s around it; `is_whole` if nothing comes after it."""

    def __init__(self, patterns: tuple[Any, ...], is_whole: bool) -> None:
        self.patterns, self.is_whole = patterns, is_whole

    @cached_property
    def source(self) -> str | None:
        try:
            return "".join(map(_source, self.patterns))
        # A pattern that is of no use to Django either, or one of the project's own kind.
        except Exception:
            return None

    @cached_property
    def expression(self) -> re.Pattern[str] | None:
        """The path with its first slash; secrets are its only groups with names. None if it cannot be told."""
        if self.source is None:
            return None
        numbers = itertools.count()
        source = _GROUP.sub(lambda group: f"(?P<secret_{next(numbers)}>" if is_hidden(group[1]) else "(", self.source)
        try:
            return re.compile("/" + source + (_ENDS_HERE if self.is_whole else ""))
        except re.error:
            return None

    @property
    def begins_with_text(self) -> bool:
        """Whether it can be recognised in the middle of a text."""
        return re.match(r"[\w-]", (self.source or "").removeprefix(_LANGUAGE)) is not None


def _captures_secret(pattern: Any) -> bool:
    return any(is_hidden(name) for name in _names(pattern))


def _names(pattern: Any) -> list[str]:
    if isinstance(pattern, RoutePattern):
        return _CAPTURED.findall(_text(pattern, "_route") or "")
    return _GROUP.findall(_text(pattern, "_regex") or "") if isinstance(pattern, RegexPattern) else []


def _text(pattern: Any, name: str) -> str | None:
    # A translated route is another text in each language.
    value = vars(pattern).get(name)
    return value if type(value) is str else None


def _source(pattern: Any) -> str:
    if isinstance(pattern, LocalePrefixPattern):
        return _LANGUAGE
    text = _text(pattern, "_route" if isinstance(pattern, RoutePattern) else "_regex")
    if text is None:
        return _ANYTHING
    return _END.sub("", str(pattern.regex.pattern).removeprefix("^")) if text else ""


class _Table(NamedTuple):
    """The routes of one URLconf in order, and the numbers of those that capture a secret."""

    patterns: Any
    routes: list[_Route]
    secret: list[int]


# Replaced as a whole: others read them meanwhile. The second is what is looked at for every text.
_tables: dict[str, _Table] = {}
_secret_routes: list[tuple[list[_Route], int]] = []


def learn_routes(urlconf: Any = None) -> None:
    """Read the routes of a URLconf, by default of ROOT_URLCONF, if it is loaded. To be called after the response."""
    global _tables, _secret_routes
    name = urlconf or getattr(settings, "ROOT_URLCONF", None)
    if type(name) is not str:
        return
    patterns, known = patterns_of(name), _tables.get(name)
    if patterns is not None and (known is None or known.patterns is not patterns):
        _tables = {**_tables, name: _read(patterns)}
        _secret_routes = [(table.routes, number) for table in _tables.values() for number in table.secret]


def _read(patterns: Any) -> _Table:
    try:
        routes = list(itertools.islice(_walk(patterns, ()), _MOST_ROUTES))
        secret = [n for n, route in enumerate(routes) if _captures_secret(route.patterns[-1]) and route.expression]
    # Whatever stands there, Django's resolver is the one to complain.
    except Exception:
        return _Table(patterns, [], [])
    return _Table(patterns, routes, secret)


def patterns_of(urlconf: Any) -> Any:
    """The list of patterns, if it is there already: asking a resolver for it would import the module."""
    module = sys.modules.get(urlconf) if type(urlconf) is str else urlconf
    found = module if isinstance(module, list | tuple) else getattr(module, "__dict__", {}).get("urlpatterns")
    return found if isinstance(found, list | tuple) else None


def _walk(patterns: Any, outer: tuple[Any, ...]) -> Iterator[_Route]:
    for each in patterns:
        around = (*outer, each.pattern)
        if isinstance(each, URLResolver):
            yield _Route(around, is_whole=False)
            yield from _walk(patterns_of(each.urlconf_name) or (), around)
        else:
            yield _Route(around, is_whole=True)


def hide_in_paths(text: str) -> str:
    """Replace what the routes learnt so far capture as secrets, in every path that stands in this text."""
    for routes, number in _secret_routes:
        text = _hide(text, routes, number)
    return text


def _hide(text: str, routes: list[_Route], number: int) -> str:
    route = routes[number]
    if route.expression is None:
        return text
    if route.begins_with_text:
        return route.expression.sub(_hide_groups, text)
    # What begins with a capture matches much that is meant for a route before it.
    path = _WHOLE.match(text)
    match = path and route.expression.match(text, path.end())
    if not path or not match or any(_takes(other, text, path.end()) for other in routes[:number]):
        return text
    return text[: match.start()] + _hide_groups(match) + text[match.end() :]


def _takes(route: _Route, text: str, start: int) -> bool:
    return route.is_whole and route.expression is not None and route.expression.match(text, start) is not None


def _hide_groups(match: re.Match[str]) -> str:
    text, offset = match[0], match.start()
    for begin, end in sorted({match.span(name) for name in match.re.groupindex}, reverse=True):
        if begin >= 0:
            text = text[: begin - offset] + HIDDEN + text[end - offset :]
    return text
