"""N+1 by generic relations, by some of a relation's rows, and through rows that are joined; each cure is tried out."""

from operator import attrgetter

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import Avg, Q
from django.test.utils import isolate_apps

from config.shop.models import Category, OrderItem, Product, Review
from tests.findings.running import cured
from visualizer.findings.relations import Relations

pytestmark = pytest.mark.usefixtures("shop")

with isolate_apps("config.shop"):

    class Remark(models.Model):
        """What somebody says about anything."""

        content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
        number = models.PositiveIntegerField()
        about = GenericForeignKey("content_type", "number")
        approved = models.BooleanField(default=True)

        class Meta:
            app_label = "shop"

    class Thing(models.Model):
        """What may be put somewhere."""

        weight = models.PositiveIntegerField()

        class Meta:
            app_label = "shop"

    class Shelf(models.Model):
        """Where things stand."""

        remarks = GenericRelation(Remark, object_id_field="number")
        things = models.ManyToManyField(Thing, through="Placing")

        class Meta:
            app_label = "shop"

    class Placing(models.Model):
        """One thing on one shelf."""

        shelf = models.ForeignKey(Shelf, models.CASCADE)
        thing = models.ForeignKey(Thing, models.CASCADE)

        class Meta:
            app_label = "shop"


FEW = 2
OWN = (Remark, Thing, Shelf, Placing)


@pytest.fixture(autouse=True)
def _shelves(shop, monkeypatch):
    """Four shelves with a thing each; remarks about them, about products and about categories."""
    known = Relations([*apps.get_models(include_auto_created=True), *OWN])
    monkeypatch.setattr("visualizer.findings.queries.installed_relations", lambda: known)
    with connection.schema_editor() as editor:
        for model in OWN:
            editor.create_model(model)
    for number, (product, category) in enumerate(zip(Product.objects.all()[:4], Category.objects.all(), strict=False)):
        shelf = Shelf.objects.create()
        Placing.objects.create(shelf=shelf, thing=Thing.objects.create(weight=number))
        Remark.objects.create(about=shelf, approved=number > 0)
        Remark.objects.create(about=product)
        Remark.objects.create(about=category)
    yield
    with connection.schema_editor() as editor:
        for model in reversed(OWN):
            editor.delete_model(model)
    # It keeps the numbers of rows that are gone by now.
    ContentType.objects.clear_cache()


def about_products():
    return Remark.objects.filter(content_type__model="product")


def about_anything():
    return Remark.objects.filter(content_type__model__in=["product", "category"])


# The rows, what each is asked, the cure, what each is asked then, and how many queries are left.
LOOPS = [
    (about_products, lambda r: r.about.pk, 'prefetch_related("about")', None, 2),
    (Shelf.objects.all, lambda s: [r.pk for r in s.remarks.all()], 'prefetch_related("remarks")', None, 2),
    (Shelf.objects.all, lambda s: [t.pk for t in s.things.all()], 'prefetch_related("things")', None, 2),
    (
        Shelf.objects.all,
        lambda s: [r.pk for r in s.remarks.filter(approved=True)],
        'prefetch_related(Prefetch("remarks", queryset=Remark.objects.filter(approved=True), '
        'to_attr="filtered_remarks"))',
        lambda s: [r.pk for r in s.filtered_remarks],
        2,
    ),
    (
        Shelf.objects.all,
        lambda s: [t.pk for t in s.things.filter(weight__lt=3)],
        'prefetch_related(Prefetch("things", queryset=Thing.objects.filter(weight__lt=3), to_attr="filtered_things"))',
        lambda s: [t.pk for t in s.filtered_things],
        2,
    ),
    (
        Product.objects.all,
        lambda p: [r.pk for r in p.reviews.filter(Q(rating=5) | Q(rating=1)).exclude(title="x")],
        'prefetch_related(Prefetch("reviews", queryset=Review.objects.filter(Q(rating=5) | Q(rating=1))'
        '.exclude(title="x"), to_attr="filtered_reviews"))',
        lambda p: [r.pk for r in p.filtered_reviews],
        2,
    ),
    (
        Product.objects.all,
        lambda p: [r.title for r in p.reviews.all().order_by("title")],
        'prefetch_related(Prefetch("reviews", queryset=Review.objects.all().order_by("title"), '
        'to_attr="ordered_reviews"))',
        lambda p: [r.title for r in p.ordered_reviews],
        2,
    ),
    (
        Product.objects.all,
        lambda p: [r.product.name for r in p.reviews.select_related("product")],
        'prefetch_related(Prefetch("reviews", queryset=Review.objects.select_related("product"), '
        'to_attr="prefetched_reviews"))',
        lambda p: [r.product.name for r in p.prefetched_reviews],
        2,
    ),
]


