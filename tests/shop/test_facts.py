"""What the traces of every scenario say, held against witnesses that share nothing with the probes.

Status, headers and length against what the client got; the statements against Django's own log of them; order and
nesting of the calls against the interpreter's profiler.
"""

import re
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from django.core.signals import request_started
from django.db import DEFAULT_DB_ALIAS, connection, connections, reset_queries
from django.db.backends.signals import connection_created

from tests.driving import INTERFACES, of
from tests.shop.test_scenarios import NAMES, NOT_UNDER_WSGI
from tests.witness import Witness, nesting_of, nesting_told_by, told_by
from visualizer.control.in_process import Answer, run_and_answer

pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")

PLAYABLE = [pair for pair in product(NAMES, INTERFACES) if pair not in NOT_UNDER_WSGI]
EACH = pytest.mark.parametrize(("name", "interface"), PLAYABLE)


class Log:
    """Django's own log of statements, of the connections of all threads."""

    def __init__(self) -> None:
        self.connections = [connections[DEFAULT_DB_ALIAS]]

    def __enter__(self) -> "Log":
        request_started.disconnect(reset_queries)
        connection_created.connect(self._add)
        connection.force_debug_cursor = True
        connection.queries_log.clear()
        return self

    def __exit__(self, *error: object) -> None:
        connection_created.disconnect(self._add)
        connection.force_debug_cursor = False
        request_started.connect(reset_queries)

    def _add(self, connection: Any, **more: Any) -> None:
        connection.force_debug_cursor = True
        self.connections.append(connection)

    @property
    def statements(self) -> list[str]:
        return [entry["sql"] for each in dict.fromkeys(self.connections) for entry in each.queries_log]


@dataclass
class Evidence:
    """One request: its trace, and what the witnesses saw."""

    trace: dict[str, Any]
    answer: Answer
    statements: list[str]
    calls: list[tuple[str, str, str]]


_found: dict[tuple[str, str], list[Evidence]] = {}


@pytest.fixture
def evidence(request, monkeypatch):
    """Return a function that gives what a scenario's requests left; each is played once for all tests."""

    def of_scenario(name, interface):
        if (name, interface) not in _found:
            _found[name, interface] = _play(request.getfixturevalue("told"), name, interface, monkeypatch)
        return _found[name, interface]

    return of_scenario


def _play(told, name, interface, monkeypatch):
    seen = []

    def watch(outgoing, interface):
        with Log() as log, Witness(outgoing.path) as witness:
            trace, answer = run_and_answer(outgoing, interface)
        seen.append((answer, log.statements, witness.seen))
        return trace, answer

    monkeypatch.setattr("visualizer.control.play.run_and_answer", watch)
    return [Evidence(trace, *rest) for trace, rest in zip(told(name, interface), seen, strict=True)]


@EACH
def test_status_headers_and_length_are_those_that_the_client_got(name, interface, evidence):
    for each in evidence(name, interface):
        response = each.trace["response"]
        assert response["status"] == each.answer.status
        assert response["body_bytes"] == len(each.answer.body)
        for (kept_name, kept), (name, value) in zip(response["headers"], each.answer.headers, strict=True):
            assert kept_name == name
            assert kept == value or name == "Set-Cookie"


@EACH
def test_statements_are_those_that_django_logged_in_their_order(name, interface, evidence):
    for each in evidence(name, interface):
        asked = [event["detail"]["sql"] for event in of(each.trace, "database", "enter")]
        logged = [sql for sql in each.statements if sql not in ("COMMIT", "ROLLBACK")]
        assert len(asked) == len(logged)
        for told, sql in zip(asked, logged, strict=True):
            assert _is_filled_in(told, sql), (told, sql)
        ends = [event["name"].upper() for event in of(each.trace, "transaction")]
        assert ends == [sql for sql in each.statements if sql in ("COMMIT", "ROLLBACK")]


def _is_filled_in(told, sql):
    """Whether a statement is the one told with values in place of its placeholders."""
    pattern = ".*?".join(map(re.escape, told.split("%s"))).replace("%%", "%")
    return re.fullmatch(pattern, sql, re.DOTALL) is not None


@EACH
def test_order_and_nesting_are_those_of_the_calls(name, interface, evidence):
    for each in evidence(name, interface):
        assert told_by(each.trace) == each.calls
        assert nesting_told_by(each.trace) == nesting_of(each.calls)
