import re

import pytest

from visualizer.page.markup import markup
from visualizer.page.sql import laid_out, pieces, shortened
from visualizer.page.templates import render

STATEMENTS = [
    'SELECT "a"."b", COUNT(*) FROM "a" LEFT OUTER JOIN "c" ON ("a"."b" = "c"."d") WHERE "a"."b" = %s LIMIT 21',
    "SELECT ' FROM x' FROM \"a WHERE b\" -- a comment",
    'UPDATE "a" SET "b" = %s, "c" = 3 WHERE "a"."id" = %s',
    'INSERT INTO "a" ("b", "c") VALUES (%s, %s) RETURNING "a"."id"',
    "BEGIN IMMEDIATE",
    'SELECT "a"."b" FROM "a" WHERE "a"."text" = …',
    "",
]


def words(text):
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_laying_out_and_colouring_change_nothing_but_white_space(sql):
    text = laid_out(sql)
    assert words(text) == words(sql)
    assert "".join(piece for _, piece in pieces(text)) == text


def test_each_clause_begins_a_line():
    assert [line.split()[0] for line in laid_out(STATEMENTS[0]).splitlines()] == [
        "SELECT", "FROM", "LEFT", "WHERE", "LIMIT"
    ]  # fmt: skip


def test_names_and_texts_in_quotes_are_left_alone():
    assert laid_out("SELECT ' FROM x' FROM \"a WHERE b\"") == "SELECT ' FROM x'\nFROM \"a WHERE b\""


def test_words_have_the_class_of_what_they_are():
    found = pieces('SELECT "a" FROM b WHERE "c" = %s AND d = \'x\' AND e = 3')
    assert ("sql-keyword", "SELECT") in found
    assert ("sql-placeholder", "%s") in found
    assert ("sql-literal", "'x'") in found
    assert ("sql-literal", "3") in found
    assert not [css for css, text in found if '"' in text and css]


def test_only_a_long_list_of_columns_is_shortened():
    columns = ", ".join(f'"shop_product"."column_{number}"' for number in range(20))
    text = laid_out(f'SELECT {columns} FROM "shop_product" WHERE "a" = %s')
    assert "column_19" in text
    short = shortened(text)
    assert short.splitlines()[-3:] == ["       …", 'FROM "shop_product"', 'WHERE "a" = %s']
    assert "column_0" in short
    for sql in STATEMENTS:
        assert shortened(laid_out(sql)) == laid_out(sql)


def test_what_is_too_deep_for_the_parser_stays_as_it_came():
    deep = f"SELECT {'(' * 5_000}1{')' * 5_000}"
    assert laid_out(deep) == deep


def test_a_statement_is_escaped():
    html = render("visualizer/inspector/sql.html", {"html": markup(pieces("SELECT '<b>'")), "label": "x"})
    assert "&#x27;&lt;b&gt;&#x27;" in html
    assert "style=" not in html
