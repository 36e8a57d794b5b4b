"""Law 3: what other tools get wrong is told as it was. Statements are held against Django's own capture of them."""

import sqlite3
from contextlib import closing

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, connections, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.template import engines
from django.test.utils import CaptureQueriesContext

from config.shop.models import Category, Product
from tests.driving import INTERFACES, ancestors, ask, exit_of, handler_for, observe, of, one, sign_in
from tests.site.settings import site
from visualizer.lessons.outcomes import outcome_said
from visualizer.lessons.reading import Reading

pytestmark = pytest.mark.usefixtures("shop")

EACH_INTERFACE = pytest.mark.parametrize("interface", INTERFACES)
SHOP = "config.shop"
AUTH = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
RATED = 'SELECT id, name, price * 2 AS double FROM shop_product WHERE "name" LIKE %s'


def fate(trace):
    return outcome_said(Reading(trace))


@EACH_INTERFACE
def test_a_middleware_s_403_is_told_as_the_middleware_s_and_the_view_as_never_run(interface, traces):
    assert ask(interface, "/products/", headers=(sign_in("mallory"),)).status == 403
    trace = traces.only
    assert not of(trace, "view")
    assert not of(trace, "resolver")
    assert trace["outcome"]["view_ran"] is False
    assert fate(trace) == "Stopped by BannedUserMiddleware: it answered 403, and the view never ran."
    layer = one(trace, "middleware", "enter", f"{SHOP}.middleware.BannedUserMiddleware")
    assert exit_of(trace, layer)["detail"]["result"] == "answered"
    assert of(trace, "middleware", "enter")[-1] == layer


@EACH_INTERFACE
def test_a_403_that_a_view_raised_is_the_view_s(interface, traces):
    observe(lambda: ask(interface, "/reports/stock.csv", headers=(sign_in("john"),)))
    trace = traces.only
    assert trace["response"]["status"] == 403
    assert trace["outcome"]["view_ran"] is True
    assert fate(trace).startswith("Failed in stock: a PermissionDenied became Django's own 403")


@EACH_INTERFACE
def test_of_a_rescued_exception_both_halves_are_told(interface, traces):
    with site("Rescues", "AllHooks"):
        reply = ask(interface, "/raises/")
    trace = traces.only
    raised = one(trace, "exception")["detail"]
    assert (raised["type"], raised["raised_in"]) == ("ValueError", "tests.site.views.raises")
    assert raised["file"].endswith("tests/site/views.py")
    assert raised["handled_by"] == trace["outcome"]["by"] == "tests.site.middleware.Rescues"
    assert (raised["status"], trace["response"]["status"]) == (reply.status, reply.status)
    assert exit_of(trace, one(trace, "view", "enter"))["detail"]["error"]["type"] == "ValueError"
    assert fate(trace) == f"Rescued by Rescues: it turned a ValueError raised in raises into a {reply.status}."


def test_what_django_sends_in_place_of_an_error_is_no_rescue(traces):
    observe(lambda: ask("wsgi", "/reports/average-order/"))
    trace = traces.only
    assert trace["outcome"]["kind"] == "failed"
    assert one(trace, "exception")["detail"]["handled_by"] != f"{SHOP}.middleware.CartMiddleware"
    assert fate(trace).startswith("Failed in average_order: a ZeroDivisionError became Django's own 500")


def compared(traces, view, alias="default"):
    """What a view asks of a database, by the trace's words and by Django's."""
    with CaptureQueriesContext(connections[alias]) as captured, site():
        ask("wsgi", "/", handler=handler_for(view))
    told = [event for event in of(traces.only, "database", "enter") if event["name"] == alias]
    return told, [query["sql"] for query in captured if query["sql"] not in ("COMMIT", "ROLLBACK")]


def test_raw_sql_of_a_manager_is_counted(traces):
    def view(request):
        return HttpResponse(str([product.double for product in Product.objects.raw(RATED, ["Wireless%"])]))

    [told], [sql] = compared(traces, view)
    assert (told["detail"]["sql"], told["detail"]["params"]) == (RATED, ["Wireless%"])
    assert sql == RATED.replace("%s", "'Wireless%'")
    assert told["detail"]["origin"]["function"] == "view"


def test_rows_that_are_made_at_once_are_as_many_statements_as_django_sends(traces):
    def view(request):
        Category.objects.bulk_create([Category(name=f"n{n}", slug=f"s{n}") for n in range(7)], batch_size=3)
        return HttpResponse()

    told, sql = compared(traces, view)
    inserts = [event for event in told if event["detail"]["sql"].startswith("INSERT")]
    assert len(told) == len(sql)
    assert [event["detail"]["sql"].count("(%s") for event in inserts] == [3, 3, 1]
    assert len([each for each in sql if each.startswith("INSERT")]) == 3


