"""Turning a cart into an order."""

from django.db import transaction
from django.db.models import F

from config.shop.cart import Cart, CartLine, OutOfStockError
from config.shop.models import Order, OrderItem, Product


@transaction.atomic
def place_order(order: Order, cart: Cart) -> Order:
    """Save the order with what the cart holds, take that from the stock; OutOfStockError if too little is left."""
    order.total = cart.total
    order.save()
    for line in cart:
        _take_from_stock(line)
    OrderItem.objects.bulk_create(
        OrderItem(order=order, product=line.product, quantity=line.quantity, price=line.price) for line in cart
    )
    cart.clear()
    return order


def _take_from_stock(line: CartLine) -> None:
    left = Product.objects.filter(pk=line.product.pk, stock__gte=line.quantity)
    if not left.update(stock=F("stock") - line.quantity):
        raise OutOfStockError(line.product)
