"""Law 2: nothing of the application's objects is called, evaluated, read or asked for."""

import asyncio
import datetime
import io
import sqlite3

import pytest
from django.contrib.sessions.models import Session
from django.core.handlers.asgi import ASGIHandler
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from tests.driving import INTERFACES, ask, exit_of, handler_for, of, one, probes_off, scope_of, sign_in
from tests.site.explosive import Counting, CountingStr, Explosive
from tests.site.settings import site
from visualizer.redaction import safe_text
from visualizer.snapshots import picture_request, request_changes

pytestmark = pytest.mark.usefixtures("shop")

AUTH = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


@pytest.fixture(autouse=True)
def _untouched():
    Counting.touched.clear()
    CountingStr.touched.clear()
    yield
    assert Counting.touched == CountingStr.touched == []


@pytest.mark.parametrize("interface", INTERFACES)
def test_what_a_url_captures_is_not_touched(interface, traces):
    with site("AllHooks", "Slots"):
        reply = ask(interface, "/captured/boom/")
    assert reply.text == "not touched"
    captured = exit_of(traces.only, one(traces.only, "resolver", "enter"))["detail"]["captured"]
    assert captured == [{"name": "thing", "value": "<Explosive>", "type": "Explosive"}]


@pytest.mark.parametrize("interface", INTERFACES)
def test_what_a_template_does_not_show_is_not_touched(interface, traces):
    with site("AllHooks"):
        reply = ask(interface, "/in-context/")
    assert "<p>hello</p>" in reply.text
    trace = traces.only
    names = of(trace, "template", "enter")[0]["detail"]["context"]
    assert {"explosive", "counting", "products", "manager", "method", "word"} <= set(names)
    assert not of(trace, "database"), "a queryset in the context was evaluated"
    assert not of(trace, "recorder")


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_lazy_user_stays_lazy(interface, traces):
    john = sign_in("john")
    with site(*AUTH, "AllHooks"):
        ask(interface, "/lazy-user/", headers=(john,))
    trace = traces.only
    assert not of(trace, "database")
    changed = [change for event in of(trace, "middleware") for change in event["detail"].get("changed", [])]
    assert {"op": "add", "what": "request.user", "value": "SimpleLazyObject, not evaluated", "was": None} in changed


@pytest.mark.parametrize("path", ["/products/wireless-headphones/", "/products/", "/checkout/", "/cart/"])
def test_a_request_runs_the_same_queries(path, traces):
    john = sign_in("john")
    ask("wsgi", path, headers=(john,))  # the session remembers what was seen

    def queries():
        with CaptureQueriesContext(connection) as captured:
            ask("wsgi", path, headers=(john,))
        return [query["sql"] for query in captured.captured_queries]

    recorded = queries()
    with probes_off():
        assert len(queries()) == len(recorded)
    assert len(of(traces[-1].as_dict(), "database", "enter")) == len(recorded)


def test_no_row_is_written_because_a_request_was_recorded(traces):
    before = Session.objects.count()
    ask("wsgi", "/products/")
    assert Session.objects.count() == before
    assert not [event for event in of(traces.only, "database", "enter") if "SELECT" not in event["detail"]["sql"]]


def test_the_body_is_not_read_under_wsgi(traces):
    body = io.BytesIO(b"name=value")
    with site("AllHooks"):
        ask("wsgi", "/ignores-body/", method="POST", body=b"name=value", **{"wsgi.input": body})
    assert body.tell() == 0
    assert traces.only["events"][0]["detail"]["body_bytes"] == 10


def test_the_view_reads_the_whole_body_itself(traces):
    for interface in INTERFACES:
        with site("AllHooks"):
            assert ask(interface, "/echo/", method="POST", body=b"x" * 100_000).body == b"x" * 100_000


async def test_no_message_is_received_that_django_did_not_ask_for(traces):
    async def received():
        asked = []
        messages = [{"type": "http.request", "body": b"a", "more_body": True}, {"type": "http.request", "body": b"b"}]

        async def receive():
            asked.append(len(messages))
            return messages.pop(0) if messages else await asyncio.Event().wait()

        async def send(message):
            pass

        await ASGIHandler()(scope_of("/ignores-body/", "POST"), receive, send)
        return asked

    with site():
        recorded = await received()
        with probes_off():
            assert await received() == recorded


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Explosive(), "<Explosive>"),
        (lambda: Counting(), "<Counting>"),
        (lambda: CountingStr("the text itself"), "the text itself"),
        (lambda: Explosive, "class Explosive"),
        (lambda: [Explosive()], "<list of 1>"),
        (lambda: {"key": Explosive()}, "<dict of 1>"),
    ],
)
def test_the_text_of_a_value_is_made_without_its_own_code(make, text):
    assert safe_text(make()) == text


class ExplosiveZone(datetime.tzinfo):
    """A time zone of the application's own."""

    def utcoffset(self, when):
        raise AssertionError("asked for its offset")

    dst = tzname = __eq__ = __repr__ = utcoffset
    __hash__ = datetime.tzinfo.__hash__


@pytest.mark.parametrize("moment", [datetime.datetime(2026, 1, 2, 3, 4), datetime.time(3, 4)])
def test_a_time_zone_of_the_application_is_not_asked(moment):
    assert safe_text(moment.replace(tzinfo=ExplosiveZone())) == f"{moment.isoformat()} (ExplosiveZone)"


def test_a_request_s_attributes_are_compared_by_identity():
    request = RequestFactory().get("/")
    request.one, request.other = Explosive(), Explosive()
    before, _ = picture_request(request, None)
    request.one, request.new = Explosive(), Explosive()
    del request.other
    _, noted = picture_request(request, before)
    assert request_changes(noted) == [
        {"op": "add", "what": "request.new", "value": "<Explosive>", "was": None},
        {"op": "change", "what": "request.one", "value": "<Explosive>", "was": "<Explosive>"},
        {"op": "remove", "what": "request.other", "value": None, "was": "<Explosive>"},
    ]


def test_parameters_of_a_query_are_not_touched(traces):
    def view(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s, %s", [CountingStr("text"), "plain"])
        return HttpResponse()

    sqlite3.register_adapter(CountingStr, lambda value: "adapted")
    with site():
        ask("wsgi", "/", handler=handler_for(view))
    assert one(traces.only, "database", "enter")["detail"]["params"] == ["text", "plain"]


def test_the_name_of_a_permission_is_not_touched(traces):
    john = sign_in("john")

    def view(request):
        request.user.has_perm(CountingStr("shop.view_member_price"))
        return HttpResponse()

    with site(*AUTH):
        ask("wsgi", "/", handler=handler_for(view), headers=(john,))
    assert one(traces.only, "permission", "enter")["name"] == "shop.view_member_price"
