"""Parameters of queries: taken without touching them, told by place, hidden by the column they belong to."""

import decimal
import enum

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Lower

from visualizer.redaction import HIDDEN
from visualizer.sql_parameters import parameter_texts, take_parameters
from visualizer.sql_placeholders import without_secrets


def texts(sql, params, many=False):
    return parameter_texts(sql, take_parameters(params, many), many)


@pytest.mark.parametrize(
    ("sql", "params", "expected"),
    [
        ('SELECT * FROM "t" WHERE "t"."name" = %s', ["a"], ["a"]),
        ('SELECT * FROM "t" WHERE "t"."token" = %s', ["a"], [HIDDEN]),
        ('SELECT "t"."password" FROM "t" WHERE "t"."id" = %s LIMIT %s', [1, 21], ["1", "21"]),
        ("SELECT * FROM t WHERE token = %s", ["a"], [HIDDEN]),
        ("SELECT * FROM t WHERE `token` = %s AND `name` = %s", ["a", "b"], [HIDDEN, "b"]),
        ("SELECT * FROM t WHERE [token] = %s AND [name] = %s", ["a", "b"], [HIDDEN, "b"]),
        ("SELECT * FROM t WHERE name LIKE %s AND token LIKE %s", ["a", "b"], ["a", HIDDEN]),
        ("SELECT * FROM t WHERE name IN (%s, %s) AND token IN (%s, %s)", [1, 2, 3, 4], ["1", "2", HIDDEN, HIDDEN]),
        ("SELECT * FROM t WHERE token BETWEEN %s AND %s AND name = %s", [1, 2, 3], [HIDDEN, HIDDEN, "3"]),
        ('SELECT * FROM t WHERE LOWER("t"."token") = %s', ["a"], [HIDDEN]),
        ("SELECT * FROM t WHERE UPPER(t.token::text) LIKE UPPER(%s)", ["a"], [HIDDEN]),
        ("SELECT * FROM t WHERE name = %s OR (size > %s AND token = %s)", [1, 2, 3], ["1", "2", HIDDEN]),
        ("SELECT * FROM t WHERE NOT (token = %s) AND name = %s", [1, 2], [HIDDEN, "2"]),
        ("SELECT * FROM t WHERE (name, token) = (%s, %s)", [1, 2], [HIDDEN, HIDDEN]),
        ("SELECT COALESCE(token, %s), %s AS x FROM t", [1, 2], [HIDDEN, "2"]),
        ("SELECT * FROM t WHERE id IN (SELECT user_id FROM token_token WHERE size = %s)", [1], ["1"]),
        (
            'UPDATE "t" SET "name" = %s, "password" = %s, "size" = %s WHERE "id" = %s',
            [1, 2, 3, 4],
            ["1", HIDDEN, "3", "4"],
        ),
        (
            'UPDATE "t" SET "token" = CASE WHEN ("t"."id" = %s) THEN %s ELSE NULL END, "name" = %s WHERE "id" IN (%s)',
            [1, 2, 3, 4],
            [HIDDEN, HIDDEN, "3", "4"],
        ),
        ("INSERT INTO t (name, password) VALUES (%s, %s), (%s, %s)", [1, 2, 3, 4], ["1", HIDDEN, "3", HIDDEN]),
        ("INSERT INTO t (made, password, name) VALUES (NOW(), %s, %s)", [1, 2], [HIDDEN, "2"]),
        ("INSERT INTO t (name, password) VALUES (LOWER(%s), SHA(%s, 256))", [1, 2], ["1", HIDDEN]),
        ("INSERT INTO t (name, token) SELECT %s, %s FROM other WHERE size = %s", [1, 2, 3], ["1", HIDDEN, "3"]),
        ("INSERT INTO t (name) VALUES (%s) ON CONFLICT (name) DO UPDATE SET token = %s", [1, 2], ["1", HIDDEN]),
        ("REPLACE INTO t (name, token) VALUES (%s, %s)", [1, 2], ["1", HIDDEN]),
        ("INSERT OR IGNORE INTO t (name, token) VALUES (%s, %s)", [1, 2], ["1", HIDDEN]),
        ('INSERT INTO "authtoken_token" ("name", "user") VALUES (%s, %s)', [1, 2], [HIDDEN, HIDDEN]),
        ("SELECT '%%s' FROM t WHERE token = %s", ["a"], [HIDDEN]),
        ("SELECT * FROM t WHERE name = 'O''Reilly (%s' AND token = '%s'", [1, 2], ["1", HIDDEN]),
        ("SELECT * FROM t -- %s is a placeholder\nWHERE token = %s", ["a"], [HIDDEN]),
        ("SELECT %s", [decimal.Decimal("1.50")], ["1.50"]),
        ("SELECT 1", None, []),
        ("SELECT 1", (), []),
    ],
)
def test_a_parameter_is_hidden_if_its_column_is_a_secret_s(sql, params, expected):
    assert texts(sql, params) == expected


