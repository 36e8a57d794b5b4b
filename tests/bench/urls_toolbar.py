"""The demonstration site's routes and the toolbar's own, which it needs to draw itself."""

from django.urls import include, path

from config.urls import urlpatterns as site

urlpatterns = [*site, path("__debug__/", include("debug_toolbar.urls", namespace="djdt"))]
