"""The views. Who may call them is settled before: see middleware.py."""

import time
from itertools import dropwhile, islice, takewhile
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils._os import safe_join
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_POST, require_safe

from visualizer.conf import get_settings
from visualizer.control.patterns import project_patterns
from visualizer.control.scenarios import METHODS, Scenario, generic_scenarios, load_scenarios
from visualizer.errors import SettingsError
from visualizer.live.hub import hub
from visualizer.page import accounts
from visualizer.page.assets import frontend_dir, media_type
from visualizer.page.chains import kept_chains, learn_report
from visualizer.page.compare import compare_context
from visualizer.page.forms import SignInForm
from visualizer.page.inspector import step_context
from visualizer.page.packing import accepts_packed, pack, packed_file
from visualizer.page.readings import readings
from visualizer.page.responses import html, json, no_content, text
from visualizer.page.sending import parse_request, send_for
from visualizer.page.templates import render, render_rows
from visualizer.page.tour import chapter_context, chapters_context
from visualizer.recorder import Trace, process_facts
from visualizer.stores.memory import store

MAX_REPORT_BYTES = 256 * 1024
_FINISH_PATIENCE_S = 2.0
_ROWS = 200
_EMPTY_DOCUMENT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Response</title></head><body></body></html>
"""


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page itself."""
    scenarios, problem = _scenarios()
    patterns = project_patterns()
    context = {
        "mount": f"{request.META.get('SCRIPT_NAME', '').rstrip('/')}{get_settings().mount}",
        "methods": METHODS,
        "scenarios": scenarios,
        "patterns": patterns.paths,
        "problems": [each for each in (problem, patterns.problem) if each],
        "users": accounts.usernames(),
        "current_user": accounts.current_username(request),
        "process": _process(),
        "max_rows": get_settings().max_traces,
    }
    return pack(request, html(render("visualizer/page.html", context, request)))


@require_safe
def traces(request: HttpRequest) -> HttpResponse:
    """The rows of the list, newest first, 200 at most.

    With `?after=<id>` only those newer than that one; with `?before=<id>` those that follow it, none if it is gone.
    """
    if before := request.GET.get("before"):
        return html(render_rows(_older(before), latest=None))
    after = request.GET.get("after")
    newer = takewhile(lambda trace: trace.id != after, store.recent())
    return html(render_rows(newer))


def _older(before: str) -> list[Trace]:
    from_there = dropwhile(lambda trace: trace.id != before, store.recent(None))
    return list(islice(from_there, 1, 1 + _ROWS))


@require_safe
def trace_json(request: HttpRequest, trace_id: str) -> HttpResponse:
    """A whole trace, as docs/trace-format.md describes it."""
    trace = store.get(trace_id)
    if trace is None:
        return json({"error": _no_longer_kept(trace_id)}, 404)
    return HttpResponse(trace.as_json(), content_type="application/json")


@require_safe
def step(request: HttpRequest, trace_id: str, seq: int) -> HttpResponse:
    """What the inspector says about one event."""
    kept = store.get(trace_id)
    if kept is None:
        return html(render("visualizer/inspector/gone.html", {"max_traces": get_settings().max_traces}, request), 404)
    reading = readings.of(kept)
    if seq >= len(reading.events):
        raise Http404(f"Trace {trace_id} has {len(reading.events)} events, numbered from 0; there is no {seq}.")
    return html(render("visualizer/inspector/step.html", step_context(reading, seq, kept_chains), request))


@require_safe
def tour(request: HttpRequest) -> HttpResponse:
    """The chapters of the guided tour for which the project has scenarios."""
    return html(render("visualizer/tour/chapters.html", chapters_context(_scenarios()[0]), request))


@require_safe
def tour_chapter(request: HttpRequest, slug: str) -> HttpResponse:
    """One chapter; with `?sent=<ids>` for each of its samples that was sent, filled from their traces."""
    sent = [ids.split(",") for ids in request.GET.getlist("sent")]
    context = chapter_context(slug, _scenarios()[0], sent, request.GET.get("open", ""))
    if context is None:
        raise Http404(f"The tour has no chapter {slug} for this project's scenarios.")
    return html(render("visualizer/tour/chapter.html", context, request))


@require_safe
def compare(request: HttpRequest, first_id: str, second_id: str) -> HttpResponse:
    """Two requests beside each other."""
    first, second = store.get(first_id), store.get(second_id)
    if first is None or second is None:
        gone = first_id if first is None else second_id
        return html(render("visualizer/compare/gone.html", {"problem": _no_longer_kept(gone)}, request), 404)
    return html(render("visualizer/compare/compare.html", compare_context(first, second), request))


