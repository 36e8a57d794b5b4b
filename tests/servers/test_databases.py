"""A real PostgreSQL as the site's database and beside it, and a real Redis as its cache: recorded like any other."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.cache import cache
from django.db import connection, connections, transaction
from django.http import HttpResponse
from django.test import override_settings

from tests import processes
from tests.driving import INTERFACES, ask, assert_well_formed, exit_of, handler_for, observe, of, one
from tests.serving import ROOT
from tests.site.settings import site
from visualizer.redaction import HIDDEN

SCHEMA = json.loads((ROOT / "visualizer" / "trace.schema.json").read_text())
ALIAS = "warehouse"


@pytest.fixture(scope="module")
def shop_on_postgresql(postgresql_server: dict[str, str]) -> dict[str, str]:
    """The environment of a site whose only database is PostgreSQL, with the sample data."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.site.postgresql",
        "TESTS_POSTGRESQL": json.dumps(postgresql_server),
    }
    for command in (["migrate", "-v0"], ["load_sample_data", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
    return environment


def trace_of(environment: dict[str, str], *request: str) -> dict[str, Any]:
    command = [sys.executable, "manage.py", "trace", *request, "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    trace: dict[str, Any] = json.loads(done.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(trace)
    assert not of(trace, "recorder")
    return trace


def test_a_page_of_a_site_on_postgresql(shop_on_postgresql: dict[str, str]) -> None:
    trace = trace_of(shop_on_postgresql, "GET", "/products/wireless-headphones/", "--user", "john")
    assert trace["response"]["status"] == 200
    queries = [event["detail"] for event in of(trace, "database", "enter")]
    assert len(queries) > 5
    assert {query["vendor"] for query in queries} == {"postgresql"}
    assert any('FROM "shop_product"' in query["sql"] and query["params"] for query in queries)
    assert all(query["origin"]["where"] != "unseen" for query in queries)
    assert_well_formed(trace)


def test_what_is_written_there_is_told_with_its_transaction_and_without_the_session_s_key(
    shop_on_postgresql: dict[str, str],
) -> None:
    token = "c" * 32
    headers = ["--header", f"Cookie: csrftoken={token}", "--header", "Content-Type: application/x-www-form-urlencoded"]
    body = f"product=1&quantity=1&csrfmiddlewaretoken={token}"
    trace = trace_of(shop_on_postgresql, "POST", "/cart/add/", *headers, "--body", body)
    assert trace["response"]["status"] == 302
    writes = [event for event in of(trace, "database", "enter") if event["detail"]["sql"].startswith("INSERT")]
    assert ['INSERT INTO "django_session"' in event["detail"]["sql"] for event in writes] == [True]
    assert set(writes[0]["detail"]["params"][:2]) == {HIDDEN}
    assert told(trace)[-1] == "commit on default"


@pytest.fixture
def warehouse(postgresql_server: dict[str, str], django_db_blocker: Any) -> Iterator[None]:
    """PostgreSQL as a second database beside the site's own."""
    connections.settings[ALIAS] = connections.configure_settings({"default": {}, ALIAS: postgresql_server})[ALIAS]
    with django_db_blocker.unblock():
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS stock (amount integer)")
        yield
        connections[ALIAS].close()
    del connections[ALIAS]
    del connections.settings[ALIAS]


def write(amount: int) -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("INSERT INTO stock VALUES (%s)", [amount])


def told(trace: dict[str, Any]) -> list[str]:
    """What the trace says of databases, in order."""
    found = [event for event in trace["events"] if event["kind"] in ("database", "transaction")]
    return [
        f"{event['name']} on {event['detail']['alias']}" if event["phase"] == "point" else event["detail"]["sql"]
        for event in found
        if event["phase"] != "exit"
    ]


@pytest.mark.usefixtures("shop", "warehouse")
@pytest.mark.parametrize("interface", INTERFACES)
def test_a_second_database_is_told_by_its_alias_with_its_transactions(interface: str, traces: Any) -> None:
    def view(request: Any) -> HttpResponse:
        with transaction.atomic(using=ALIAS):
            write(3)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return HttpResponse("stored")

    with site():
        assert ask(interface, "/", handler=handler_for(view, interface)).body == b"stored"
    trace = traces.only
    assert told(trace) == [f"begin on {ALIAS}", "INSERT INTO stock VALUES (%s)", f"commit on {ALIAS}", "SELECT 1"]
    insert, select = of(trace, "database", "enter")
    assert (insert["name"], insert["detail"]["vendor"], insert["detail"]["params"]) == (ALIAS, "postgresql", ["3"])
    assert exit_of(trace, insert)["detail"]["rows"] == 1
    assert (select["name"], select["detail"]["vendor"]) == ("default", "sqlite")
    assert_well_formed(trace)


@pytest.mark.usefixtures("shop", "warehouse")
@pytest.mark.parametrize("interface", INTERFACES)
def test_what_fails_there_is_told_and_rolled_back(interface: str, traces: Any) -> None:
    def view(request: Any) -> HttpResponse:
        with transaction.atomic(using=ALIAS):
            write(4)
            with connections[ALIAS].cursor() as cursor:
                cursor.execute("SELECT * FROM nothing_of_this_name")
        return HttpResponse("never")

    with site():
        observe(lambda: ask(interface, "/", handler=handler_for(view, interface)))
    trace = traces.only
    assert told(trace) == [
        f"begin on {ALIAS}",
        "INSERT INTO stock VALUES (%s)",
        "SELECT * FROM nothing_of_this_name",
        f"rollback on {ALIAS}",
    ]
    failed = of(trace, "database", "enter")[1]
    assert exit_of(trace, failed)["detail"]["error"]["type"] == "ProgrammingError"
    assert one(trace, "exception")["name"] == "ProgrammingError"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("interface", INTERFACES)
def test_a_cache_in_redis_works_while_it_is_recorded(interface: str, traces: Any, redis_server: str) -> None:
    def view(request: Any) -> HttpResponse:
        cache.set("answer", 42, timeout=60)
        cache.incr("answer")
        found = cache.get_many(["answer", "missing"])
        cache.delete("answer")
        return HttpResponse(f"{found} {cache.get('answer')}")

    backend = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_server}
    with site(), override_settings(CACHES={"default": backend}):
        reply = ask(interface, "/", handler=handler_for(view, interface))
        cache.close()
    assert reply.text == "{'answer': 43} None"
    assert not of(traces.only, "recorder")
    assert_well_formed(traces.only)


def test_a_program_that_is_missing_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "_MORE_FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"nginx is not installed .* `make test` installs it: Debian's nginx"):
        processes.program("nginx", "nginx")
