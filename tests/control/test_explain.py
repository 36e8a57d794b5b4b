"""Plans of queries: only of what EXPLAIN does not run, and with the parameters that the trace really holds."""

import re

import pytest
from django.db import connections

from tests.lessons.sample import Sample
from visualizer.control.explain import CannotExplain, explain, why_not
from visualizer.page.plan import plan_of
from visualizer.redaction import HIDDEN

ALIAS = "warehouse"

pytestmark = pytest.mark.usefixtures("shop")


def query(sql, params=(), vendor="sqlite", alias="default", **more):
    sample = Sample()
    sample.span("database", alias, sql=sql, params=list(params), vendor=vendor, **more)
    return sample.events[0]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (query("UPDATE a SET b = 1"), "SELECT only"),
        (query("WITH x AS (SELECT 1) DELETE FROM a"), "SELECT only"),
        (query("EXPLAIN SELECT 1"), "SELECT only"),
        (query(""), "SELECT only"),
        (query("SELECT 1; DELETE FROM a"), "semicolon"),
        (query("SELECT 1", vendor="mysql"), "this query went to MySQL"),
        (query("SELECT 1 FROM a WHERE …"), "only the statement's beginning"),
        (query(f"SELECT '{HIDDEN}'"), "secret was replaced"),
        (query("SELECT %s", [HIDDEN]), "Parameter 1 is a secret"),
        (query("SELECT %s, %(a)s", ["1", f"a={HIDDEN}"]), "Parameter 2 is a secret"),
        (query("SELECT %s", ["<list of 3>"]), "only described"),
        (query("SELECT %s", ["SimpleLazyObject, not evaluated"]), "only described"),
        (query("SELECT %s", ["lazy text"]), "only described"),
        (query("SELECT %s", ["a long tex…"]), "only described"),
        (query("SELECT %s", ["1", "… and 3 more"]), "only described"),
        (query("SELECT %s", ["3 rows of parameters"], many=True), "only described"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_explained_says_why(event, said):
    assert said in why_not(event)
    with pytest.raises(CannotExplain, match=re.escape(said)):
        explain(event)


@pytest.mark.parametrize(
    "event",
    [
        query("SELECT 1;"),
        query("WITH x AS (SELECT 1) SELECT * FROM x"),
        query("SELECT * FROM shop_product WHERE id = %s OR name = %s OR stock IS %s", ["1", "a ; b", "None"]),
        query("SELECT * FROM shop_product WHERE id = %(id)s", ["id=3"]),
        query("SELECT * FROM shop_product WHERE name LIKE '%%x'"),
    ],
    ids=lambda event: event["detail"]["sql"][:30],
)
def test_selects_of_all_forms_are_explained(event):
    assert why_not(event) == ""
    assert explain(event).told


def test_what_the_database_says_against_it_is_passed_on():
    with pytest.raises(CannotExplain, match="SQLite refused: no such table: nowhere"):
        explain(query("SELECT * FROM nowhere"))
    with pytest.raises(CannotExplain, match="no database 'elsewhere'"):
        explain(query("SELECT 1", alias="elsewhere"))
    with pytest.raises(CannotExplain, match="'default' is SQLite here"):
        explain(query("SELECT 1", vendor="postgresql"))


def test_nothing_is_executed():
    table = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)"
    # Without an end, if it were run.
    assert explain(query(f"SELECT count(*) FROM {table}")).told


@pytest.fixture
def warehouse(postgresql_server, django_db_blocker):
    """A real PostgreSQL with a table of many rows, of which an index knows the numbers."""
    connections.settings[ALIAS] = connections.configure_settings({"default": {}, ALIAS: postgresql_server})[ALIAS]
    with django_db_blocker.unblock():
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("CREATE TABLE parcel (number integer PRIMARY KEY, place text, sent date, is_paid boolean)")
            cursor.execute(
                "INSERT INTO parcel SELECT n, 'shelf ' || n %% 50, '2026-01-01', true FROM generate_series(1, 5000) n",
                [],
            )
            cursor.execute("ANALYZE parcel")
        yield
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("DROP TABLE parcel")
        connections[ALIAS].close()
    del connections[ALIAS]
    del connections.settings[ALIAS]


def parcels(condition, *params):
    return query(f"SELECT * FROM parcel WHERE {condition}", params, vendor="postgresql", alias=ALIAS)


def test_postgresql_explains_with_costs_and_conditions(warehouse):
    plan = plan_of(explain(parcels("number = %s LIMIT %s", "42", "21")))
    [top] = plan["nodes"]
    assert (top["text"], top["says"]) == ("Limit", "stops after the first rows")
    [scan] = top["children"]
    assert scan["text"] == "Index Scan using parcel_pkey on parcel"
    assert ("index cond", "(number = 42)") in scan["facts"]
    assert [label for label, _ in scan["facts"]][:2] == ["cost", "rows"]
    assert (plan["reads_all"], plan["has_costs"]) == (False, True)


def test_the_trace_s_texts_become_what_postgresql_compares_them_with(warehouse):
    told = explain(parcels("sent = %s AND is_paid = %s AND place = %s", "2026-01-01", "True", "shelf 7")).told
    assert "Seq Scan" in str(told) and "'shelf 7'::text" in str(told)
    plan = plan_of(explain(parcels("place IS NOT DISTINCT FROM %s", "None")))
    assert plan["reads_all"]


def test_a_union_in_brackets_is_explained(warehouse):
    sql = "(SELECT number FROM parcel) UNION (SELECT 1)"
    assert "Append" in str(explain(query(sql, vendor="postgresql", alias=ALIAS)).told)


def test_postgresql_runs_nothing_and_may_write_nothing(warehouse):
    with connections[ALIAS].cursor() as cursor:
        # Constant by its own word, so that the planner calls it.
        cursor.execute(
            "CREATE OR REPLACE FUNCTION plant() RETURNS integer IMMUTABLE LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO parcel VALUES (0); RETURN 1; END $$"
        )
    with pytest.raises(CannotExplain, match=r"PostgreSQL refused: .*INSERT"):
        explain(parcels("number = plant()"))
    assert explain(parcels("pg_sleep(number) IS NULL")).told
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("DROP FUNCTION plant()")
        cursor.execute("SELECT count(*) FROM parcel")
        assert cursor.fetchone() == (5000,)


def test_an_error_of_postgresql_is_passed_on_and_leaves_the_connection_usable(warehouse):
    with pytest.raises(CannotExplain, match="invalid input syntax for type integer"):
        explain(parcels("number = %s", "many"))
    assert explain(parcels("number = %s", "1")).told
