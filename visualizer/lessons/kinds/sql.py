"""What a statement asks for, as far as its text shows it: the verb, the table, the limit."""

import re
from functools import lru_cache

_NAME = r'(?:["`\[]?[\w$]+["`\]]?\.)*["`\[]?([\w$]+)["`\]]?'
_TABLE = {
    "SELECT": re.compile(rf"\bFROM\s+{_NAME}", re.IGNORECASE),
    "INSERT": re.compile(rf"\bINTO\s+{_NAME}", re.IGNORECASE),
    "UPDATE": re.compile(rf"\bUPDATE\s+{_NAME}", re.IGNORECASE),
    "DELETE": re.compile(rf"\bFROM\s+{_NAME}", re.IGNORECASE),
}
_ACTIONS = {
    "SAVEPOINT": "to set a savepoint",
    "RELEASE": "to release a savepoint",
    "ROLLBACK": "to roll back",
    "BEGIN": "to begin a transaction",
    "COMMIT": "to commit",
}
_COUNT = re.compile(r"^SELECT\s+COUNT\(", re.IGNORECASE)
_EXISTS = re.compile(r"^SELECT\s+(?:1\b|%s AS [\"`]a[\"`] FROM\b)", re.IGNORECASE)
_LIMIT = re.compile(r"\bLIMIT\s+(\d+)\s*$", re.IGNORECASE)
# django.db.models.query.MAX_GET_RESULTS: enough for `get()` to say "it returned more than 20".
LIMIT_OF_GET = 21
# Longer statements are cut in the trace, so that their end says nothing.
_CUT = "…"


def verb_of(sql: str) -> str:
    """The statement's first word in capitals; empty for an empty text."""
    first = re.match(r"[\s(]*(\w+)", sql)
    return first.group(1).upper() if first else ""


@lru_cache(maxsize=1024)
def table_of(sql: str) -> str:
    """The first table that the statement names; empty if that cannot be told."""
    pattern = _TABLE.get(verb_of(sql))
    found = pattern.search(sql) if pattern else None
    return found.group(1) if found else ""


def controls_transaction(sql: str) -> bool:
    """Whether the statement begins, ends or marks a transaction and asks for nothing."""
    return verb_of(sql) in _ACTIONS


def is_cut(sql: str) -> bool:
    """Whether the trace holds only the statement's beginning."""
    return sql.endswith(_CUT)


def limit_of(sql: str) -> int | None:
    """The LIMIT at the statement's end."""
    found = _LIMIT.search(sql) if not is_cut(sql) else None
    return int(found.group(1)) if found else None


def asks(sql: str) -> str:
    """What the statement wants of the database, as the end of a sentence that begins "Django asks SQLite"."""
    verb, table = verb_of(sql), table_of(sql)
    if verb == "SELECT":
        return _asks_for_rows(sql, table)
    if verb in _ACTIONS:
        return _ACTIONS[verb]
    changes = {"INSERT": "to insert into", "UPDATE": "to update", "DELETE": "to delete from"}
    if verb in changes and table:
        return f"{changes[verb]} {table}"
    return f"to run {article_of(verb)}" if verb else "to run a statement"


def article_of(verb: str) -> str:
    """The verb as a thing to run: a PRAGMA, an EXPLAIN."""
    return f"{'an' if verb[0] in 'AEIOU' else 'a'} {verb}"


def _asks_for_rows(sql: str, table: str) -> str:
    if not table:
        return "for a value" if " FROM " not in sql.upper() else "for rows"
    if _EXISTS.match(sql):
        return f"whether there is such a row in {table}"
    if _COUNT.match(sql):
        return f"to count rows of {table}"
    limit = limit_of(sql)
    if limit is None:
        return f"for rows of {table}"
    return f"for at most {'one row' if limit == 1 else f'{limit} rows'} of {table}"
