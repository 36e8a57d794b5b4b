"""The shop's addresses."""

from django.urls import path
from django.views.generic import RedirectView

from config.shop import api, reports, views

app_name = "shop"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="shop:product_list"), name="home"),
    path("products/", views.product_list, name="product_list"),
    path("products/<slug:slug>/", views.product_detail, name="product_detail"),
    path("best-rated/", views.best_rated, name="best_rated"),
    path("categories/<slug:slug>/", views.CategoryView.as_view(), name="category"),
    path("cart/", views.cart_detail, name="cart"),
    path("cart/add/", views.cart_add, name="cart_add"),
    path("cart/update/", views.cart_update, name="cart_update"),
    path("checkout/", views.CheckoutView.as_view(), name="checkout"),
    path("orders/<int:pk>/", views.OrderView.as_view(), name="order"),
    path("about/", views.about, name="about"),
    path("reviews/", views.reviews, name="reviews"),
    path("reviews/by-product/", views.reviews_by_product, name="reviews_by_product"),
    path("catalogue/", views.catalogue, name="catalogue"),
    path("gifts/", views.gifts, name="gifts"),
    path("reports/average-order/", views.average_order, name="average_order"),
    path("reports/sales/", reports.sales, name="sales"),
    path("reports/stock.csv", reports.stock, name="stock"),
    path("reports/reviews.csv", reports.reviews, name="reviews_csv"),
    path("reports/stock/count/", reports.StockCountView.as_view(), name="stock_count"),
    path("api/products/<int:pk>/", api.product, name="api_product"),
    path("api/products/<int:pk>/stock/", api.product_stock, name="api_product_stock"),
    path("api/products/<int:pk>/summary/", api.product_summary, name="api_product_summary"),
    path("api/prices/", api.prices, name="api_prices"),
    path("api/reviews/", api.reviews, name="api_reviews"),
    path("api/stock/live/", api.stock_ticker, name="api_stock_ticker"),
]
