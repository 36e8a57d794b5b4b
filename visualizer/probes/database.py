"""Sees SQL run, on every alias and in every thread, and transactions end.

Replaces `CursorWrapper._execute_with_wrappers` (adding to `execute_wrappers` would break code that asserts an empty
list), `BaseDatabaseWrapper._commit` and `_rollback`; checked for Django 5.2 to 6.1.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from visualizer import events as ev
from visualizer.events import error_facts
from visualizer.origin import Origin, find_origin, origin_facts
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current
from visualizer.redaction import cut, safe_text
from visualizer.sql_parameters import Taken, parameter_texts, take_parameters
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
            trace.exit(clock(), span, stage, {"rows": None, "error": error_facts(error)})
            raise
        t = clock()
        try:
            rows = self.cursor.rowcount
        except Exception:
            rows = None
        trace.exit(t, span, stage, (_result_facts, rows))
        return result

    return _execute_with_wrappers


def _enter(here: tuple[Trace, int, str], db: Any, sql: Any, params: Any, many: bool) -> int:
    t = clock()
    trace, parent, stage = here
    try:
        taken = take_parameters(params, many)
        text = sql if type(sql) is str else safe_text(sql)
        facts = (_query_facts, db.vendor, text, taken, many, find_origin(3, text))
        return trace.enter(t, parent, stage, ev.DATABASE, db.alias, facts)
    except Exception as fault:
        return trace.fault("database", fault)


def _query_facts(vendor: str, sql: str, params: Taken, many: bool, origin: Origin) -> dict[str, Any]:
    texts = parameter_texts(sql, params, many)
    return {
        "vendor": vendor,
        "sql": cut(without_secrets(sql)),
        "params": texts,
        "many": many,
        "origin": origin_facts(origin),
    }


def _result_facts(rowcount: Any) -> dict[str, Any]:
    # DB-API: -1 where the number is not known, as for most SELECTs.
    return {"rows": rowcount if type(rowcount) is int and rowcount >= 0 else None}


def _ending(name: str) -> Any:
    def make(original: Any) -> Any:
        def ended(self: Any) -> Any:
            here = current.get()
            if here is None:
                return original(self)
            t = clock()
            try:
                return original(self)
            except BaseException as error:
                error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
                raise
            finally:
                trace, parent, stage = here
                trace.point(t, parent, stage, ev.TRANSACTION, name, {"alias": self.alias})

        return ended

    return make


PROBE = Probe(
    "database",
    [
        Patch(CursorWrapper, "_execute_with_wrappers", _execute),
        Patch(BaseDatabaseWrapper, "_commit", _ending("commit")),
        Patch(BaseDatabaseWrapper, "_rollback", _ending("rollback")),
    ],
)
