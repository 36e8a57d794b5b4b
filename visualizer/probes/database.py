"""Sees SQL run, on every alias and in every thread, the rows that Django fetched, and transactions begin and end.

Replaces `CursorWrapper._execute_with_wrappers` (adding to `execute_wrappers` would break code that asserts an empty
list), `SQLCompiler.execute_sql`, `BaseDatabaseWrapper.set_autocommit`, `_commit` and `_rollback`, checked for Django
5.2 to 6.1.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models.sql.compiler import SQLCompiler

from visualizer import events as ev
from visualizer.events import error_facts
from visualizer.native import compiled, watch_compiled
from visualizer.origin import Origin, find_origin, origin_facts
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current
from visualizer.records import ident_of_thread
from visualizer.redaction import cut, safe_text
from visualizer.sql_parameters import IMMUTABLE, Taken, parameter_texts, take_parameters
from visualizer.sql_placeholders import without_secrets


def _execute(original: Any) -> Any:
    def _execute_with_wrappers(self: Any, sql: Any, params: Any, many: bool, executor: Any) -> Any:
        here = current.get()
        if here is None:
            return original(self, sql, params, many, executor)
        trace, _, stage = here
        span = _enter(here, self.db, sql, params, many)
        try:
            result = original(self, sql, params, many, executor)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave_failing(here, span, None, error)
            raise
        t = clock()
        try:
            rows = self.cursor.rowcount
        except Exception:
            rows = None
        fetched = [rows if type(rows) is int and _is_known(rows, sql) else None]
        trace.fetching[ident_of_thread()] = fetched
        trace.exit(t, span, stage, _result_facts, fetched)
        return result

    return _execute_with_wrappers


def _leave_failing(here: tuple[Trace, int, str], span: int, _: None, error: BaseException) -> None:
    here[0].exit(clock(), span, here[2], {"rows": None, "error": error_facts(error)})


def _enter(here: tuple[Trace, int, str], db: Any, sql: Any, params: Any, many: bool) -> int:
    t = clock()
    trace, parent, stage = here
    try:
        taken = take_parameters(params, many)
        text = sql if type(sql) is str else safe_text(sql)
        asked = db.vendor, text, taken, many, find_origin(3, text)
        return trace.enter(t, parent, stage, ev.DATABASE, db.alias, _query_facts, asked)
    except Exception as fault:
        return trace.fault("database", fault)


def _query_facts(asked: tuple[str, str, Taken, bool, Origin]) -> dict[str, Any]:
    vendor, sql, params, many, origin = asked
    texts = parameter_texts(sql, params, many)
    return {
        "vendor": vendor,
        "sql": cut(without_secrets(sql)),
        "params": texts,
        "many": many,
        "origin": origin_facts(origin),
    }


def _is_known(rows: int, sql: Any) -> bool:
    # DB-API: -1 where the number is not known, as for most SELECTs. SQLite says 0 until what RETURNING gives is read.
    return rows > 0 or (rows == 0 and not (type(sql) is str and "RETURNING" in sql))


def _result_facts(fetched: list[int | None]) -> dict[str, Any]:
    return {"rows": fetched[0]}


def _execute_sql(original: Any) -> Any:
    def execute_sql(self: Any, *args: Any, **kwargs: Any) -> Any:
        here = current.get()
        if here is None:
            return original(self, *args, **kwargs)
        fetching, ident = here[0].fetching, ident_of_thread()
        # A statement that was not sent by this call is none of its own.
        fetching.pop(ident, None)
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        fetched = fetching.pop(ident, None)
        if fetched is not None and fetched[0] is None:
            # Rows that have been read, in chunks, or a single one. An iterator is the application's to read.
            if type(result) is list:
                fetched[0] = sum(map(len, result))
            elif type(result) is tuple:
                fetched[0] = 1
        return result

    return execute_sql


def _set_autocommit(original: Any) -> Any:
    def set_autocommit(self: Any, autocommit: Any, *args: Any, **kwargs: Any) -> Any:
        here = current.get()
        # SQLite's wrapper begins by a statement, which is seen as one.
        if here is None or autocommit or hasattr(self, "_start_transaction_under_autocommit"):
            return original(self, autocommit, *args, **kwargs)
        begun_ns, failed = clock(), None
        try:
            return original(self, autocommit, *args, **kwargs)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            failed = error
            raise
        finally:
            _see_transaction(here, "begin", self.alias, begun_ns, failed)
            failed = None

    return set_autocommit


def _ending(name: str) -> Any:
    def make(original: Any) -> Any:
        def ended(self: Any) -> Any:
            here = current.get()
            if here is None:
                return original(self)
            begun_ns, failed = clock(), None
            try:
                return original(self)
            except BaseException as error:
                error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
                failed = error
                raise
            finally:
                _see_transaction(here, name, self.alias, begun_ns, failed)
                failed = None

        return ended

    return make


def _see_transaction(
    here: tuple[Trace, int, str], name: str, alias: str, begun_ns: int, error: BaseException | None
) -> None:
    t = clock()
    trace, parent, stage = here
    facts: dict[str, Any] = {"alias": alias, "took_ns": t - begun_ns}
    told = {**facts, "error": error_facts(error)} if error else facts
    trace.point(t, parent, stage, ev.TRANSACTION, name, told)


if compiled is not None:
    compiled.connect(
        kind_database=ev.DATABASE,
        immutable=IMMUTABLE,
        take_parameters=take_parameters,
        safe_text=safe_text,
        query_facts=_query_facts,
        result_facts=_result_facts,
        leave_failing=_leave_failing,
    )

PROBE = Probe(
    "database",
    [
        Patch(CursorWrapper, "_execute_with_wrappers", watch_compiled("query", _execute)),
        Patch(SQLCompiler, "execute_sql", watch_compiled("compiler", _execute_sql)),
        Patch(BaseDatabaseWrapper, "set_autocommit", watch_compiled("begin", _set_autocommit)),
        Patch(BaseDatabaseWrapper, "_commit", _ending("commit")),
        Patch(BaseDatabaseWrapper, "_rollback", _ending("rollback")),
    ],
)
