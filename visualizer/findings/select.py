"""A SELECT as Django's compiler writes it, read as far as relations need it; of any other statement nothing is said."""

import re
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
_JOIN = re.compile(rf" INNER JOIN {_NAME} ON \({_COLUMN} = {_COLUMN}\)")
_EQUAL = re.compile(rf"\(?{_COLUMN} = %s\)?")
_AGGREGATE = re.compile(rf"(?P<function>[A-Z_]+)\((?:\*|{_COLUMN})\)(?: AS {_NAME})?")
_AGGREGATES = frozenset({"AVG", "COUNT", "MAX", "MIN", "SUM"})
# As QuerySet.exists() writes it.
_EXISTS = ('1 AS "a"', '%s AS "a"', "1 AS `a`", "%s AS `a`")
_COMPARED = re.compile(rf"(?:{_COLUMN} (?:=|<|>|<=|>=|LIKE) )?%s")
# Where columns are compared otherwise than by AND, or a statement holds another one, less can be said.
_BEYOND_THIS = re.compile(r"\bUNION\b|\(SELECT\b")
Column = tuple[str, str]


@dataclass(frozen=True)
class Select:
    """`table` stands after FROM; a column is `(table, column)`."""

    table: str
    # The one table joined to it where it is just one, and whether there are any.
    joined: str | None
    has_joins: bool
    columns: frozenset[Column]
    # Columns that are compared with one parameter each and joined by AND; the only condition where there is no other.
    equal: frozenset[Column]
    only_condition: Column | None
    limit: int | None
    # AVG and its column, COUNT and None for all: of a statement that asks for nothing else.
    aggregate: tuple[str, str | None] | None
    asks_whether: bool
    # Which parameter, from 0, the only condition compares.
    place: int | None


@lru_cache(maxsize=1024)
def read_select(sql: str) -> Select | None:
    """The parts of a statement; None if it is cut, no SELECT, or of a shape that is not known."""
    found = None if is_cut(sql) or _BEYOND_THIS.search(sql) else _SHAPE.fullmatch(sql.strip())
    if found is None:
        return None
    joined = _JOIN.fullmatch(found["joins"])
    where = found["where"] or ""
    conditions = where.split(" AND ") if where and " OR " not in where else []
    equal = [(match[1], match[2]) for part in conditions if (match := _EQUAL.fullmatch(part))]
    return Select(
        table=found[2],
        joined=joined[1] if joined else None,
        has_joins=bool(found["joins"]),
        columns=frozenset((match[1], match[2]) for match in re.finditer(_COLUMN, found["columns"])),
        equal=frozenset(equal),
        only_condition=equal[0] if len(conditions) == len(equal) == 1 else None,
        limit=limit_of(sql),
        aggregate=_aggregate(found["columns"]),
        asks_whether=found["columns"] in _EXISTS,
        place=found["columns"].count("%s") if len(conditions) == len(equal) == 1 else None,
    )


def compared_columns(sql: str) -> list[str | None]:
    """For each placeholder in order the column that it is plainly compared with, or None."""
    return [match[2] for match in _COMPARED.finditer(sql)]


def _aggregate(columns: str) -> tuple[str, str | None] | None:
    found = _AGGREGATE.fullmatch(columns)
    return (found["function"], found[3]) if found and found["function"] in _AGGREGATES else None
