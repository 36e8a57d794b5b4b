"""Presents made up of several things."""

from decimal import Decimal
from math import factorial

from django.db import connection

THINGS_IN_A_SET = 5

# Slow: the shop is joined to itself, so that each set is found in every order of its five things.
GIFT_SETS = """
SELECT COUNT(*)
FROM shop_product a, shop_product b, shop_product c, shop_product d, shop_product e
WHERE a.price + b.price + c.price + d.price + e.price <= %s
  AND a.id <> b.id AND a.id <> c.id AND a.id <> d.id AND a.id <> e.id AND b.id <> c.id AND b.id <> d.id
  AND b.id <> e.id AND c.id <> d.id AND c.id <> e.id AND d.id <> e.id
"""


def count_gift_sets(budget: Decimal) -> int:
    """How many sets of five different things cost no more than the budget."""
    with connection.cursor() as cursor:
        # SQLite would compare a Decimal as text.
        cursor.execute(GIFT_SETS, [float(budget)])
        [found] = cursor.fetchone()
    return found // factorial(THINGS_IN_A_SET)