def test_named_parameters_are_told_by_the_column_and_by_their_own_name():
    sql = "SELECT * FROM t WHERE token = %(t)s AND name = %(n)s AND x = %(password)s"
    params = {"n": "ann", "t": "abc", "password": "def", "unused": 1}
    assert texts(sql, params) == ["n=ann", f"t={HIDDEN}", f"password={HIDDEN}", "unused=1"]


def test_more_parameters_than_are_kept_are_counted():
    found = texts(f"SELECT * FROM t WHERE id IN ({', '.join(['%s'] * 250)})", list(range(250)))
    assert found[:2] == ["0", "1"]
    assert found[100:] == ["… and 150 more"]


def test_rows_of_parameters_are_counted():
    assert texts("INSERT INTO t (a) VALUES (%s)", [(1,), (2,)], many=True) == ["2 rows of parameters"]
    assert texts("INSERT INTO t (a) VALUES (%s)", iter([(1,)]), many=True) == ["rows of parameters"]


def test_an_iterator_is_left_to_the_database():
    params = iter([1, 2])
    assert take_parameters(params) == ()
    assert list(params) == [1, 2]


def test_values_are_described_when_they_are_taken():
    class Size(enum.IntEnum):
        LARGE = 3

    mutable = [1]
    taken = take_parameters([mutable, Size.LARGE, b"bytes"])
    mutable.append(2)
    assert parameter_texts("SELECT %s, %s, %s", taken) == ["<list of 1>", "3", "<5 bytes>"]


def test_a_statement_too_strange_to_read_is_no_error():
    assert texts(")))) , . %s ((( 'open", ["a"]) == ["a"]


# The statements that Django itself writes.


def compiled(queryset):
    sql, params = queryset.query.sql_with_params()
    return texts(sql, params)


def test_django_s_own_selects():
    assert compiled(User.objects.filter(password="pbkdf2$secret", username="john")) == [HIDDEN, "john"]
    assert compiled(User.objects.filter(Q(password__startswith="a") | Q(username__icontains="j"))) == [HIDDEN, r"%j%"]
    assert compiled(User.objects.annotate(low=Lower("password")).filter(low="x", email="e")) == ["e", HIDDEN]
    assert compiled(User.objects.filter(pk__in=Session.objects.filter(session_key="k").values("pk"))) == [HIDDEN]


@pytest.mark.django_db
def test_django_s_own_writes():
    seen = []

    def note(execute, sql, params, many, context):
        seen.append((sql.split()[0], texts(sql, params, many)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        user = User.objects.create(username="ann", password="pbkdf2$one", email="ann@example.org")
        user.password = "pbkdf2$two"
        user.save(update_fields=["password", "first_name"])
        User.objects.bulk_update([user], ["password"])
        User.objects.filter(pk=user.pk).update(
            last_name=Value("Lee"),
            password=Case(When(is_staff=True, then=Value("pbkdf2$three")), default=F("password")),
        )
        Session.objects.create(session_key="key-of-session", session_data="data", expire_date="2030-01-01T00:00Z")
    everything = " ".join(text for _, found in seen for text in found)
    assert not [secret for secret in ("pbkdf2", "key-of-session", "data") if secret in everything]
    assert "Lee" in everything


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM t WHERE token = 'a' AND name = 'b'", "SELECT * FROM t WHERE token = '*' AND name = 'b'"),
        ("UPDATE t SET password='it''s', name='b'", "UPDATE t SET password='*', name='b'"),
        (
            "INSERT INTO t (name, token) VALUES ('a', 'b'), ('c', 'd')",
            "INSERT INTO t (name, token) VALUES ('a', '*'), ('c', '*')",
        ),
        ("SELECT 'token' FROM t WHERE name = %s", "SELECT 'token' FROM t WHERE name = %s"),
        ("SELECT token FROM t WHERE name = 'a'", "SELECT token FROM t WHERE name = 'a'"),
        ("SELECT * FROM t WHERE token = ''", "SELECT * FROM t WHERE token = ''"),
    ],
)
def test_a_text_in_the_statement_that_goes_to_a_secret_s_column_is_not_told(sql, told):
    assert without_secrets(sql) == told.replace("*'", f"{HIDDEN}'")