@pytest.mark.parametrize(("rows", "follow", "cure", "then", "left"), LOOPS, ids=[loop[2] for loop in LOOPS])
def test_the_cure_that_is_named_works(rows, follow, cure, then, left, ran):
    ill = ran(lambda: [follow(row) for row in rows()])
    assert ill.found.cure == cure
    assert ill.found.like.count >= rows().count()
    well = ran(lambda: [(then or follow)(row) for row in cured(rows(), cure, Remark=Remark, Thing=Thing)])
    assert well.reply.body == ill.reply.body
    assert well.findings.n_plus_ones == []
    assert len(well.captured) == left


def test_rows_that_are_read_by_the_chunk_have_no_cure_that_they_could_not_take(ran):
    ill = ran(lambda: [[review.pk for review in p.reviews.all()] for p in Product.objects.iterator()])
    assert (ill.found.relation.name, ill.found.cure) == ("reviews", "")
    joined = ran(lambda: [review.product.name for review in Review.objects.iterator()])
    assert joined.found.cure == 'select_related("product")'


def test_what_is_read_instead_is_told_with_the_cure(ran):
    ill = ran(lambda: [list(product.reviews.filter(rating__gt=3)) for product in Product.objects.all()])
    assert ill.said.endswith(
        'to_attr="filtered_reviews")) on that query would ask for all of them in one more query. Each Product then has '
        "them in filtered_reviews, to be read instead of reviews.filter(rating__gt=3)."
    )


def test_rows_of_several_models_are_asked_for_model_by_model(ran):
    ill = ran(lambda: [remark.about.pk for remark in about_anything()])
    assert [found.cure for found in ill.findings.n_plus_ones] == ['prefetch_related("about")'] * 2
    assert "then 4 queries followed Remark.about" in ill.said
    assert "would ask for all of them in one more query for each model." in ill.said
    well = ran(lambda: [remark.about.pk for remark in about_anything().prefetch_related("about")])
    assert (len(well.captured), well.reply.body) == (3, ill.reply.body)


def test_what_is_followed_from_rows_of_any_model_has_no_cure(ran):
    def view():
        products = [remark.about for remark in about_products()]
        return [product.category.name for product in products]

    ill = ran(view)
    assert [found.cure for found in ill.findings.n_plus_ones] == ['prefetch_related("about")', ""]
    assert "then 4 queries followed Product.category" in ill.said


def test_what_a_generic_relation_may_have_asked_for_as_well_is_only_said_to_be_alike(ran):
    ill = ran(lambda: [remark.about.category.name for remark in about_products()])
    assert [found.relation.name for found in ill.findings.n_plus_ones] == ["about"]
    assert [like.count for like in ill.findings.likes] == [4, 4]


def test_a_generic_relation_is_known_by_the_line_alone(ran):
    name = "ab" + "out"
    ill = ran(lambda: [attrgetter(name)(remark).pk for remark in about_products()])
    assert ill.findings.n_plus_ones == []
    [like] = ill.findings.likes
    assert like.count == 4


