import pytest

from visualizer.lessons.kinds import sql


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            'SELECT "shop_product"."id" FROM "shop_product" WHERE "slug" = %s LIMIT 21',
            "for at most 21 rows of shop_product",
        ),
        ('SELECT "shop_ban"."id" FROM "shop_ban" ORDER BY "id" LIMIT 1', "for at most one row of shop_ban"),
        ('SELECT "a"."id" FROM "public"."a"', "for rows of a"),
        ("SELECT `a`.`id` FROM `a`", "for rows of a"),
        ('SELECT 1 AS "a" FROM "shop_review" LIMIT 1', "whether there is such a row in shop_review"),
        ('SELECT COUNT(*) AS "__count" FROM "shop_review"', "to count rows of shop_review"),
        ("SELECT 1", "for a value"),
        ('INSERT INTO "shop_order" ("total") VALUES (%s)', "to insert into shop_order"),
        ('UPDATE "django_session" SET "data" = %s', "to update django_session"),
        ('DELETE FROM "shop_order" WHERE 1', "to delete from shop_order"),
        ("BEGIN IMMEDIATE", "to begin a transaction"),
        ('SAVEPOINT "s1"', "to set a savepoint"),
        ("PRAGMA foreign_keys", "to run a PRAGMA"),
        ("EXPLAIN SELECT 1", "to run an EXPLAIN"),
        ("(SELECT 1)", "for a value"),
        ("", "to run a statement"),
    ],
)
def test_a_statement_says_what_it_asks_for(statement, said):
    assert sql.asks(statement) == said


def test_a_statement_that_was_cut_has_no_known_limit():
    assert sql.limit_of("SELECT a FROM b LIMIT 2…") is None
