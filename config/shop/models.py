"""What the shop keeps: its catalogue, what customers say, what they ordered, and who may not come in."""

from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Avg, Count, Sum
from django.urls import reverse
from django.utils import timezone

MEMBER_DISCOUNT = Decimal("0.10")
CENT = Decimal("0.01")
DELIVERY_DAYS = 2


class Category(models.Model):
    """A shelf of the shop."""

    name = models.CharField(max_length=60)
    slug = models.SlugField(unique=True)
    tagline = models.CharField(max_length=120)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("shop:category", args=[self.slug])


class ProductQuerySet(models.QuerySet["Product"]):
    """Products, with the questions that the shop asks about them."""

    def with_rating(self) -> "ProductQuerySet":
        """Ask for the rating of all products in the same query."""
        return self.annotate(average_rating=Avg("reviews__rating"), review_total=Count("reviews"))

    def in_stock(self) -> "ProductQuerySet":
        return self.filter(stock__gt=0)


class Product(models.Model):
    """A thing for sale."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)
    summary = models.CharField(max_length=140)
    description = models.TextField()
    price = models.DecimalField(max_digits=8, decimal_places=2)
    stock = models.PositiveIntegerField(default=0)
    hue = models.PositiveSmallIntegerField(default=200, help_text="Colour of the picture, 0 to 359 degrees.")

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [("view_member_price", "Can see and pay the members' price")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("shop:product_detail", args=[self.slug])

    @property
    def in_stock(self) -> bool:
        return self.stock > 0

    @property
    def is_scarce(self) -> bool:
        return 0 < self.stock <= 5

    @property
    def member_price(self) -> Decimal:
        return (self.price * (1 - MEMBER_DISCOUNT)).quantize(CENT)

    @property
    def rating(self) -> float | None:
        """The mean of the reviews; costs a query unless the product came from `with_rating()`."""
        if not hasattr(self, "average_rating"):
            self.average_rating = self.reviews.aggregate(mean=Avg("rating"))["mean"]
        return self.average_rating

    def sold_on(self, day: date) -> int:
        """How many of it were ordered on a day."""
        return self.orderitem_set.filter(order__ordered_at__date=day).aggregate(total=Sum("quantity"))["total"] or 0

    def delivery_date(self) -> date | None:
        """The day on which an order made now arrives, None while there is nothing to send."""
        return timezone.localdate() + timedelta(days=DELIVERY_DAYS) if self.in_stock else None


class Review(models.Model):
    """What a customer says about a product."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews")
    author = models.CharField(max_length=40)
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    title = models.CharField(max_length=80)
    text = models.TextField()
    written_on = models.DateField(default=timezone.localdate)

    class Meta:
        ordering = ["-written_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "author"], name="one_review_per_author"),
            models.CheckConstraint(condition=models.Q(rating__range=(1, 5)), name="rating_one_to_five"),
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.title}"


class Order(models.Model):
    """What a customer bought, sent with an invoice that is paid some days later."""

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=120)
    city = models.CharField(max_length=80)
    total = models.DecimalField(max_digits=9, decimal_places=2)
    ordered_at = models.DateTimeField(default=timezone.now)
    paid_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-ordered_at"]

    def __str__(self) -> str:
        return f"Order {self.pk} of {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("shop:order", args=[self.pk])


class OrderItem(models.Model):
    """One product in an order, at the price of that day."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    quantity = models.PositiveSmallIntegerField()
    price = models.DecimalField(max_digits=8, decimal_places=2)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}"

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity


class Ban(models.Model):
    """A user who may no longer come in, and why."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ban")
    reason = models.CharField(max_length=200)
    since = models.DateField(default=timezone.localdate)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.reason}"
