"""Queries with where they were asked for, and ends of transactions."""

import asyncio
import linecache

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from config.shop.models import Category, Product
from tests.driving import (
    INTERFACES,
    ancestors,
    ask,
    ask_asgi,
    assert_well_formed,
    exit_of,
    handler_for,
    observe,
    of,
    one,
    probes_off,
    sign_in,
)
from tests.site import views
from tests.site.settings import site

pytestmark = pytest.mark.usefixtures("shop")


def run_in_view(work, interface="wsgi"):
    """Run this inside a request."""

    def view(request):
        work()
        return HttpResponse()

    with site():
        observe(lambda: ask(interface, "/answer/", handler=handler_for(view, interface)))


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_query_is_told_with_parameters_and_origin(interface, traces):
    with site():
        ask(interface, "/queries/hello/")
    enter = one(traces.only, "database", "enter")
    assert enter["name"] == "default"
    assert enter["detail"] == {
        "vendor": "sqlite",
        "sql": "SELECT %s",
        "params": ["hello"],
        "many": False,
        "origin": {
            "where": "python",
            "file": views.__file__,
            "line": views.one_query.__code__.co_firstlineno + 2,
            "function": "one_query",
        },
    }
    assert exit_of(traces.only, enter)["detail"] == {"rows": None}


def test_an_exit_tells_how_many_rows_were_fetched_where_they_were_read_at_once(traces):
    def work():
        list(Category.objects.all())
        Category.objects.get(slug="audio")
        list(Category.objects.none())
        list(Category.objects.filter(slug="no-such"))
        next(Category.objects.iterator(chunk_size=2))
        Category.objects.count()

    run_in_view(work)
    rows = [event["detail"]["rows"] for event in of(traces.only, "database", "exit")]
    everything = Category.objects.count()
    # What `iterator()` gives is the view's to read.
    assert rows == [everything, 1, 0, None, 1]


def test_an_exit_tells_how_many_rows_were_changed(traces):
    run_in_view(lambda: Category.objects.filter(slug__in=["audio", "desk"]).update(name="Both"))
    assert exit_of(traces.only, one(traces.only, "database", "enter"))["detail"] == {"rows": 2}


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_query_that_fails_is_told_with_its_error(interface, traces):
    with site():
        observe(lambda: ask(interface, "/bad-query/"))
    enter = one(traces.only, "database", "enter")
    detail = exit_of(traces.only, enter)["detail"]
    assert detail["rows"] is None
    assert detail["error"] == {
        "type": "OperationalError",
        "module": "django.db.utils",
        "message": "no such table: nowhere",
    }


def test_a_query_of_a_template_is_told_with_the_template_s_line(traces):
    john = sign_in("john")
    ask("wsgi", "/products/wireless-headphones/", headers=(john,))
    by_template = [
        event["detail"]
        for event in of(traces.only, "database", "enter")
        if event["detail"]["origin"]["where"] == "template"
    ]
    assert {detail["origin"]["template"] for detail in by_template} >= {"shop/base.html", "shop/partials/reviews.html"}
    for detail in by_template:
        source = linecache.getlines(f"templates/{detail['origin']['template']}")
        assert any(word in source[detail["origin"]["line"] - 1] for word in ("for", "if", "with", "{{", "include"))


def test_a_query_of_a_library_is_told_with_the_library_s_line(traces):
    john = sign_in("john")
    ask("wsgi", "/products/wireless-headphones/", headers=(john,))
    saving = next(e for e in of(traces.only, "database", "enter") if e["detail"]["sql"].startswith("UPDATE"))
    assert saving["detail"]["origin"]["where"] == "library"
    assert "django/contrib/sessions" in saving["detail"]["origin"]["file"].replace("\\", "/")


def test_a_query_of_a_middleware_of_the_project_is_told_with_its_line(traces):
    ask("wsgi", "/products/", headers=(sign_in("mallory"),))
    banning = next(e for e in of(traces.only, "database", "enter") if "shop_ban" in e["detail"]["sql"])
    assert banning["detail"]["origin"]["function"] == "refuse"
    assert banning["detail"]["origin"]["file"].replace("\\", "/").endswith("config/shop/middleware.py")


def test_many_rows_are_one_query(traces):
    def work():
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE shop_category SET name = %s WHERE id = %s", [("a", 1), ("b", 2)])

    run_in_view(work)
    enter = one(traces.only, "database", "enter")
    assert enter["detail"]["many"] is True
    assert enter["detail"]["params"] == ["2 rows of parameters"]


def test_transactions_are_told_where_they_end(traces):
    with site():
        ask("wsgi", "/in-transaction/")
        ask("wsgi", "/rolled-back/")
    committed, rolled_back = (trace.as_dict() for trace in traces)
    assert [event["name"] for event in of(committed, "transaction")] == ["commit"]
    detail = one(committed, "transaction")["detail"]
    assert detail["alias"] == "default" and detail["took_ns"] > 0
    assert [event["name"] for event in of(rolled_back, "transaction")] == ["rollback"]


def test_savepoints_are_queries(traces):
    def work():
        with transaction.atomic(), transaction.atomic():
            Product.objects.count()

    run_in_view(work)
    words = [event["detail"]["sql"].split()[0] for event in of(traces.only, "database", "enter")]
    assert words == ["BEGIN", "SAVEPOINT", "SELECT", "RELEASE"]


def test_wrappers_of_the_project_run_inside_the_span(traces):
    order = []

    def wrapper(execute, sql, params, many, context):
        order.append(len(traces[0].events()))
        return execute(sql, params, many, context)

    def work():
        assert connection.execute_wrappers == []
        with connection.execute_wrapper(wrapper):
            Product.objects.count()

    run_in_view(work)
    enter = one(traces.only, "database", "enter")
    assert order == [enter["seq"] + 1]


def test_an_error_that_a_wrapper_raises_instead_of_asking_is_told(traces):
    def refuse(*args):
        raise RuntimeError("no queries here")

    def work():
        with connection.execute_wrapper(refuse):
            Product.objects.count()

    run_in_view(work)
    assert (
        exit_of(traces.only, one(traces.only, "database", "enter"))["detail"]["error"]["message"] == "no queries here"
    )


@override_settings(DEBUG=True)
def test_what_django_logs_of_queries_is_the_same(traces):
    def logged():
        with CaptureQueriesContext(connection) as captured:
            run_in_view(lambda: list(Category.objects.all()))
        return [query["sql"] for query in captured.captured_queries]

    recorded = logged()
    with probes_off():
        assert logged() == recorded


@pytest.mark.parametrize("interface", INTERFACES)
def test_queries_of_tasks_and_hops_belong_to_the_view(interface, traces):
    with site():
        ask(interface, "/gathers/")
    queries = of(traces.only, "database", "enter")
    assert len(queries) == 5
    assert {ancestors(traces.only, query)[0] for query in queries} == {"view tests.site.views.gathers"}
    assert_well_formed(traces.only)


async def test_overlapping_queries_do_not_mix(traces):
    with site():
        handler = ASGIHandler()
        await asyncio.gather(*(ask_asgi(f"/queries/text-{number}/", handler=handler) for number in range(10)))
    for trace in (trace.as_dict() for trace in traces):
        assert trace["request"]["path"] == f"/queries/{one(trace, 'database', 'enter')['detail']['params'][0]}/"


def test_a_query_outside_of_requests_is_in_no_trace(traces):
    Product.objects.count()
    assert traces == []
