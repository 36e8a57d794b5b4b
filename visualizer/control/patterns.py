"""The project's own URL patterns as paths to try. A broken URLconf gives a reason instead of paths, never an error."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.contrib.admindocs.utils import replace_metacharacters, replace_named_groups, replace_unnamed_groups
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern
from django.utils import translation

MAX_PATTERNS = 300


@dataclass(frozen=True, slots=True)
class Patterns:
    """Paths such as `/products/<slug:slug>/` in the URLconf's order; `problem` says why there are none."""

    paths: tuple[str, ...]
    problem: str | None = None


def project_patterns() -> Patterns:
    """Read the project's URLconf."""
    try:
        with translation.override(settings.LANGUAGE_CODE):
            found = islice(_walk(get_resolver(), ""), MAX_PATTERNS)
            return Patterns(tuple(dict.fromkeys(f"/{path.lstrip('/')}" for path in found)))
    # What a project's URLconf raises while it is imported can be anything.
    except Exception as error:
        return Patterns((), f"The URLconf cannot be read: {type(error).__name__}: {error}")


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        path = prefix + _readable(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path)
        elif isinstance(entry, URLPattern):
            yield path


def _readable(pattern: object) -> str:
    if isinstance(pattern, RegexPattern):
        return _simplify(pattern.regex.pattern)
    # LocalePrefixPattern, too, is a path when it is made a text.
    return str(pattern)


def _simplify(regex: str) -> str:
    # As admindocs shows a regular expression: "^books/(?P<pk>[0-9]+)/$" becomes "books/<pk>/".
    for step in (replace_named_groups, replace_unnamed_groups, replace_metacharacters):
        regex = step(regex)
    return regex
