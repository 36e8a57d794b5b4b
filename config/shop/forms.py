"""What customers send: articles for the cart, and where to deliver."""

from django import forms

from config.shop.cart import MAX_QUANTITY
from config.shop.models import Order, Product


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
