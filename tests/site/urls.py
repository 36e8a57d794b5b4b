"""The addresses of the site that the tests of the probes visit."""

from django.contrib.auth.decorators import permission_required
from django.urls import include, path, re_path

from tests.site import views

nested = [path("deeper/<slug:word>/", views.plain, name="deeper"), re_path(r"^numbers/(\d+)/$", views.raises)]

urlpatterns = [
    path("plain/", views.plain, name="plain"),
    path("async-plain/", views.async_plain),
    path("class/", views.ClassView.as_view(), name="class"),
    path("instance/", views.CallableView()),
    path("raises/", views.raises),
    path("async-raises/", views.async_raises),
    path("raises-404/", views.raises_404),
    path("denies/", views.denies),
    path("returns-none/", views.returns_none),
    path("tells-thread/", views.tells_thread),
    path("warns/", views.warns),
    path("echo/", views.echo),
    path("ignores-body/", views.ignores_body),
    path("template/", views.template),
    path("broken-template/", views.broken_template),
    path("queries/", views.queries),
    path("queries/<str:text>/", views.queries),
    path("bad-query/", views.bad_query),
    path("many-queries/", views.many_queries),
    path("in-transaction/", views.in_transaction),
    path("rolled-back/", views.rolled_back),
    path("gathers/", views.gathers),
    path("asks-itself/", views.asks_itself),
    path("bare-thread/", views.in_a_bare_thread),
    path("members/", permission_required("shop.view_member_price", raise_exception=True)(views.plain)),
    path("stream/", views.stream),
    path("text-stream/", views.text_stream),
    path("object-stream/", views.object_stream),
    path("query-stream/", views.query_stream),
    path("broken-stream/", views.broken_stream),
    path("async-stream/", views.async_stream),
    path("async-query-stream/", views.async_query_stream),
    path("broken-async-stream/", views.broken_async_stream),
    path("file/", views.file),
    path("waits/", views.waits),
    path("waits-in-thread/", views.waits_in_thread),
    path("waits-elsewhere/", views.waits_elsewhere),
    path("naps/<int:number>/", views.naps),
    path("async-naps/<int:number>/", views.async_naps),
    path("token/<str:token>/", views.plain),
    path("nested/", include((nested, "nested"))),
    path("", include("tests.site.explosive_urls")),
]
