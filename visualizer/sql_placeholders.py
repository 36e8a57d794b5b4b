"""The placeholders and texts of an SQL statement, and which of them are secrets.

It reads words, names and brackets, not SQL: where it cannot tell which column is meant, it hides a parameter if any of
the columns in question is a secret's.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from django.core.signals import setting_changed

from visualizer.secret_names import HIDDEN, is_hidden

_TOKEN = re.compile(
    r"""%% | --[^\n]* | /\*.*?\*/
      | (?P<placeholder> %(?:\((?P<key>[^)]*)\))?s )
      | "(?P<quoted>[^"]*)" | `(?P<ticked>[^`]*)` | \[(?P<bracketed>\w[\w ]*)\]
      | '(?P<text>(?:[^']|'')*)'
      | (?P<word>\w+)
      | (?P<mark>[(),.])""",
    re.VERBOSE | re.DOTALL,
)
_IN_TEXT = re.compile(r"(?<!%)(?:%%)*%(?:\((?P<key>[^)]*)\))?s")
_INSERT = re.compile(
    r"\s*(?:INSERT|REPLACE)\b[^(]*?\bINTO\s+(?P<table>[^\s(]+)\s*\((?P<columns>[^)]*)\)", re.IGNORECASE
)
# After these, other columns are meant than before.
_BOUNDARIES = frozenset({"SELECT", "FROM", "JOIN", "ON", "WHERE", "AND", "OR", "SET", "VALUES", "HAVING", "BY"}) | {
    *("LIMIT", "OFFSET", "UNION", "EXCEPT", "INTERSECT", "RETURNING")
}
_END_OF_ROWS = frozenset({"FROM", "ON", "WHERE", "SET", "RETURNING"})


class Placeholder(NamedTuple):
    """One `%s`, or `%(key)s`, in the order in which they stand."""

    key: str | None
    is_hidden: bool


def placeholders(sql: str) -> tuple[Placeholder, ...]:
    """All placeholders of a statement."""
    return _read(sql)[0]


def without_secrets(sql: str) -> str:
    """A statement without the texts in quotes that go to a secret's column or are compared with it."""
    return _read(sql)[1] if "'" in sql else sql


@lru_cache(maxsize=1024)
def _read(sql: str) -> tuple[tuple[Placeholder, ...], str]:
    # A program sends the same statements over and over.
    reader = _Reader(sql)
    found = tuple(reader.read())
    for begin, end in reversed(reader.secret_texts):
        sql = f"{sql[:begin]}'{HIDDEN}'{sql[end:]}"
    return found, sql


setting_changed.connect(lambda **_: _read.cache_clear(), weak=False, dispatch_uid="visualizer.sql_placeholders")


class _Level:
    """What is known inside one pair of brackets: names since the last boundary."""

    __slots__ = ("has_items", "names", "row_item", "waits_for_and")

    def __init__(self, names: list[str], has_items: bool) -> None:
        self.names = names
        # Whether a comma begins another item of a list, such as `SET a = 1, b = 2`.
        self.has_items = has_items
        self.waits_for_and = False
        # Which item of a row for INSERT's columns this is; None outside such rows.
        self.row_item: int | None = None


class _Reader:
    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._found: list[Placeholder] = []
        self.secret_texts: list[tuple[int, int]] = []
        self._levels = [_Level([], True)]
        self._in_rows = False
        self._columns: list[str] = []
        self._start = 0
        insert = _INSERT.match(sql)
        if insert:
            self._start = insert.end()
            self._columns = _insert_columns(insert.group("table"), insert.group("columns"))

    def read(self) -> list[Placeholder]:
        for match in _TOKEN.finditer(self._sql, self._start):
            kind = match.lastgroup
            if kind in ("placeholder", "key"):
                self._found.append(self._placeholder(match.group("key")))
            elif kind == "text":
                if match.group("text") and self._placeholder(None).is_hidden:
                    self.secret_texts.append(match.span())
                self._found += [
                    self._placeholder(inner.group("key")) for inner in _IN_TEXT.finditer(match.group("text"))
                ]
            elif kind == "mark":
                _MARKS[match.group("mark")](self)
            elif kind == "word":
                self._word(match.group("word"))
            elif kind is not None:
                self._levels[-1].names.append(match.group(kind))
        return self._found

    def _placeholder(self, key: str | None) -> Placeholder:
        level = self._levels[-1]
        names = [*level.names, key or ""]
        # The innermost row around it; functions of it may lie between.
        item = next((level.row_item for level in reversed(self._levels) if level.row_item is not None), None)
        if item is not None and item < len(self._columns):
            names.append(self._columns[item])
        return Placeholder(key, any(is_hidden(name) for name in names))

    def _word(self, word: str) -> None:
        level, upper = self._levels[-1], word.upper()
        if upper == "AND" and level.waits_for_and:
            level.waits_for_and = False
        elif upper in _BOUNDARIES:
            level.names, level.waits_for_and = [], False
            level.has_items = level.has_items or upper in ("SELECT", "SET")
            self._see_rows(level, upper)
        else:
            level.waits_for_and = level.waits_for_and or upper == "BETWEEN"
            level.names.append(word)

    def _see_rows(self, level: _Level, word: str) -> None:
        if len(self._levels) > 1 or not self._columns:
            return
        if word == "VALUES":
            self._in_rows = True
        elif word == "SELECT":
            level.row_item = 0
        elif word in _END_OF_ROWS:
            self._in_rows, level.row_item = False, None

    def _open(self) -> None:
        level = _Level(self._levels[-1].names.copy(), False)
        if self._in_rows and len(self._levels) == 1:
            level.names, level.has_items, level.row_item = [], True, 0
        self._levels.append(level)

    def _close(self) -> None:
        if len(self._levels) > 1:
            inner = self._levels.pop()
            # Of `LOWER("token") = %s`, what stands in the brackets counts behind them as well.
            self._levels[-1].names += inner.names

    def _comma(self) -> None:
        level = self._levels[-1]
        if level.has_items:
            level.names = []
        if level.row_item is not None:
            level.row_item += 1

    def _dot(self) -> None:
        # What stands before it is the table.
        names = self._levels[-1].names
        if names:
            names.pop()


_MARKS = {"(": _Reader._open, ")": _Reader._close, ",": _Reader._comma, ".": _Reader._dot}


def _insert_columns(table: str, columns: str) -> list[str]:
    names = [part.strip().strip('"`[]') for part in columns.split(",")]
    # Every column of a session's or token's table is a secret's.
    return [f"{table} {name}" for name in names] if is_hidden(table) else names