def test_rows_joined_to_those_of_a_relation_are_told_without_a_cure(ran):
    ill = ran(lambda: [[i.pk for i in OrderItem.objects.filter(order__customer=u)] for u in User.objects.all()])
    assert (ill.found.relation.name, ill.found.following.reads, ill.found.cure) == ("orders", "shop.OrderItem", "")
    assert "queries read OrderItem through User.orders, one at a time, from findings/test_relations.py line" in ill.said


def test_a_join_to_what_is_no_relation_of_the_rows_explains_nothing(ran):
    names = ["Audio", "Kitchen", "Travel"]
    ill = ran(lambda: [list(Product.objects.filter(category__name=name)) for name in names])
    assert ill.findings.n_plus_ones == []
    assert [like.count for like in ill.findings.likes] == [3]


def test_the_rows_of_a_table_between_are_told_as_the_relation_over_it(ran):
    ill = ran(lambda: [list(Thing.objects.filter(placing__shelf=shelf)) for shelf in Shelf.objects.all()])
    assert (ill.found.relation.name, ill.found.cure) == ("things", "")


def test_the_source_itself_may_be_what_is_joined(ran):
    ill = ran(lambda: [list(Category.objects.filter(products=product)) for product in Product.objects.all()])
    assert (ill.found.relation.name, ill.found.cure) == ("category", "")
    assert "then 24 queries followed Product.category, one at a time" in ill.said


@pytest.mark.parametrize(
    ("rows", "follow", "cure", "told_in"),
    [
        (
            Product.objects.all,
            lambda p: p.reviews.filter(rating__gt=3, title__gte="B").count(),
            """annotate(filtered_reviews=Count("reviews", filter=Q(reviews__rating__gt=3, reviews__title__gte='B')))""",
            "filtered_reviews",
        ),
        (
            Product.objects.all,
            lambda p: p.reviews.filter(rating__gt=3).aggregate(mean=Avg("rating"))["mean"],
            'annotate(filtered_reviews=Avg("reviews__rating", filter=Q(reviews__rating__gt=3)))',
            "filtered_reviews",
        ),
        (
            Shelf.objects.all,
            lambda s: s.remarks.filter(approved=True).count(),
            'annotate(filtered_remarks=Count("remarks", filter=Q(remarks__approved=True)))',
            "filtered_remarks",
        ),
    ],
    ids=["count", "mean", "generic"],
)
def test_an_aggregate_of_some_of_the_rows_is_cured_by_a_filtered_one(rows, follow, cure, told_in, ran):
    ill = ran(lambda: [follow(row) for row in rows().order_by("pk")])
    assert ill.found.cure == cure
    well = ran(lambda: [getattr(row, told_in) for row in cured(rows().order_by("pk"), cure)])
    assert (len(well.captured), well.reply.body) == (1, ill.reply.body)
    assert f"then has it in {told_in}, to be read instead of " in ill.said


@pytest.mark.parametrize(
    "follow",
    [
        lambda p: p.reviews.filter(rating__range=(2, 4)).count(),
        lambda p: p.reviews.filter(rating__gt=FEW).count(),
        lambda p: p.reviews.filter(Q(rating=5) | Q(rating=1)).count(),
        lambda p: p.reviews.filter(rating__gt=1).exclude(rating=5).count(),
        lambda p: p.reviews.filter(rating__gt=1).filter(rating__lt=5).count(),
    ],
    ids=["between", "a name of its own", "an object", "and an exclusion", "twice"],
)
def test_an_aggregate_of_which_the_line_does_not_tell_all_has_no_cure(follow, ran):
    ill = ran(lambda: [follow(product) for product in Product.objects.all()])
    assert (ill.found.relation.name, ill.found.cure) == ("reviews", "")
    assert "24 queries followed Product.reviews" in ill.said


def test_a_plain_count_is_cured_by_a_plain_one(ran):
    plain = ran(lambda: [p.orderitem_set.count() for p in Product.objects.all()])
    assert plain.found.cure == 'annotate(Count("orderitem"))'