def test_a_raw_cursor_s_statements_are_counted_each_way_of_sending_them(traces):
    def view(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.execute("SELECT %s, %s", [2, "three"])
            cursor.executemany("UPDATE shop_product SET stock = %s WHERE id = %s", [(1, 1), (2, 2), (3, 3)])
        cursor = connection.cursor()
        cursor.execute("SELECT 4")
        connection.cursor().cursor.execute("SELECT 'past Django, to the driver itself'")
        return HttpResponse()

    told, sql = compared(traces, view)
    assert [event["detail"]["sql"] for event in told] == [
        "SELECT 1",
        "SELECT %s, %s",
        "UPDATE shop_product SET stock = %s WHERE id = %s",
        "SELECT 4",
    ]
    assert len(sql) == 4
    assert [event["detail"]["many"] for event in told] == [False, False, True, False]
    assert sql[2].startswith("3 times: ")


@pytest.fixture
def warehouse(tmp_path):
    """A second database, of the alias `warehouse`."""
    file = tmp_path / "warehouse.sqlite3"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE stock (left INTEGER)")
    connections.settings["warehouse"] = {**connections.settings["default"], "NAME": str(file)}
    yield "warehouse"
    connections["warehouse"].close()
    del connections.settings["warehouse"]
    del connections["warehouse"]


def test_statements_of_a_second_alias_are_counted_under_its_name(warehouse, traces):
    def view(request):
        Product.objects.count()
        with transaction.atomic(using=warehouse), connections[warehouse].cursor() as cursor:
            cursor.execute("INSERT INTO stock VALUES (%s)", [5])
        return HttpResponse()

    told, sql = compared(traces, view, warehouse)
    insert = "INSERT INTO stock VALUES (%s)"
    assert [event["detail"]["sql"] for event in told] == [sql[0], insert]
    assert sql[1:] == [insert.replace("%s", "5")]
    assert one(traces.only, "transaction", "point", "commit")["detail"]["alias"] == warehouse
    assert [event["name"] for event in of(traces.only, "database", "enter")].count("default") == 1


@EACH_INTERFACE
def test_a_stream_s_statements_are_counted_after_the_view_has_returned(interface, traces):
    def parts():
        for category in Category.objects.order_by("pk")[:3]:
            yield f"{category.products.count()}\n"

    def view(request):
        return StreamingHttpResponse(parts())

    def stream():
        return ask(interface, "/", handler=handler_for(view, interface))

    with site(), CaptureQueriesContext(connection) as captured:
        assert observe(stream).reply.text.count("\n") == 3
    trace = traces.only
    asked = of(trace, "database", "enter")
    assert len(asked) == 4
    assert interface == "asgi" or len(captured) == 4
    returned = exit_of(trace, one(trace, "view", "enter"))["seq"]
    assert all(event["seq"] > returned for event in asked)
    assert not [event for event in asked if any(each.startswith("view ") for each in ancestors(trace, event))]


TOUCHED_HERE = engines["django"].from_string("before {{ user.username }} after")


@pytest.mark.parametrize("place", ["view", "template", "nowhere"])
def test_the_user_is_asked_for_where_it_is_first_touched(place, traces):
    def view(request):
        request.user  # noqa: B018  (naming it touches nothing)
        if place == "template":
            return HttpResponse(TOUCHED_HERE.render({"user": request.user}))
        return HttpResponse(request.user.username if place == "view" else "nobody asked")

    john = sign_in("john")
    with site(*AUTH):
        reply = ask("wsgi", "/", handler=handler_for(view), headers=(john,))
    trace = traces.only
    asked = [event for event in of(trace, "database", "enter") if 'FROM "auth_user"' in event["detail"]["sql"]]
    if place == "nowhere":
        assert asked == []
        return
    assert "john" in reply.text
    [query] = asked
    assert query["stage"] == place
    assert any(each.startswith("view ") for each in ancestors(trace, query))
    origin = query["detail"]["origin"]
    assert (origin["where"], origin.get("function")) == (("python", "view") if place == "view" else ("template", None))


@EACH_INTERFACE
def test_in_the_shop_the_user_is_asked_for_by_the_layer_that_looks_for_a_ban(interface, traces):
    ask(interface, "/about/", headers=(sign_in("john"),))
    trace = traces.only
    [query] = [event for event in of(trace, "database", "enter") if 'FROM "auth_user"' in event["detail"]["sql"]]
    assert ancestors(trace, query)[0] == f"middleware {SHOP}.middleware.BannedUserMiddleware"
    assert query["detail"]["origin"]["file"].endswith("config/shop/middleware.py")
    sessions = [event for event in of(trace, "database", "enter") if Session._meta.db_table in event["detail"]["sql"]]
    assert ancestors(trace, sessions[0])[0] == f"middleware {SHOP}.middleware.BannedUserMiddleware"
