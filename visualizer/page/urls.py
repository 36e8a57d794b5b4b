"""The pages, relative to the mount path. Not to be included: the front resolves them itself."""

from django.urls import path

from visualizer.page import reuse, views

urlpatterns = [
    path("", views.page),
    path("traces/", views.traces),
    path("traces/<slug:trace_id>.json", views.trace_json),
    path("traces/<slug:trace_id>/steps/<int:seq>/", views.step),
    path("traces/<slug:trace_id>/steps/<int:seq>/explain/", reuse.explain_query),
    path("traces/<slug:trace_id>/reuse/", reuse.reuse),
    path("traces/<slug:trace_id>/client/", views.client_report),
    path("tour/", views.tour),
    path("tour/<slug:slug>/", views.tour_chapter),
    path("compare/<slug:first_id>/<slug:second_id>/", views.compare),
    path("sign-in/", views.sign_in),
    path("send/", views.send),
    path("frame/", views.frame),
    path("static/<path:path>", views.static),
]
