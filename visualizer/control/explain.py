"""Asks a database how it would run a query of a trace: EXPLAIN, which runs nothing, and only when somebody asks.

The caller sees to it that this is in no trace (`recorder.suspended`).
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlparse
from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.connection import ConnectionDoesNotExist

from visualizer.errors import VisualizerError
from visualizer.findings.like import is_certain
from visualizer.lessons.kinds.sql import is_cut, verb_of
from visualizer.lessons.reading import Event, detail
from visualizer.lessons.wording import vendor
from visualizer.redaction import HIDDEN

_TIMEOUT_MS = 5_000
# Made by our own descriptions of values; none of them is the value.
_DESCRIBED = re.compile(r"lazy text|class \w+|\w+(, not evaluated| of \w+)|.* and [\d]+ more|\d+ rows of parameters")
# EXPLAIN of these databases plans and does not execute. MySQL's and MariaDB's may execute subqueries.
_PREFIXES = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN (FORMAT JSON)"}


class CannotExplain(VisualizerError):
    """Why a query cannot be explained, as a sentence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the database said: of SQLite rows of `(id, parent, unused, text)`, of PostgreSQL its plan as JSON."""

    vendor: str
    told: Any


def why_not(event: Event) -> str:
    """Why this query of a trace cannot be explained, as far as the trace itself shows it; empty if it can."""
    facts = detail(event)
    sql = str(facts.get("sql") or "")
    if facts.get("vendor") not in _PREFIXES:
        name = vendor(facts.get("vendor"))
        return f"EXPLAIN is offered for SQLite and PostgreSQL, where it runs nothing; this query went to {name}."
    return _why_not_the_statement(sql) or _why_not_the_parameters(facts)


def _why_not_the_statement(sql: str) -> str:
    if is_cut(sql):
        return "The trace holds only the statement's beginning (see MAX_VALUE_BYTES), which cannot be explained."
    if HIDDEN in sql:
        return "A secret was replaced in the statement's text, and what is left cannot be explained."
    if not _is_select(sql):
        return "EXPLAIN is offered for SELECT only."
    # A semicolon may separate statements, and only one was looked at.
    if ";" in sql.rstrip().rstrip(";"):
        return "There is a semicolon in the statement: it may be more than one, so it is not sent."
    return ""


@lru_cache(maxsize=256)
def _is_select(sql: str) -> bool:
    """Whether the statement asks for rows. What a WITH leads to is found by reading all of it, which takes a while."""
    verb = verb_of(sql)
    return verb == "SELECT" or (verb == "WITH" and sqlparse.parse(sql.lstrip("( "))[0].get_type() == "SELECT")


def _why_not_the_parameters(facts: Any) -> str:
    texts = [str(text) for text in facts.get("params") or []]
    if any(HIDDEN in text for text in texts):
        place = next(number for number, text in enumerate(texts, 1) if HIDDEN in text)
        return f"Parameter {place} is a secret, which the trace does not hold: EXPLAIN needs its value."
    if facts.get("many") or not all(map(_is_value, texts)):
        return "Not every parameter is in the trace with its value: some are only described or were cut."
    return ""


def _is_value(text: str) -> bool:
    return is_certain(text) and not _DESCRIBED.fullmatch(text)


def explain(event: Event) -> Answer:
    """Ask the database of this query; raise CannotExplain with what is in the way, or its own words."""
    if reason := why_not(event):
        raise CannotExplain(reason)
    facts = detail(event)
    try:
        connection = connections[str(event["name"])]
    except ConnectionDoesNotExist:
        raise CannotExplain(f"This process knows no database {event['name']!r}.") from None
    if connection.vendor != facts["vendor"]:
        raise CannotExplain(f"The database {event['name']!r} is {vendor(connection.vendor)} here.")
    statement = f"{_PREFIXES[connection.vendor]} {str(facts['sql']).rstrip().rstrip(';')}"
    try:
        return Answer(connection.vendor, _ask(connection, statement, _parameters(facts)))
    except DatabaseError as error:
        raise CannotExplain(f"{vendor(connection.vendor)} refused: {str(error).strip()}") from error


def _parameters(facts: Any) -> Any:
    """The parameters as texts, which both databases convert by what they are compared with; None for none."""
    texts = [str(text) for text in facts.get("params") or []]
    if not texts:
        return None
    if "%(" in str(facts["sql"]):
        return {key: _value(text) for key, _, text in (each.partition("=") for each in texts)}
    return [_value(text) for text in texts]


def _value(text: str) -> str | None:
    return None if text == "None" else text


def _ask(connection: BaseDatabaseWrapper, statement: str, parameters: Any) -> Any:
    if connection.vendor == "sqlite":
        # Without a transaction, which the project may have told SQLite to begin by locking the file.
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        # A function that the plan calls while it is made may neither write nor take long.
        cursor.execute(f"SET LOCAL statement_timeout = {_TIMEOUT_MS}")
        cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute(statement, parameters)
        (told,) = cursor.fetchone()
        transaction.set_rollback(True, using=connection.alias)
    return json.loads(told) if isinstance(told, str) else told
