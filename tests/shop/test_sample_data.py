"""The command `load_sample_data`."""

from datetime import timedelta
from io import StringIO

from django.contrib.auth import authenticate
from django.core.management import call_command
from django.utils import timezone

from config.shop.art import SHAPES
from config.shop.models import Ban, Category, Order, Product, Review


def load():
    out = StringIO()
    call_command("load_sample_data", stdout=out)
    return out.getvalue()


def counts():
    return [model.objects.count() for model in (Category, Product, Review, Order, Ban)]


def test_fills_the_shelves(db):
    assert "24 products" in load()
    assert counts()[:2] == [5, 24]


def test_a_second_run_adds_nothing_and_fills_up_what_was_sold(db):
    load()
    before = counts()
    Product.objects.filter(slug="wireless-headphones").update(stock=0)
    load()
    assert counts() == before
    assert Product.objects.get(slug="wireless-headphones").in_stock


def test_a_run_on_a_later_day_adds_nothing(db, monkeypatch):
    load()
    before = counts()
    later = timezone.now() + timedelta(days=30)
    monkeypatch.setattr(timezone, "now", lambda: later)
    load()
    assert counts() == before


def test_a_second_run_keeps_passwords(db):
    load()
    john = authenticate(username="john", password="john")
    john.set_password("changed")
    john.save()
    load()
    assert authenticate(username="john", password="changed") == john


def test_each_person_is_who_they_should_be(db):
    load()
    people = {name: authenticate(username=name, password=name) for name in ("john", "sarah", "mallory")}
    assert people["john"].has_perm("shop.view_member_price")
    assert not people["mallory"].has_perm("shop.view_member_price")
    assert people["sarah"].is_staff
    assert Ban.objects.get().user == people["mallory"]


def test_no_order_is_paid_today(db):
    load()
    assert not Order.objects.filter(paid_on=timezone.localdate()).exists()


def test_every_sample_product_has_its_own_picture(db):
    load()
    assert set(Product.objects.values_list("slug", flat=True)) == set(SHAPES)
