"""The view, inside the thread or task that runs it."""

import asyncio
import functools
import inspect
import os
import sys

import pytest
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.http import HttpResponse
from django.test import override_settings
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from config.shop import views as shop_views
from tests.driving import INTERFACES, ask, ask_asgi, assert_well_formed, exit_of, handler_for, observe, of, one
from tests.lessons.sample import VIEW, Sample
from tests.site import views
from tests.site.settings import site
from visualizer.page.inspector import inspector_context
from visualizer.probes.view import view_name
from visualizer.view_source import view_facts

pytestmark = pytest.mark.usefixtures("shop")


def last_line(function):
    """As Python's own `inspect` counts."""
    lines, first = inspect.getsourcelines(function)
    return first + len(lines) - 1


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_function_is_told_with_its_source(interface, traces):
    with site():
        ask(interface, "/plain/")
    trace = traces.only
    enter = one(trace, "view", "enter")
    assert (enter["name"], enter["stage"]) == ("tests.site.views.plain", "view")
    assert enter["detail"] == {
        "is_async": False,
        "is_class": False,
        "method": None,
        "handler": None,
        "dispatch": [],
        "wrappers": [],
        "atomic": [],
        "file": views.__file__,
        "line": views.plain.__code__.co_firstlineno,
        "end_line": last_line(views.plain),
    }
    assert exit_of(trace, enter)["detail"] == {"response": "HttpResponse", "status": 200}
    assert_well_formed(trace)


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_class_is_told_with_the_method_that_answers(interface, traces):
    with site():
        ask(interface, "/class/")
    enter = one(traces.only, "view", "enter")
    assert enter["name"] == "tests.site.views.ClassView"
    assert (enter["detail"]["is_class"], enter["detail"]["method"]) == (True, "get")
    assert enter["detail"]["line"] == views.ClassView.get.__code__.co_firstlineno


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_decorated_view_is_told_by_its_own_source(interface, traces):
    ask(interface, "/products/wireless-headphones/")
    detail = one(traces.only, "view", "enter")["detail"]
    assert detail["file"] == shop_views.__file__
    assert detail["line"] == shop_views.product_detail.__wrapped__.__code__.co_firstlineno


def wrappers(view, method="GET"):
    return [(each["module"], each["name"]) for each in view_facts(view, method)["wrappers"]]


def test_decorators_are_seen_through_and_named_by_their_own_code():
    view = login_required(require_GET(never_cache(views.plain)))
    assert view.__module__ == "tests.site.views"
    assert wrappers(view) == [
        ("django.contrib.auth.decorators", "user_passes_test"),
        ("django.views.decorators.http", "require_http_methods"),
        ("django.views.decorators.cache", "never_cache"),
    ]
    assert view_facts(view, "GET")["line"] == views.plain.__code__.co_firstlineno


def test_decorators_around_a_class_and_on_its_methods_are_named():
    @method_decorator([never_cache, require_GET], name="dispatch")
    class Decorated(LoginRequiredMixin, View):
        @method_decorator(never_cache)
        def get(self, request):
            return HttpResponse()

    view = login_required(Decorated.as_view())
    facts = view_facts(view, "GET")
    assert wrappers(view) == [
        ("django.contrib.auth.decorators", "user_passes_test"),
        ("django.utils.decorators", "_multi_decorate"),
        ("django.utils.decorators", "_multi_decorate"),
    ]
    assert [each.get("applies") for each in facts["wrappers"][1:]] == [
        ["never_cache", "require_http_methods"],
        ["never_cache"],
    ]
    assert facts["line"] == inspect.unwrap(Decorated.get).__code__.co_firstlineno
    assert [path.rpartition(".<locals>.")[2] for path in facts["dispatch"]] == [
        "Decorated.dispatch",
        "django.contrib.auth.mixins.LoginRequiredMixin.dispatch",
        "django.views.generic.base.View.dispatch",
    ]


@pytest.mark.parametrize(
    ("method", "handler"),
    [
        ("GET", "tests.site.views.ClassView.get"),
        ("HEAD", "tests.site.views.ClassView.get"),
        ("OPTIONS", "django.views.generic.base.View.options"),
        ("DELETE", "django.views.generic.base.View.http_method_not_allowed"),
        ("PROPFIND", "django.views.generic.base.View.http_method_not_allowed"),
    ],
)
def test_the_method_that_answers_is_the_one_that_is_called(method, handler, traces):
    called = []

    def profile(frame, event, _):
        if event == "call":
            called.append(frame.f_code)

    sys.setprofile(profile)
    try:
        with site():
            observe(lambda: ask("wsgi", "/class/", method=method))
    finally:
        sys.setprofile(None)
    detail = one(traces.only, "view", "enter")["detail"]
    assert detail["handler"] == handler
    assert any((code.co_filename, code.co_firstlineno) == (detail["file"], detail["line"]) for code in called)


def test_a_class_that_allows_few_methods_has_no_other_handler():
    view = views.ClassView.as_view(http_method_names=["post"])
    assert view_facts(view, "GET")["handler"] == "django.views.generic.base.View.http_method_not_allowed"


def test_a_view_that_wraps_itself_ends():
    def view(request):
        return HttpResponse()

    view.__wrapped__ = view
    assert view_facts(view, "GET")["line"] == view.__code__.co_firstlineno


