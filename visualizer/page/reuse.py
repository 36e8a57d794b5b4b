"""The views by which a trace is put to use: its queries explained, its request sent again from elsewhere."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from visualizer.control.explain import CannotExplain, explain
from visualizer.export.again import Code
from visualizer.export.curl import curl_command
from visualizer.export.django_test import django_test
from visualizer.lessons.reading import Event, Reading
from visualizer.page.colouring import as_html
from visualizer.page.plan import plan_of
from visualizer.page.responses import html
from visualizer.page.templates import render
from visualizer.stores.memory import store


@require_POST
def explain_query(request: HttpRequest, trace_id: str, seq: int) -> HttpResponse:
    """The plan of a query of this trace, asked for now; 409 with what is in the way."""
    event = _query(trace_id, seq)
    try:
        context = {"plan": plan_of(explain(event))}
    except CannotExplain as error:
        return html(render("visualizer/inspector/plan.html", {"problem": str(error)}, request), 409)
    return html(render("visualizer/inspector/plan.html", context, request))


@require_safe
def reuse(request: HttpRequest, trace_id: str) -> HttpResponse:
    """The request of a trace as a curl command and as a Django test."""
    reading = _reading(trace_id)
    forms = [
        _form("curl", "curl", "the curl command", curl_command(reading), ".sh"),
        _form("test", "Django test", "the Django test", django_test(reading), ".py"),
    ]
    return html(render("visualizer/inspector/reuse.html", {"forms": forms}, request))


def _form(name: str, label: str, what: str, code: Code, suffix: str) -> dict[str, Any]:
    html = as_html(code.text.rstrip("\n"), suffix)
    return {"id": name, "label": label, "what": what, "html": html, "notes": code.notes}


def _query(trace_id: str, seq: int) -> Event:
    reading = _reading(trace_id)
    event = next((each for each in reading.of_kind("database") if each["seq"] == seq), None)
    if event is None:
        raise Http404(f"Event {seq} of the trace {trace_id} is no query.")
    return event


def _reading(trace_id: str) -> Reading:
    kept = store.get(trace_id)
    if kept is None:
        raise Http404(f"The trace {trace_id} is not kept, or no longer.")
    return Reading(kept.as_dict())
