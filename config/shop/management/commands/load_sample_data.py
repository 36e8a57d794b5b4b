"""The command that fills the shop."""

from typing import Any

from django.core.management.base import BaseCommand

from config.shop import sample_data
from config.shop.models import Product


class Command(BaseCommand):
    """Fills the shop with sample products, reviews and people; running it again restores them."""

    help = "Fill the shop with sample products, reviews, orders and people (john, sarah, mallory)."

    def handle(self, *args: Any, **options: Any) -> None:
        sample_data.load()
        if options["verbosity"] > 0:
            people = ", ".join(person.username for person in sample_data.PEOPLE)
            self.stdout.write(f"{Product.objects.count()} products are on the shelves. People: {people}.")
