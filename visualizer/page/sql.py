"""An SQL statement as text in colours: laid out by sqlparse, each word with the CSS class of what it is."""

from functools import lru_cache
from itertools import takewhile

import sqlparse
from sqlparse import tokens
from sqlparse.exceptions import SQLParseError
from sqlparse.lexer import tokenize

from visualizer.page.markup import Piece

# A wide table's columns fill a few lines, not one each.
_WIDTH = 30
# Django names every column: the list of a wide table would push all else out of sight.
_MOST_LINES_OF_COLUMNS = 2
_CLASSES = (
    # A quoted name.
    (tokens.Literal.String.Symbol, ""),
    (tokens.Name.Placeholder, "sql-placeholder"),
    (tokens.Keyword, "sql-keyword"),
    (tokens.Literal, "sql-literal"),
    (tokens.Comment, "sql-comment"),
    (tokens.Name.Builtin, "sql-keyword"),
)


@lru_cache(maxsize=256)
def laid_out(sql: str) -> str:
    """The statement with its clauses on lines of their own; as it came where it is too deep or long for the parser."""
    try:
        return str(sqlparse.format(sql, reindent=True, wrap_after=_WIDTH)).strip()
    except (SQLParseError, RecursionError):
        return sql


def shortened(text: str) -> str:
    """A statement that is laid out, of a long list of columns only the beginning."""
    lines = text.splitlines()
    if not lines or not lines[0].upper().startswith("SELECT"):
        return text
    columns = 1 + sum(1 for _ in takewhile(lambda line: line.startswith(" "), lines[1:]))
    if columns <= _MOST_LINES_OF_COLUMNS + 1:
        return text
    return "\n".join([*lines[:_MOST_LINES_OF_COLUMNS], "       …", *lines[columns:]])


@lru_cache(maxsize=256)
def pieces(sql: str) -> tuple[Piece, ...]:
    """The text in pieces, which together are just that text."""
    found: list[Piece] = []
    for kind, text in tokenize(sql):
        name = next((css for parent, css in _CLASSES if kind in parent), "")
        if found and found[-1][0] == name:
            text = found.pop()[1] + text
        found.append((name, text))
    return tuple(found)