@require_POST
def client_report(request: HttpRequest, trace_id: str) -> HttpResponse:
    """Take the browser's own timings of a request that it sent: 204, or 422 with what is wrong with them."""
    trace = _kept(trace_id)
    if len(request.body) > MAX_REPORT_BYTES:
        return text(f"A report may have {MAX_REPORT_BYTES} bytes; this one has {len(request.body)}.", 413)
    if not _wait_until_finished(trace):
        return text(f"The request {trace_id} is still running.", 409)
    try:
        trace.report_client(orjson.loads(request.body))
    # orjson's JSONDecodeError is a ValueError as well.
    except ValueError as error:
        return text(str(error), 422)
    learn_report(trace)
    hub.announce(trace)
    return no_content()


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign this browser in as the user named, or out: 204. An unknown user is a 422."""
    if not accounts.can_sign_in():
        return text("Signing in needs DEBUG, django.contrib.auth and sessions in this project.", 409)
    form = SignInForm(request.POST)
    try:
        if not form.is_valid():
            return text(form.problem(), 422)
        return accounts.sign_in(request, form.cleaned_data["user"])
    except DatabaseError as error:
        return text(f"The users and sessions cannot be read; is the database migrated? ({error})", 409)


@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Send a request that no browser lets a page send, and tell what came back. 422 with what is wrong with it."""
    if not settings.DEBUG:
        # The request seems to come from this machine, which a project may trust.
        return text("Requests are sent by the server itself only while DEBUG is on.", 409)
    try:
        outgoing = parse_request(orjson.loads(request.body))
    except ValueError as error:
        return text(str(error), 422)
    return json(send_for(request, outgoing))


@require_safe
def frame(request: HttpRequest) -> HttpResponse:
    """An empty document in which the browser's request is made and its answer is shown as it is.

    It must not have the page's strict policy: what the project answers is to run as it would anywhere.
    """
    response = html(_EMPTY_DOCUMENT)
    response["Content-Security-Policy"] = "frame-ancestors 'self'"
    response["X-Frame-Options"] = "SAMEORIGIN"
    # The browser's own default: what the project is sent from here should look as always.
    response["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


@require_safe
def static(request: HttpRequest, path: str) -> HttpResponseBase:
    """A file of the front end. The browser asks each time whether it changed: nobody reads an old script."""
    file = _frontend_file(path)
    stat = file.stat()
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}{"-packed" if accepts_packed(request) else ""}"'
    response = HttpResponse(file.read_bytes(), content_type=media_type(file))
    pack(request, response, lambda: packed_file(file, etag))
    response["ETag"] = etag
    response["Last-Modified"] = http_date(stat.st_mtime)
    response["Cache-Control"] = "no-cache"
    return get_conditional_response(request, etag, int(stat.st_mtime), response) or response


def _frontend_file(path: str) -> Path:
    try:
        file = Path(safe_join(frontend_dir(), path))
    except (SuspiciousFileOperation, ValueError):
        raise Http404("There is no such file.") from None
    if any(part.startswith(".") for part in path.split("/")) or not file.is_file():
        raise Http404("There is no such file.")
    return file


def _scenarios() -> tuple[tuple[Scenario, ...], str | None]:
    try:
        return load_scenarios(), None
    # Importing the project's list runs the project's code.
    except Exception as error:
        problem = str(error) if isinstance(error, SettingsError) else f"SCENARIOS: {type(error).__name__}: {error}"
        return generic_scenarios(), problem


def _process() -> dict[str, Any]:
    latest = store.recent(1)
    return latest[0].head()["process"] if latest else process_facts()


def _kept(trace_id: str) -> Trace:
    trace = store.get(trace_id)
    if trace is None:
        raise Http404(_no_longer_kept(trace_id))
    return trace


def _no_longer_kept(trace_id: str) -> str:
    return (
        f"The request {trace_id} is no longer kept, or never was: the latest {get_settings().max_traces} are, until "
        'the server restarts. VISUALIZER["MAX_TRACES"] sets how many.'
    )


def _wait_until_finished(trace: Trace) -> bool:
    # The browser may have the last byte and report before the server has closed the response.
    deadline = time.monotonic() + _FINISH_PATIENCE_S
    while not trace.finished and time.monotonic() < deadline:
        time.sleep(0.01)
    return trace.finished
