"""Like queries, N+1 and its cure, of real requests; Django's own CaptureQueriesContext says what was asked."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.db.models import Avg, Q
from django.template import Context, Engine

from config.shop.models import Ban, Category, Order, OrderItem, Product, Review
from tests.findings.running import cured
from tests.lessons.sample import Sample
from visualizer.findings.n_plus_one import n_plus_ones
from visualizer.findings.queries import model_of_table, query_findings
from visualizer.findings.relations import Relations
from visualizer.findings.words import like_said
from visualizer.lessons.reading import Reading, detail

pytestmark = pytest.mark.usefixtures("shop")
MANY_STARS = 3


@pytest.fixture
def template(tmp_path: Path) -> Callable[[str], Callable[[Any], str]]:
    """A template of this text, to be rendered with `rows`."""

    def make(text: str) -> Callable[[Any], str]:
        (tmp_path / "list.html").write_text(text)
        found = Engine(dirs=[str(tmp_path)]).get_template("list.html")
        return lambda rows: found.render(Context({"rows": rows}))

    return make


@pytest.fixture
def orders(shop):
    for number, product in enumerate(Product.objects.all()[:4]):
        user = User.objects.create(username=f"user {number}")
        user.groups.add(Group.objects.create(name=f"group {number}"))
        order = Order.objects.create(customer=user, name=f"{number}", address="x", city="y", total=1)
        OrderItem.objects.create(order=order, product=product, quantity=1, price=1)
        Ban.objects.create(user=user, reason="none")


# Each loop follows a relation from the rows of one query; the cure, and how many queries are left with it.
LOOPS = [
    (Product.objects.all, lambda p: p.category.name, 'select_related("category")', 1),
    (Order.objects.all, lambda o: o.customer.username, 'select_related("customer")', 1),
    (Ban.objects.all, lambda b: b.user.username, 'select_related("user")', 1),
    (lambda: User.objects.filter(username__startswith="user"), lambda u: u.ban.reason, 'select_related("ban")', 1),
    (Product.objects.all, lambda p: [r.pk for r in p.reviews.all()], 'prefetch_related("reviews")', 2),
    (Product.objects.all, lambda p: [i.pk for i in p.orderitem_set.all()], 'prefetch_related("orderitem_set")', 2),
    (User.objects.all, lambda u: [g.pk for g in u.groups.all()], 'prefetch_related("groups")', 2),
    (Group.objects.all, lambda g: [u.pk for u in g.user_set.all()], 'prefetch_related("user_set")', 2),
]


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize(("rows", "follow", "cure", "left"), LOOPS, ids=[loop[2] for loop in LOOPS])
def test_the_cure_that_is_named_works(rows, follow, cure, left, ran):
    ill = ran(lambda: [follow(row) for row in rows()])
    assert ill.found.cure == cure
    assert ill.found.like.count == len(ill.captured) - 1 == rows().count()
    assert ill.captured[0].startswith(detail(ill.found.source)["sql"].partition("%s")[0])
    well = ran(lambda: [follow(row) for row in cured(rows(), ill.found.cure)])
    assert len(well.captured) == left
    assert well.findings.n_plus_ones == []
    assert well.reply.body == ill.reply.body


def test_an_aggregate_for_each_row_is_cured_by_annotate_and_not_by_prefetching(ran):
    ill = ran(lambda: [p.reviews.aggregate(mean=Avg("rating"))["mean"] for p in Product.objects.order_by("pk")])
    assert ill.found.cure == 'annotate(Avg("reviews__rating"))'
    well = cured(Product.objects.order_by("pk"), ill.found.cure)
    assert str([product.reviews__rating__avg for product in well]) == ill.reply.text
    counts = ran(lambda: [p.reviews.count() for p in Product.objects.order_by("pk")])
    assert counts.found.cure == 'annotate(Count("reviews"))'
    well = cured(Product.objects.order_by("pk"), counts.found.cure)
    assert str([product.reviews__count for product in well]) == counts.reply.text


@pytest.mark.usefixtures("orders")
def test_rows_that_were_read_one_by_one_themselves_are_cured_from_the_first_query(ran):
    def names(orders):
        return [[(i.product.name, i.product.category.name) for i in order.items.all()] for order in orders]

    ill = ran(lambda: [[(i.product.category.name) for i in order.items.all()] for order in Order.objects.all()])
    cures = [found.cure for found in ill.findings.n_plus_ones]
    assert cures[0] == 'prefetch_related("items")'
    # Product and category are asked for by one line, in one breath: each is explained by the one before.
    assert cures[1:] == ['prefetch_related("items__product")', 'prefetch_related("items__product__category")']
    well = ran(lambda: names(cured(Order.objects.all(), cures[-1])))
    assert len(well.captured) == 4


def test_a_line_of_a_template_is_named_with_its_cure(ran, template):
    render = template("<ul>\n{% for row in rows %}\n{{ row.category.name }}\n{% endfor %}")
    ill = ran(lambda: render(Product.objects.all()))
    assert ill.found.cure == 'select_related("category")'
    assert ill.said == (
        "N+1: a query for Product rows from list.html line 2, then 24 queries followed Product.category, "
        'one at a time, from list.html line 3. select_related("category") on that query would bring them along in it.'
    )
    well = ran(lambda: render(cured(Product.objects.all(), ill.found.cure)))
    assert len(well.captured) == 1


@pytest.mark.parametrize(
    "follow",
    [
        lambda p: Category.objects.get(pk=p.category_id).name,
        lambda p: getattr(p, "cat" + "egory").name,
        lambda p: [r.pk for r in Review.objects.filter(product=p)],
        lambda p: p.reviews.exists(),
        lambda p: p.reviews.first(),
        lambda p: [r.pk for r in p.reviews.all()[:2]],
        lambda p: [r.pk for r in p.reviews.filter(rating__gt=3)[:2]],
        lambda p: [r.pk for r in p.reviews.filter(rating__gt=MANY_STARS)],
        lambda p: p.reviews.filter(rating__gt=MANY_STARS).count(),
        lambda p: list(p.reviews.values_list("product__name")),
        lambda p: list(Category.objects.filter(products=p)),
    ],
    ids=[
        *(
            "get",
            "getattr",
            "filter",
            "exists",
            "first",
            "slice",
            "filtered slice",
            "a name of its own",
            "filtered count",
        ),
        *("values", "joined to the rows themselves"),
    ],
)
def test_no_cure_is_named_where_what_would_work_cannot_be_told_from_the_line(follow, ran):
    ill = ran(lambda: [follow(product) for product in Product.objects.all()])
    assert ill.found.cure == ""
    assert "related(" not in ill.said
    assert "queries followed Product." in ill.said


def test_of_two_ways_of_reading_a_relation_in_one_line_only_the_whole_is_cured(ran):
    ill = ran(lambda: [[*p.reviews.all(), *p.reviews.filter(rating=5)] for p in Product.objects.all()])
    assert [found.cure for found in ill.findings.n_plus_ones] == ['prefetch_related("reviews")', ""]


@pytest.mark.parametrize(
    "follow",
    [
        lambda p: list(Order.objects.filter(total__gt=p.price)),
        lambda p: list(Review.objects.filter(Q(product=p) | Q(rating=9))),
        lambda p: list(Review.objects.exclude(product=p)),
        lambda p: list(Review.objects.filter(product__price=p.price)),
    ],
    ids=["no relation", "one of two conditions", "a condition turned round", "a join by something else"],
)
def test_what_no_relation_explains_is_only_said_to_be_alike(follow, ran):
    ill = ran(lambda: [follow(product) for product in Product.objects.all()])
    assert ill.findings.n_plus_ones == []
    [like] = ill.findings.likes
    assert like.count == len(ill.captured) - 1
    assert ill.said.startswith(
        f"SELECT {like.sql.split('FROM')[1].split()[0].strip(chr(34))}: {like.count} × like this"
    )


@pytest.mark.parametrize(
    ("line", "chosen"),
    [("product.category.name", ["category"]), ("name_of(product)", []), ("p.category, p.second_category", [])],
)
def test_of_two_relations_that_explain_it_only_one_that_the_line_names_is_chosen(line, chosen, ran):
    class TwoKeys(Relations):
        """As if a product had two foreign keys to the category."""

        def leading_to(self, select, place):
            return [each for one in super().leading_to(select, place) for each in (one, second(one))]

    def second(following):
        return replace(following, relation=replace(following.relation, name="second_category"))

    ill = ran(lambda: [product.category.name for product in Product.objects.all()])
    found = n_plus_ones(ill.reading, ill.findings.likes, TwoKeys(apps.get_models()), lambda event: line)
    assert [each.relation.name for each in found] == chosen
    assert len(n_plus_ones(ill.reading, ill.findings.likes, Relations(apps.get_models()), lambda event: "")) == 1


def test_rows_of_which_two_queries_could_be_the_source_name_no_place(ran):
    def view():
        cheap, dear = list(Product.objects.filter(price__lt=100)), list(Product.objects.filter(price__gte=100))
        return [product.category.name for product in [*cheap, *dear]]

    ill = ran(view)
    assert ill.found.source is None
    assert 'select_related("category") on the query for Product rows' in ill.said


@pytest.mark.parametrize(("rows", "is_source"), [(None, True), (-1, True), (2, False), (3, True)])
def test_a_query_that_read_too_few_rows_is_no_source(rows, is_source):
    products = 'SELECT "shop_product"."id", "shop_product"."category_id" FROM "shop_product"'
    category = 'SELECT "shop_category"."id" FROM "shop_category" WHERE "shop_category"."id" = %s LIMIT 21'
    sample = Sample()
    sample.span("database", "default", {"rows": rows}, vendor="postgresql", sql=products, params=[])
    for number in range(3):
        sample.span("database", "default", {"rows": 1}, vendor="postgresql", sql=category, params=[str(number)])
    found = query_findings(Reading(sample.as_dict())).n_plus_ones
    assert [each.relation.name for each in found] == (["category"] if is_source else [])
    assert [each.cure for each in found] == ([""] if is_source else [])


def test_rows_got_one_by_one_are_no_source(ran):
    def view():
        products = [Product.objects.get(pk=pk) for pk in (1, 2, 3)]
        return [product.category.name for product in products]

    assert ran(view).findings.n_plus_ones == []


def test_two_like_queries_are_no_n_plus_one(ran):
    ill = ran(lambda: [p.category.name for p in Product.objects.all()[:2]])
    assert (ill.findings.n_plus_ones, [like.count for like in ill.findings.likes]) == ([], [2])
    assert ill.said == ""


def test_the_same_question_asked_again_is_named_as_that(ran):
    ill = ran(lambda: [Product.objects.filter(pk=1).exists() for _ in range(2)])
    assert len(ill.captured) == 2 and len(set(ill.captured)) == 1
    assert "2 × like this, from " in ill.said
    assert ill.said.endswith("The parameters are the same as well.")
    assert ill.findings.n_plus_ones == []


def test_beginnings_of_transactions_are_no_questions(ran):
    def view():
        for _ in range(3):
            with transaction.atomic():
                pass

    ill = ran(view)
    assert [sql.split()[0] for sql in ill.captured].count("BEGIN") == 3
    assert ill.said == ""


def test_like_queries_say_in_which_column_they_differ(ran):
    ill = ran(lambda: [list(Order.objects.filter(city="x", name=str(n % 3))) for n in range(6)])
    [like] = ill.findings.likes
    assert (like.count, like.distinct) == (6, 3)
    assert "They differ only in name, of which there are 3 sets of values" in like_said(like)
    each = ran(lambda: [list(Order.objects.filter(city="x", name=str(n))) for n in range(6)])
    assert "Each differs only in name." in like_said(each.findings.likes[0])


def test_hidden_parameters_are_not_said_to_be_the_same(ran):
    def view():
        with connection.cursor() as cursor:
            for text in ("a", "b", "c"):
                cursor.execute('SELECT * FROM "auth_user" WHERE "password" = %s', [text])

    [like] = ran(view).findings.likes
    assert (like.parameters, like.distinct, like.are_all_the_same) == (None, None, False)


def test_times_are_those_of_the_events(ran):
    ill = ran(lambda: [p.category.name for p in Product.objects.all()])
    [like] = ill.findings.likes
    took = [ill.reading.duration_ns(event) for event in like.events]
    assert (like.total_ns, like.longest_ns) == (sum(took), max(took))


def test_the_line_makes_the_difference(ran):
    def view():
        return [Product.objects.filter(pk=1).exists(),
                Product.objects.filter(pk=1).exists()]  # fmt: skip

    ill = ran(view)
    assert len(set(ill.captured)) == 1
    assert ill.findings.likes == []


def test_a_table_has_its_model():
    assert model_of_table("shop_product") == "shop.Product"
    assert model_of_table("auth_user_groups") == "auth.User_groups"
    assert model_of_table("nobody_s") is None
