import pytest

from tests.lessons.sample import LAYER, VIEW, Sample
from visualizer.lessons.sentences import sentence_for

SELECT = 'SELECT "shop_product"."id" FROM "shop_product" LIMIT 21'
FROM_VIEW = {"where": "python", "file": "/srv/products/views.py", "line": 31, "function": "product_detail"}
LAZY = "It ran here, as this line was rendered: querysets and related objects ask when they are used"
FROM_TEMPLATE = {"where": "template", "template": "shop/list.html", "line": 14}


def said(left=None, **detail):
    sample = Sample()
    sample.span("database", "default", left or {"rows": -1}, vendor="sqlite", **{"sql": SELECT, **detail})
    return sentence_for(sample.as_dict(), 0)


@pytest.mark.parametrize(
    ("origin", "who"),
    [
        (FROM_VIEW, "products/views.py line 31 asked for it"),
        (FROM_TEMPLATE, f"shop/list.html line 14 asked for it. {LAZY}"),
        (
            {"where": "library", "file": "/lib/site-packages/django/contrib/sessions/middleware.py", "line": 60},
            "django/contrib/sessions/middleware.py line 60 asked for it, no line of the project",
        ),
        ({"where": "unseen"}, "no line of the project was seen to ask for it"),
        (None, "no line of the project was seen to ask for it"),
    ],
)
def test_who_asked_is_named_if_it_was_seen(origin, who):
    assert said(origin=origin) == f"Django asks SQLite for at most 21 rows of shop_product; {who}. It took 1 µs."


def test_a_lazy_query_is_told_apart_from_what_the_view_asked():
    sample = Sample()
    sample.enter("view", VIEW)
    for sql, origin in (("SELECT 1 FROM a", FROM_TEMPLATE), ("SELECT 1 FROM a", FROM_VIEW), ("BEGIN", FROM_TEMPLATE)):
        sample.span("database", "default", vendor="sqlite", sql=sql, origin=origin)
    told = [sentence_for(sample.as_dict(), seq) for seq in (1, 3, 5)]
    assert ["as this line was rendered, not in the view:" in sentence for sentence in told] == [True, False, False]


def test_without_a_line_of_the_project_the_layer_is_named():
    sample = Sample()
    sample.enter("middleware", LAYER)
    seq = sample.span("database", "default", {"rows": 1}, vendor="postgresql", sql='UPDATE "s" SET "a" = 1')
    assert sentence_for(sample.as_dict(), seq) == (
        "Django asks PostgreSQL to update s; it ran inside BannedUserMiddleware. It took 1 µs and touched 1 row."
    )


def test_enter_and_exit_say_the_same():
    sample = Sample()
    sample.span("database", "default", {}, vendor="sqlite", sql=SELECT)
    assert sentence_for(sample.as_dict(), 0) == sentence_for(sample.as_dict(), 1)


def test_a_statement_that_fails():
    error = {"type": "OperationalError", "module": "django.db.utils", "message": "no such table: shop_product"}
    assert said({"error": error}).endswith("It fails after 1 µs: an OperationalError: no such table: shop_product.")


def test_a_statement_that_runs():
    sample = Sample()
    sample.enter("database", "default", vendor="sqlite", sql=SELECT)
    assert sentence_for(sample.as_dict(), 0).endswith("It is still running.")


def test_a_statement_that_outlived_the_trace():
    sample = Sample().ended("completed", "shop.views.home")
    sample.enter("database", "default", vendor="sqlite", sql=SELECT)
    assert sentence_for(sample.as_dict(), 0).endswith("It had not ended when the request did.")


def test_many_at_once():
    assert "with many sets of parameters" in said(many=True, sql='INSERT INTO "a" VALUES (1)')


@pytest.mark.parametrize(
    ("name", "word"),
    [("commit", "committed"), ("rollback", "rolled back"), ("teapot", "The transaction on default ends.")],
)
def test_the_end_of_a_transaction(name, word):
    sample = Sample()
    sample.point("transaction", name, alias="default")
    assert word in sentence_for(sample.as_dict(), 0)
