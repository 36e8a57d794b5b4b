"""The visitor's cart, kept in the session as product ids and quantities."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.http import HttpRequest

from config.shop.models import Product

SESSION_KEY = "cart"
MEMBER_PERMISSION = "shop.view_member_price"
MAX_QUANTITY = 9
FREE_DELIVERY_FROM = Decimal(50)


class OutOfStockError(Exception):
    """Less of a product is left than the customer wants."""

    def __init__(self, product: Product) -> None:
        super().__init__(f"We do not have that many of {product.name} any more.")
        self.product = product


@dataclass(frozen=True)
class CartLine:
    """One product in the cart, at the price for this visitor."""

    product: Product
    quantity: int
    price: Decimal

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity


class Cart:
    """What one visitor wants to buy; its length is the number of articles."""

    def __init__(self, request: HttpRequest) -> None:
        self._user = request.user
        self._session = request.session
        self._quantities: dict[str, int] = dict(self._session.get(SESSION_KEY, {}))

    def __len__(self) -> int:
        return sum(self._quantities.values())

    def __iter__(self) -> Iterator[CartLine]:
        return iter(self.lines)

    @cached_property
    def lines(self) -> list[CartLine]:
        """The products with quantity and price, by name; one query."""
        if not self._quantities:
            return []
        is_member = self._user.has_perm(MEMBER_PERMISSION)
        products = Product.objects.filter(pk__in=list(self._quantities))
        return [
            CartLine(product, self._quantities[str(product.pk)], product.member_price if is_member else product.price)
            for product in products
        ]

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def missing_to_free_delivery(self) -> Decimal:
        return max(FREE_DELIVERY_FROM - self.total, Decimal(0))

    def add(self, product: Product, quantity: int) -> None:
        """Want so many more of this product; OutOfStockError if there is none."""
        if not product.in_stock:
            raise OutOfStockError(product)
        self.set_quantity(product, self._quantities.get(str(product.pk), 0) + quantity)

    def set_quantity(self, product: Product, quantity: int) -> None:
        """Want so many of this product, none to take it out."""
        self._quantities.pop(str(product.pk), None)
        if quantity > 0:
            self._quantities[str(product.pk)] = min(quantity, MAX_QUANTITY)
        self._save()

    def clear(self) -> None:
        self._quantities.clear()
        self._save()

    def _save(self) -> None:
        self._session[SESSION_KEY] = dict(self._quantities)
        self.__dict__.pop("lines", None)