def test_a_query_inside_the_view_is_shown_in_the_view_s_own_lines(traces):
    with site():
        ask("wsgi", "/", handler=handler_for(views.counts_itself))
    trace = traces.only
    shown = inspector_context(trace, one(trace, "database", "enter")["seq"])["excerpt"]
    lines, first = inspect.getsourcelines(views.counts_itself)
    assert [(line["number"], line["text"]) for line in shown["lines"]] == [
        (number, line.rstrip()) for number, line in enumerate(lines, first)
    ]
    assert ["cursor.execute" in line["text"] for line in shown["lines"] if line["marked"]] == [True]


def test_a_query_of_another_function_is_shown_where_that_stands(traces):
    with site():
        ask("wsgi", "/queries/")
    trace = traces.only
    shown = inspector_context(trace, one(trace, "database", "enter")["seq"])["excerpt"]
    first = inspect.getsourcelines(views.one_query)[1]
    assert first < next(line["number"] for line in shown["lines"] if line["marked"]) < first + 4
    assert len(shown["lines"]) == 9


def test_of_a_long_view_the_lines_around_the_one_that_ran_are_shown(tmp_path):
    file = tmp_path / "views.py"
    file.write_text("".join(f"line_{number}\n" for number in range(1, 301)))
    os.utime(file, (1, 1))
    sample = Sample()
    sample.enter("view", VIEW, file=str(file), line=101, end_line=280)
    origin = {"where": "python", "file": str(file), "line": 270, "function": "product_detail"}
    sample.span("cache", "get", {}, origin=origin)
    sample.point("permission", "shop.view", origin={**origin, "line": 20})
    lines = [line["number"] for line in inspector_context(sample.as_dict(), 1)["excerpt"]["lines"]]
    assert lines == list(range(240, 281))
    lines = [line["number"] for line in inspector_context(sample.as_dict(), 3)["excerpt"]["lines"]]
    assert lines == list(range(16, 25))


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_instance_and_a_partial_are_views_too(interface, traces):
    with site():
        ask(interface, "/instance/")
        ask(interface, "/", handler=handler_for(functools.partial(views.plain, word="x"), interface))
    instance, partial = (one(trace.as_dict(), "view", "enter") for trace in traces)
    assert instance["name"] == "tests.site.views.CallableView"
    assert instance["detail"]["line"] == views.CallableView.__call__.__code__.co_firstlineno
    assert partial["name"].endswith("partial")
    assert partial["detail"]["line"] == views.plain.__code__.co_firstlineno


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_async_view_runs_on_the_loop_and_a_sync_one_in_a_thread(interface, traces):
    with site():
        ask(interface, "/async-plain/")
        ask(interface, "/plain/")
    async_view, sync_view = (one(trace.as_dict(), "view", "enter") for trace in traces)
    assert async_view["detail"]["is_async"] is True
    assert sync_view["detail"]["is_async"] is False
    if interface == "asgi":
        assert async_view["thread"] == "MainThread"
        assert sync_view["thread"].startswith("ThreadPoolExecutor")
    else:
        assert sync_view["thread"] == "MainThread"


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("path", ["/raises/", "/async-raises/"])
def test_an_exception_is_told_at_the_exit(path, interface, traces):
    with site():
        observe(lambda: ask(interface, path))
    detail = exit_of(traces.only, one(traces.only, "view", "enter"))["detail"]
    assert (detail["response"], detail["status"]) == (None, None)
    assert detail["error"]["type"] == "ValueError"


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_span_of_an_async_view_lasts_until_it_has_answered(interface, traces):
    async def view(request):
        await asyncio.sleep(0.02)
        return HttpResponse()

    with site():
        ask(interface, "/", handler=handler_for(view, interface))
    enter = one(traces.only, "view", "enter")
    assert exit_of(traces.only, enter)["t_ns"] - enter["t_ns"] >= 15_000_000


@pytest.mark.parametrize("interface", INTERFACES)
def test_what_a_view_does_is_inside_it(interface, traces):
    with site():
        ask(interface, "/queries/")
    query = one(traces.only, "database", "enter")
    assert query["parent"] == one(traces.only, "view", "enter")["span"]
    assert query["stage"] == "view"


def test_atomic_requests_are_told_by_alias(traces):
    connections.settings["default"]["ATOMIC_REQUESTS"] = True
    try:
        with site():
            ask("wsgi", "/queries/")
    finally:
        connections.settings["default"]["ATOMIC_REQUESTS"] = False
    trace = traces.only
    assert one(trace, "view", "enter")["detail"]["atomic"] == ["default"]
    assert of(trace, "transaction", "point", "commit")


async def test_overlapping_views_do_not_mix(traces):
    with site():
        handler = ASGIHandler()
        await asyncio.gather(*(ask_asgi(f"/async-naps/{number}/", handler=handler) for number in range(6)))
    for trace in (trace.as_dict() for trace in traces):
        span = one(trace, "view", "enter")["span"]
        assert {event["parent"] for event in of(trace, "database", "enter")} == {span}


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_view_that_is_not_reached_is_not_told(interface, traces):
    with site("StopsInView"):
        ask(interface, "/plain/")
    assert not of(traces.only, "view")


@override_settings(DEBUG=True)
def test_names_of_views():
    assert view_name(views.plain) == "tests.site.views.plain"
    assert view_name(views.ClassView.as_view()) == "tests.site.views.ClassView"
    assert view_name(views.CallableView()) == "tests.site.views.CallableView"
