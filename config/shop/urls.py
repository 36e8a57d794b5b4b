"""The shop's addresses."""

from django.urls import path
from django.views.generic import RedirectView

from config.shop import api, views

app_name = "shop"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="shop:product_list"), name="home"),
    path("products/", views.product_list, name="product_list"),
    path("products/<slug:slug>/", views.product_detail, name="product_detail"),
    path("categories/<slug:slug>/", views.CategoryView.as_view(), name="category"),
    path("cart/", views.cart_detail, name="cart"),
    path("cart/add/", views.cart_add, name="cart_add"),
    path("cart/update/", views.cart_update, name="cart_update"),
    path("checkout/", views.CheckoutView.as_view(), name="checkout"),
    path("orders/<int:pk>/", views.order_detail, name="order"),
    path("reports/average-order/", views.average_order, name="average_order"),
    path("api/products/<int:pk>/", api.product, name="api_product"),
    path("api/products/<int:pk>/stock/", api.product_stock, name="api_product_stock"),
]
