"""The views by which a trace is put to use: plans of its queries, its request in other forms."""

import re
from html import unescape

import pytest
from django.db import connection

from tests.driving import ask, sign_in
from visualizer.stores.memory import store

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def product(traces):
    """The trace of a product's page, kept, and the numbers of its queries."""
    store.clear()
    ask("wsgi", "/products/wireless-headphones/")
    [trace] = traces
    store.on_begin(trace)
    yield trace
    store.clear()


def queries(trace, table):
    events = trace.as_dict()["events"]
    return [e for e in events if e["kind"] == "database" and f'FROM "{table}"' in str(e["detail"].get("sql"))]


def address(trace, event):
    return f"traces/{trace.id}/steps/{event['seq']}/explain/"


def test_a_query_is_explained_when_it_is_asked_for(visitor, product):
    [query] = queries(product, "shop_category")
    answer = visitor.post(address(product, query))
    assert answer.status == 200
    shown = unescape(answer.text)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query['detail']['sql']}")
        plan = [row[3] for row in cursor.fetchall()]
    assert [line for line in plan if f"<code>{line}</code>" not in shown] == []
    assert "sorts the rows: no index has them in this order" in shown
    assert "reads every row" in shown and "slow on a large table" in shown
    assert "nothing was run" in shown


def test_the_parameters_of_the_trace_are_sent_along(visitor, product):
    [query] = [e for e in queries(product, "shop_product") if e["detail"]["params"] == ["wireless-headphones"]]
    assert "(slug=?)" in visitor.post(address(product, query)).text


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_asking_for_a_plan_is_in_no_trace(visitor, product, traces, interface):
    [query] = queries(product, "shop_category")
    before = len(product.as_dict()["events"])
    if interface == "wsgi":
        visitor.post(address(product, query))
    else:
        visitor.visit_asgi("POST", address(product, query), headers=[(b"origin", b"http://localhost:8000")])
    assert len(traces) == 1
    assert len(product.as_dict()["events"]) == before


def test_a_plan_is_never_asked_for_by_looking(visitor, product):
    [query] = queries(product, "shop_category")
    with connection.execute_wrapper(lambda *_: pytest.fail("a query ran")):
        assert visitor.get(f"traces/{product.id}/steps/{query['seq']}/").status == 200
        assert visitor.get(address(product, query)).status == 405


def test_nobody_but_the_page_itself_may_ask(visitor, product):
    [query] = queries(product, "shop_category")
    assert visitor.post(address(product, query), headers={"Origin": "https://evil.example"}).status == 403
    assert visitor.visit("POST", address(product, query)).status == 403
    foreign = visitor.visit(
        "POST", address(product, query), headers={"Origin": "http://localhost:8000"}, address="10.0.0.9"
    )
    assert foreign.status == 403


def test_what_is_no_query_or_no_longer_kept_is_not_found(visitor, product):
    assert visitor.post(f"traces/{product.id}/steps/0/explain/").status == 404
    assert visitor.post("traces/0000/steps/0/explain/").status == 404
    assert visitor.get("traces/0000/reuse/").status == 404


def test_a_query_with_a_secret_says_why_it_cannot_be_explained(visitor, traces):
    ask("wsgi", "/products/wireless-headphones/", headers=[sign_in("john")])
    [trace] = traces
    store.on_begin(trace)
    [query] = queries(trace, "django_session")
    shown = visitor.post(address(trace, query))
    assert shown.status == 409
    assert "Parameter 2 is a secret, which the trace does not hold: EXPLAIN needs its value." in shown.text
    assert "is a secret" in visitor.get(f"traces/{trace.id}/steps/{query['seq']}/").text


def test_the_request_is_shown_as_curl_and_as_a_test(visitor, product):
    answer = visitor.get(f"traces/{product.id}/reuse/")
    shown = unescape(re.sub(r"<[^>]+>", "", answer.text))
    assert "curl 'http://localhost" in shown
    assert "def test_get_products_wireless_headphones(self):" in shown
    assert not re.search(r"<script|style=|\son\w+=", answer.text)
