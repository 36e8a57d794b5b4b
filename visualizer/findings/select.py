"""A SELECT as Django's compiler writes it, read as far as relations need it; of any other statement nothing is said."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from visualizer.lessons.kinds.sql import is_cut, limit_of

_NAME = r'["`]([^"`]+)["`]'
_COLUMN = rf"{_NAME}\.{_NAME}"
_SHAPE = re.compile(
    # Read, never sent to a database.
    rf"SELECT (?P<columns>.*?) FROM {_NAME}(?P<joins>(?: (?:INNER|LEFT OUTER) JOIN .*?)?)(?: WHERE (?P<where>.*?))?"  # noqa: S608
    r"(?: GROUP BY .*?)?(?: HAVING .*?)?(?: ORDER BY .*?)?(?: LIMIT \d+)?(?: OFFSET \d+)?",
    re.DOTALL,
)
_JOIN = re.compile(rf"INNER JOIN {_NAME} ON \({_COLUMN} = {_COLUMN}\)")
_JOINS = re.compile(r" (?=(?:INNER|LEFT OUTER) JOIN )")
_EQUAL = re.compile(rf"{_COLUMN} = %s")
_AGGREGATE = re.compile(rf"(?P<function>[A-Z_]+)\((?:\*|{_COLUMN})\)(?: AS {_NAME})?")
_AGGREGATES = frozenset({"AVG", "COUNT", "MAX", "MIN", "SUM"})
# As QuerySet.exists() writes it.
_EXISTS = ('1 AS "a"', '%s AS "a"', "1 AS `a`", "%s AS `a`")
_COMPARED = re.compile(rf"(?:{_COLUMN} (?:=|<|>|<=|>=|LIKE) )?%s")
_TOKEN = re.compile(r"[()]| (?:AND|OR) ")
# Where statements are joined, or one holds another, less can be said.
_BEYOND_THIS = re.compile(r"\bUNION\b|\(SELECT\b")
Column = tuple[str, str]


@dataclass(frozen=True)
class Join:
    """A table joined by the equality of two columns."""

    table: str
    columns: frozenset[Column]


@dataclass(frozen=True)
class Select:
    """`table` stands after FROM; a column is `(table, column)`."""

    table: str
    # None for a join of which no more can be said than that it is there.
    joins: tuple[Join | None, ...]
    columns: frozenset[Column]
    # Of the conditions joined by AND those that compare a column with one parameter: it, and which parameter, from 0.
    compared: tuple[tuple[Column, int], ...]
    # How many such conditions there are, of whatever kind.
    conditions: int
    limit: int | None
    # AVG and its column, COUNT and None for all: of a statement that asks for nothing else.
    aggregate: tuple[str, str | None] | None
    asks_whether: bool

    @property
    def equal(self) -> frozenset[Column]:
        """The columns that are compared with one parameter each."""
        return frozenset(column for column, _ in self.compared)

    def compared_at(self, place: int) -> Column | None:
        """The column that is compared with this parameter, if it is by a condition without which no row comes."""
        return next((column for column, at in self.compared if at == place), None)


@lru_cache(maxsize=1024)
def read_select(sql: str) -> Select | None:
    """The parts of a statement; None if it is cut, no SELECT, or of a shape that is not known."""
    found = None if is_cut(sql) or _BEYOND_THIS.search(sql) else _SHAPE.fullmatch(sql.strip())
    if found is None:
        return None
    conditions = list(_conditions(found["where"] or ""))
    before = found["columns"].count("%s") + found["joins"].count("%s")
    return Select(
        table=found[2],
        joins=tuple(_join(text) for text in _JOINS.split(found["joins"]) if text),
        columns=frozenset((match[1], match[2]) for match in re.finditer(_COLUMN, found["columns"])),
        compared=tuple(_compared(conditions, before)),
        conditions=len(conditions),
        limit=limit_of(sql),
        aggregate=_aggregate(found["columns"]),
        asks_whether=found["columns"] in _EXISTS,
    )


def compared_columns(sql: str) -> list[str | None]:
    """For each placeholder in order the column that it is plainly compared with, or None."""
    return [match[2] for match in _COMPARED.finditer(sql)]


def _join(text: str) -> Join | None:
    found = _JOIN.fullmatch(text)
    return Join(found[1], frozenset({(found[2], found[3]), (found[4], found[5])})) if found else None


def _conditions(where: str) -> Iterator[str]:
    """What a WHERE clause joins by AND; the whole clause where it joins by OR."""
    where = _without_parentheses(where)
    depth, start, parts = 0, 0, []
    for token in _TOKEN.finditer(where):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0 and token[0] == " OR ":
            yield where
            return
        if depth == 0 and token[0] == " AND ":
            parts.append(where[start : token.start()])
            start = token.end()
    yield from (part for part in [*parts, where[start:]] if part)


def _without_parentheses(text: str) -> str:
    """The text without the parentheses that stand around all of it."""
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0 and token.end() < len(text):
            return text
    return text[1:-1] if text.startswith("(") else text


def _compared(conditions: list[str], place: int) -> Iterator[tuple[Column, int]]:
    for condition in conditions:
        found = _EQUAL.fullmatch(_without_parentheses(condition))
        if found is not None:
            yield (found[1], found[2]), place
        place += condition.count("%s")


def _aggregate(columns: str) -> tuple[str, str | None] | None:
    found = _AGGREGATE.fullmatch(columns)
    return (found["function"], found[3]) if found and found["function"] in _AGGREGATES else None
