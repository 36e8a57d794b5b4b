"""The sample catalogue, read from `sample_data.json`, and the people who shop here."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import timezone

from config.shop.models import Ban, Category, Order, OrderItem, Product, Review

CATALOGUE = Path(__file__).with_name("sample_data.json")
MEMBERS = "Members"


@dataclass(frozen=True)
class Person:
    """A user of the sample shop, whose password is the username."""

    username: str
    first_name: str
    last_name: str
    is_staff: bool = False
    groups: tuple[str, ...] = ()
    banned_for: str = ""


PEOPLE = (
    Person("john", "John", "Appleby", groups=(MEMBERS,)),
    Person("sarah", "Sarah", "Lind", is_staff=True),
    Person("mallory", "Mallory", "Grey", banned_for="Sent back 41 empty boxes."),
)

# Who ordered how many days ago; long enough ago to be paid, so that none is paid on a day to come.
ORDERS = (
    ("john", 40, "stoneware-mug", 1),
    ("john", 12, "linen-notebook", 1),
    ("sarah", 39, "beeswax-candle", 4),
    ("sarah", 36, "potted-fern", 1),
    ("sarah", 33, "linen-notebook", 5),
    ("sarah", 29, "wireless-headphones", 1),
    ("sarah", 26, "beeswax-candle", 2),
    ("sarah", 22, "fountain-pen", 2),
    ("sarah", 19, "stoneware-mug", 6),
    ("sarah", 15, "compass", 1),
    ("sarah", 11, "enamel-flask", 3),
    ("sarah", 8, "beeswax-candle", 4),
)


@transaction.atomic
def load() -> None:
    """Bring the sample catalogue, people and orders to their first state; what else the shop holds stays."""
    shelves = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    _load_categories(shelves)
    _load_products(shelves)
    _load_reviews(shelves)
    _load_people()
    _load_orders()


def _load_categories(shelves: list[dict[str, Any]]) -> None:
    Category.objects.bulk_create(
        [Category(slug=shelf["slug"], name=shelf["name"], tagline=shelf["tagline"]) for shelf in shelves],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["name", "tagline"],
    )


def _load_products(shelves: list[dict[str, Any]]) -> None:
    categories = Category.objects.in_bulk(field_name="slug")
    fields = ["name", "summary", "description", "price", "stock", "hue"]
    Product.objects.bulk_create(
        [
            Product(slug=row["slug"], category=categories[shelf["slug"]], **{name: row[name] for name in fields})
            for shelf in shelves
            for row in shelf["products"]
        ],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["category", *fields],
    )


def _load_reviews(shelves: list[dict[str, Any]]) -> None:
    products = Product.objects.in_bulk(field_name="slug")
    today = timezone.localdate()
    Review.objects.bulk_create(
        [
            Review(
                product=products[row["slug"]],
                author=author,
                rating=rating,
                title=title,
                text=text,
                written_on=today - timedelta(days=3 + 17 * number),
            )
            for shelf in shelves
            for row in shelf["products"]
            for number, (author, rating, title, text) in enumerate(row["reviews"])
        ],
        ignore_conflicts=True,
    )


def _load_people() -> None:
    permission = Permission.objects.get(codename="view_member_price", content_type__app_label="shop")
    members, _ = Group.objects.get_or_create(name=MEMBERS)
    members.permissions.add(permission)
    for person in PEOPLE:
        _load_person(person)


def _load_person(person: Person) -> None:
    user, is_new = get_user_model().objects.get_or_create(
        username=person.username,
        defaults={
            "first_name": person.first_name,
            "last_name": person.last_name,
            "email": f"{person.username}@larkspur.example",
            "is_staff": person.is_staff,
        },
    )
    if is_new:
        # Hashing is slow by design, so it is done once.
        user.set_password(person.username)
        user.save(update_fields=["password"])
    user.groups.set(Group.objects.filter(name__in=person.groups))
    if person.is_staff:
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="shop"))
    if person.banned_for:
        Ban.objects.get_or_create(user=user, defaults={"reason": person.banned_for})


def _load_orders() -> None:
    if Order.objects.exists():
        return
    users = {user.username: user for user in get_user_model().objects.filter(username__in=("john", "sarah"))}
    for username, days_ago, slug, quantity in ORDERS:
        _load_order(users[username], Product.objects.get(slug=slug), quantity, days_ago)


def _load_order(customer: Any, product: Product, quantity: int, days_ago: int) -> None:
    ordered_at = timezone.now() - timedelta(days=days_ago)
    order = Order.objects.create(
        customer=customer,
        name=customer.get_full_name(),
        address="7 Orchard Lane",
        city="Whitby",
        total=quantity * product.member_price,
        ordered_at=ordered_at,
        paid_on=(ordered_at + timedelta(days=5)).date(),
    )
    OrderItem.objects.create(order=order, product=product, quantity=quantity, price=product.member_price)
