"""The site's addresses: the shop, signing in and out, the admin and, while developing, the static files."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/login/", LoginView.as_view(template_name="shop/login.html"), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("", include("config.shop.urls")),
    # Served by Django itself under DEBUG, so that the page's own files pass through the whole cycle too.
    *staticfiles_urlpatterns(),
]
