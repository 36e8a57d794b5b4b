"""The parameters of a query as safe texts, hidden where the column they go to or are compared with is a secret's."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from visualizer.redaction import HIDDEN, is_hidden, safe_text

_MOST_PARAMETERS = 100
_PLACEHOLDER = re.compile(r"%s|%\((\w+)\)s")
# "column" = %s, "column" IN (%s, %s), "column" LIKE %s: the nearest quoted or dotted name before the placeholder.
_NAME = re.compile(
    r"[\"`\[]?(\w+)[\"`\]]?(?:::\w+)?\s*(?:=|<>|!=|<=?|>=?|\bI?LIKE\b|\bIN\b\s*\(|\bBETWEEN\b)[^=<>]*$", re.I
)
_INSERT = re.compile(r"^\s*(?:INSERT|REPLACE)\b.*?\bINTO\s+(\S+)\s*\(([^)]*)\)\s*VALUES", re.I | re.S)


def take_parameters(params: Any) -> tuple[Any, ...]:
    """Copy parameters inside the request: plain values themselves, of anything else only the text of its class."""
    values = params.values() if type(params) is dict else params or ()
    kept = values if len(values) <= _MOST_PARAMETERS else list(values)[:_MOST_PARAMETERS]
    return tuple([value if type(value) in _IMMUTABLE else safe_text(value) for value in kept])


_IMMUTABLE = frozenset({str, int, float, bool, type(None), bytes})


def parameter_texts(sql: str, values: Sequence[Any], many: bool = False) -> list[str]:
    """The parameters in order as short texts; those of hidden columns are `********`."""
    if many:
        return [f"{len(values)} rows of parameters"]
    hidden = _hidden_places(sql, len(values))
    return [HIDDEN if place in hidden else safe_text(value) for place, value in enumerate(values)]


@lru_cache(maxsize=1024)
def _hidden_places(sql: str, count: int) -> frozenset[int]:
    return frozenset(place for place, name in enumerate(_columns(sql, count)) if is_hidden(name))


def _columns(sql: str, count: int) -> list[str]:
    """The column of each placeholder, empty where it is not known."""
    insert = _INSERT.match(sql)
    if insert:
        table, columns = insert.group(1), [part.strip().strip('"`[]') for part in insert.group(2).split(",")]
        # Every column of a session's or token's table is a secret's.
        named = [f"{table} {column}" if is_hidden(table) else column for column in columns]
        return [named[index % len(named)] for index in range(count)]
    return [_column_before(sql, match) for match in _PLACEHOLDER.finditer(sql)]


def _column_before(sql: str, placeholder: re.Match[str]) -> str:
    if placeholder.group(1):
        return placeholder.group(1)
    found = _NAME.search(sql, max(0, placeholder.start() - 200), placeholder.start())
    return found.group(1) if found else ""
