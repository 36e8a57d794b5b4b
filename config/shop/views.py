"""The shop's pages."""

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Avg, Count, F, Max, QuerySet, Sum
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_page
from django.views.decorators.http import require_GET, require_POST, require_safe
from django.views.decorators.vary import vary_on_cookie
from django.views.generic import CreateView, DetailView, ListView

from config.shop.cart import MEMBER_PERMISSION, OutOfStockError
from config.shop.forms import BudgetForm, CartForm, CheckoutForm
from config.shop.gifts import count_gift_sets
from config.shop.models import Category, Order, Product, Review
from config.shop.orders import place_order

RELATED_PRODUCTS = 4
RECENT_PRODUCTS = 5
ABOUT_CACHED_S = 60


@require_GET
def product_list(request: HttpRequest) -> HttpResponse:
    """All products, or those whose name or summary has the words looked for."""
    products = Product.objects.all()
    words = request.GET.get("q", "").strip()
    if words:
        products = products.filter(name__icontains=words) | products.filter(summary__icontains=words)
    return render(request, "shop/product_list.html", {"products": products, "words": words})


@require_GET
def best_rated(request: HttpRequest) -> HttpResponse:
    """The same products, best rated first; their ratings come with them."""
    products = Product.objects.with_rating().order_by(F("average_rating").desc(nulls_last=True), "name")
    return render(request, "shop/product_list.html", {"products": products})


class CategoryView(ListView):
    """The products of one category, in stock first."""

    template_name = "shop/category.html"
    context_object_name = "products"

    def get_queryset(self) -> QuerySet[Product]:
        self.category = get_object_or_404(Category, slug=self.kwargs["slug"])
        return self.category.products.with_rating().order_by("-stock")

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        return super().get_context_data(category=self.category, **kwargs)


@require_GET
def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One product with its reviews and its neighbours on the shelf."""
    product = get_object_or_404(Product.objects.with_rating().select_related("category"), slug=slug)
    if product.in_stock:
        neighbours = product.category.products.exclude(pk=product.pk)
    else:
        neighbours = product.category.products.in_stock()

    recent = remember_product(request.session, product)
    context = {
        "product": product,
        "sees_member_price": request.user.has_perm(MEMBER_PERMISSION),
        "reviews": product.reviews.all(),
        "related": neighbours.with_rating().order_by("name")[:RELATED_PRODUCTS],
        "recent": Product.objects.filter(pk__in=recent),
    }
    return render(request, "shop/product_detail.html", context)


def remember_product(session: SessionBase, product: Product) -> list[int]:
    """Put the product on top of those seen lately and return the others; writes only if that changes anything."""
    seen: list[int] = session.get("recent", [])
    others = [pk for pk in seen if pk != product.pk][: RECENT_PRODUCTS - 1]
    if seen != [product.pk, *others]:
        session["recent"] = [product.pk, *others]
    return others


@require_GET
def cart_detail(request: HttpRequest) -> HttpResponse:
    """What the visitor has chosen."""
    return render(request, "shop/cart.html")


@require_POST
def cart_add(request: HttpRequest) -> HttpResponse:
    """Put a product into the cart."""
    form = CartForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That could not be added to your cart."))
        return redirect("shop:cart")
    product = form.cleaned_data["product"]
    # Sold out? CartMiddleware answers OutOfStockError wherever in the shop it is raised.
    request.cart.add(product, form.cleaned_data["quantity"])
    messages.success(request, _("%(product)s is in your cart.") % {"product": product})
    return redirect("shop:cart")


@require_POST
def cart_update(request: HttpRequest) -> HttpResponse:
    """Change how many of a product are in the cart; none takes it out."""
    form = CartForm(request.POST)
    if form.is_valid():
        request.cart.set_quantity(form.cleaned_data["product"], form.cleaned_data["quantity"])
    return redirect("shop:cart")


class CheckoutView(LoginRequiredMixin, CreateView):
    """Asks where to deliver, then makes the order."""

    form_class = CheckoutForm
    template_name = "shop/checkout.html"

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated and not request.cart:
            messages.info(request, _("Your cart is empty."))
            return redirect("shop:cart")
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, str]:
        return {"name": self.request.user.get_full_name()}

    def form_valid(self, form: ModelForm) -> HttpResponse:
        form.instance.customer = self.request.user
        try:
            order = place_order(form.instance, self.request.cart)
        except OutOfStockError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        return redirect(order)


class OrderView(LoginRequiredMixin, DetailView):
    """The customer's own order."""

    template_name = "shop/order.html"
    context_object_name = "order"

    def get_queryset(self) -> QuerySet[Order]:
        return self.request.user.orders.prefetch_related("items__product")


@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """What customers say of everything, the newest first."""
    return render(request, "shop/reviews.html", {"reviews": Review.objects.all()})


@require_GET
def reviews_by_product(request: HttpRequest) -> HttpResponse:
    """The same reviews, product by product; the products come with them."""
    found = Review.objects.select_related("product").order_by("product__name", "-written_on")
    return render(request, "shop/reviews.html", {"reviews": found})


# The page has the visitor's name in its head. SessionMiddleware would say so too late for the cache.
@cache_page(ABOUT_CACHED_S)
@vary_on_cookie
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Who we are, in figures that need not be those of this minute."""
    figures = Product.objects.aggregate(products=Count("pk"), in_stock=Sum("stock"), dearest=Max("price"))
    context = {"figures": figures, "rating": Review.objects.aggregate(mean=Avg("rating"))["mean"]}
    return render(request, "shop/about.html", context)


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """The whole shop on a sheet to print; a template of Jinja2."""
    shelves = Category.objects.prefetch_related("products")
    return render(request, "shop/catalogue.html", {"shelves": shelves}, using="jinja2")


@require_GET
def gifts(request: HttpRequest) -> HttpResponse:
    """How many presents of five things a budget allows."""
    form = BudgetForm(request.GET if "budget" in request.GET else None)
    sets = count_gift_sets(form.cleaned_data["budget"]) if form.is_valid() else None
    return render(request, "shop/gifts.html", {"form": form, "sets": sets})


@require_GET
def average_order(request: HttpRequest) -> HttpResponse:
    """Open books: what the orders paid today were worth on average."""
    paid_today = Order.objects.filter(paid_on=timezone.localdate())
    totals = [order.total for order in paid_today]
    average = sum(totals) / len(totals)
    return render(request, "shop/average_order.html", {"average": average, "count": len(totals)})
