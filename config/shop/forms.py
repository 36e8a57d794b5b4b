"""What people send: articles for the cart, where to deliver, a budget, and the list of a count."""

import csv
import io

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.shop.cart import MAX_QUANTITY
from config.shop.models import Order, Product

MAX_COUNT_BYTES = 64 * 1024
MAX_COUNT_DIGITS = 6


class CartForm(forms.Form):
    """A product and how many of it; zero takes it out of the cart."""

    product = forms.ModelChoiceField(Product.objects.all())
    quantity = forms.IntegerField(min_value=0, max_value=MAX_QUANTITY, initial=1)


class CheckoutForm(forms.ModelForm):
    """Where the order goes."""

    class Meta:
        model = Order
        fields = ["name", "address", "city"]
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "address": forms.TextInput(attrs={"autocomplete": "street-address"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
        }


class BudgetForm(forms.Form):
    """How much a present may cost."""

    budget = forms.DecimalField(label=gettext_lazy("Budget"), min_value=1, max_digits=6, decimal_places=2)


class StockCountForm(forms.Form):
    """A CSV file with a product's slug and how many there are in each line; cleaned, a dict of these."""

    counts = forms.FileField(label=gettext_lazy("CSV file"))

    def clean_counts(self) -> dict[str, int]:
        file: UploadedFile = self.cleaned_data["counts"]
        if file.size > MAX_COUNT_BYTES:
            raise forms.ValidationError(_("That file is too long."))
        rows = [row for row in csv.reader(io.StringIO(file.read().decode(errors="replace"))) if row]
        if not all(len(row) == 2 and row[1].isdecimal() and len(row[1]) <= MAX_COUNT_DIGITS for row in rows):
            raise forms.ValidationError(_("Each line must have a product, a comma and a number."))
        return {slug: int(number) for slug, number in rows}

    def save(self) -> int:
        """Correct the stock of the products named; return how many were found."""
        counts = self.cleaned_data["counts"]
        found = list(Product.objects.filter(slug__in=counts))
        for product in found:
            product.stock = counts[product.slug]
        Product.objects.bulk_update(found, ["stock"])
        return len(found)
