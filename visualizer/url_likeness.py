"""What came close to a path that no pattern matched: told by Django's own expressions, without calling a converter."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from django.urls.resolvers import URLPattern, URLResolver
from django.utils.regex_helper import normalize

from visualizer.redaction import cut
from visualizer.secret_paths import patterns_of
from visualizer.url_search import DJANGOS_PATTERNS, has_own_converter, pattern_text, rest_of

Facts = dict[str, Any]

_MOST_ROUTES = 1_000
_MOST_COMPARED = 20
_MOST_TOLD = 3
_LEAST_LIKENESS = 0.7
_LONGEST_PATH = 200
_CAPTURE = re.compile(r"%\((\w+)\)s")
_END = re.compile(r"(?:\$|\\[Zz])$")


class _Route(NamedTuple):
    """One way through the `include`s to a view, with the expression of each pattern on it."""

    patterns: tuple[Any, ...]
    name: str | None

    @property
    def text(self) -> str:
        return cut("".join(map(pattern_text, self.patterns)))

    @property
    def form(self) -> str:
        return _form(tuple(map(_expression, self.patterns)))

    @property
    def is_sure(self) -> bool:
        """Whether no converter of the project's has a say in what it matches."""
        return not any(map(has_own_converter, self.patterns))

    def matches(self, path: str) -> bool:
        """Whether its expressions take this path, one after the other."""
        return _left_by(self.patterns, path) is not None

    def begins(self, path: str) -> bool:
        """Whether the path goes on where this route ends."""
        left, last = _left_by(self.patterns[:-1], path), self.patterns[-1]
        match = re.match(_END.sub("", _expression(last)), left) if left else None
        return match is not None and 0 < match.end() < len(match.string)


def _left_by(patterns: tuple[Any, ...], path: str) -> str | None:
    left: str | None = path
    for pattern in patterns:
        left = rest_of(pattern, left)
    return left


def close_facts(path: str, urlconf: Any) -> Facts:
    """`{nearest, begins, slash}` of docs/trace-format.md."""
    asked = path.removeprefix("/")
    routes = list(islice(_routes(patterns_of(urlconf) or (), ()), _MOST_ROUTES))
    return {
        "nearest": _nearest(routes, asked) if len(asked) <= _LONGEST_PATH else [],
        "begins": [route.text for route in routes if route.begins(asked)][:_MOST_TOLD],
        "slash": _with_other_end(routes, asked),
    }


def _routes(patterns: Any, around: tuple[Any, ...]) -> Iterator[_Route]:
    for item in patterns:
        if type(item) not in (URLPattern, URLResolver) or type(item.pattern) not in DJANGOS_PATTERNS:
            continue
        inside = (*around, item.pattern)
        if type(item) is URLResolver:
            yield from _routes(patterns_of(item.urlconf_name) or (), inside)
        else:
            yield _Route(inside, item.name if type(item.name) is str else None)


def _expression(pattern: Any) -> str:
    return str(pattern.regex.pattern)


def _with_other_end(routes: Sequence[_Route], path: str) -> Facts | None:
    """The route that takes the same path with a slash at its end, or without the one that it has."""
    other = path[:-1] if path.endswith("/") else f"{path}/"
    found = next((route for route in routes if route.matches(other)), None) if path.strip("/") else None
    return {"path": cut(f"/{other}"), "pattern": found.text, "is_sure": found.is_sure} if found else None


def _nearest(routes: Sequence[_Route], path: str) -> list[Facts]:
    # The bound is cheap; with a thousand like routes the ratio itself would take half a second.
    bounds = [(_bound(path, _placeholders(route.form, path)), number) for number, route in enumerate(routes)]
    likely = sorted((each for each in bounds if each[0] >= _LEAST_LIKENESS), key=lambda each: (-each[0], each[1]))
    found = [(*_likeness(routes[number], path), routes[number]) for _, number in likely[:_MOST_COMPARED]]
    near = sorted((each for each in found if each[0] >= _LEAST_LIKENESS), key=lambda each: -each[0])
    return [
        {"pattern": route.text, "name": route.name, "likeness": round(likeness, 2), "would_match": match}
        for likeness, match, route in near[:_MOST_TOLD]
    ]


def _placeholders(form: str, path: str) -> str:
    """A route's form with what the path holds in the place of its captures, whether it fits or not."""
    asked, parts = path.split("/"), form.split("/")
    if len(asked) != len(parts):
        return form
    return "/".join(mine if _CAPTURE.search(part) else part for part, mine in zip(parts, asked, strict=True))


def _bound(first: str, second: str) -> float:
    """More than the likeness of the two, or as much: how many of their letters they share."""
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return matcher.quick_ratio() if matcher.real_quick_ratio() >= _LEAST_LIKENESS else 0.0


def _likeness(route: _Route, path: str) -> tuple[float, str | None]:
    """How like the two are from 0 to 1, what was captured left out of it; and the path as this route would take it."""
    asked, form = path.split("/"), route.form.split("/")
    if len(asked) != len(form):
        return _ratio(path, route.form), None
    filled = [_fill(segment, part) for segment, part in zip(form, asked, strict=True)]
    taken = "/".join(filled)
    fits = route.matches(taken)
    # One sign for whatever a capture holds; two that differ where it does not fit.
    mine, theirs = ("\0", "\0") if fits else ("\0", "\1")
    captures = [_CAPTURE.fullmatch(segment) is not None for segment in form]
    left = "/".join(mine if captures[n] else part for n, part in enumerate(asked))
    right = "/".join(theirs if captures[n] else part for n, part in enumerate(filled))
    # Whether a converter of the project's would take it only the project could tell.
    return _ratio(left, right), cut(f"/{taken}") if fits and route.is_sure else None


def _fill(segment: str, part: str) -> str:
    """A segment of the route's form with its captures as they stand in this part of the path."""
    if not _CAPTURE.search(segment):
        return segment
    literal = [re.escape(piece) for piece in _CAPTURE.split(segment)[::2]]
    match = re.fullmatch("(.+)".join(literal), part)
    pieces = iter(match.groups()) if match else None
    return _CAPTURE.sub(lambda _: next(pieces), segment) if pieces else segment


@lru_cache(maxsize=4_000)
def _form(expressions: tuple[str, ...]) -> str:
    """What the expressions stand for, `products/%(slug)s/`; of several forms the first."""
    return "".join(normalize(expression)[0][0] for expression in expressions)


def _ratio(first: str, second: str) -> float:
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
