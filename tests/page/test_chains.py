"""The chain of a request on the page: in its row, and at its two ends in the inspector."""

import json

import pytest

from config.scenarios import SCENARIOS
from tests.driving import INTERFACES, ask
from tests.page.test_views import REPORT
from visualizer.control.play import play
from visualizer.control.scenarios import Scenario
from visualizer.page.chains import MOST_ENTRIES, kept_chains
from visualizer.page.templates import render_row, render_rows
from visualizer.recorder import add_sink, remove_sink
from visualizer.stores.memory import store

PRODUCT, STOCK = "/products/wireless-headphones/", "/api/products/1/stock/"
PAGE = (("Referer", f"http://localhost{PRODUCT}"), ("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Dest", "empty"))
BY_NAME = {scenario["name"]: Scenario(**scenario) for scenario in SCENARIOS}


@pytest.fixture(autouse=True)
def _empty_store(shop, traces):
    store.clear()
    yield
    store.clear()


def last_step(visitor, trace):
    return visitor.get(f"traces/{trace.id}/steps/{len(trace.events()) - 1}/").text


def report(*paths):
    started = [{"path": path, "initiator": "fetch", "duration_ns": 1, "status": 200} for path in paths]
    return json.dumps({**json.loads(REPORT), "subrequests": started})


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_scenario_that_is_redirected_is_one_chain_at_both_ends_of_each_of_its_requests(interface, visitor):
    post, cart = play(BY_NAME["Into the cart: POST, redirect, page"], interface)
    for trace in (post, cart):
        for html in (visitor.get(f"traces/{trace.id}/steps/0/").text, last_step(visitor, trace)):
            assert "Chain of 2 requests" in html
            assert f'<a href="#trace={post.id}" data-open="{post.id}">' in html
            assert f'<a href="#trace={cart.id}" data-open="{cart.id}">' in html
            assert html.count('aria-current="true"') == html.count("this request") == 1
    assert "redirected · " in visitor.get(f"traces/{post.id}/steps/0/").text
    middle = next(event["seq"] for event in post.events() if event["kind"] == "view")
    assert "Chain of" not in visitor.get(f"traces/{post.id}/steps/{middle}/").text


def test_the_row_of_a_request_says_what_led_to_it_and_stands_under_it():
    play(BY_NAME["Whole-page cache: miss, then hit"], "wsgi")
    second, first = store.recent()
    assert "sent after GET /about/" in render_row(second)
    assert "row-linked" in render_row(second)
    assert "row-linked" not in render_row(first)
    assert render_rows([second, first]) == f"{render_row(second)}\n{render_row(first)}"


def test_a_row_says_probably_where_only_the_address_tells(visitor):
    agent = ("User-Agent", "Firefox/140")
    ask("wsgi", PRODUCT.rstrip("/"), headers=(agent,))
    ask("wsgi", PRODUCT, headers=(agent,))
    ask("wsgi", STOCK, headers=(agent, *PAGE, ("HX-Request", "true")))
    htmx, page, _ = store.recent()
    assert f"probably redirected from GET {PRODUCT.rstrip('/')}" in render_row(page)
    assert f"started through htmx by {PRODUCT}" in render_row(htmx)


def test_what_the_browser_reports_of_the_page_makes_its_requests_certain(visitor):
    ask("wsgi", PRODUCT)
    ask("wsgi", STOCK, headers=PAGE)
    stock, page = store.recent()
    assert "probably started as fetch" in last_step(visitor, stock)
    assert visitor.post(f"traces/{page.id}/client/", report(STOCK, "/elsewhere.css"), "application/json").status == 204
    assert kept_chains().cause(stock.id).is_certain
    html = last_step(visitor, page)
    assert "probably" not in html
    assert "started as fetch" in html
    further = html[html.index("of which no trace is kept") :]
    assert "<code>/elsewhere.css</code>" in further
    assert f"<code>{STOCK}</code>" not in further


def test_a_request_alone_has_no_chain(visitor):
    ask("wsgi", PRODUCT)
    assert "Chain of" not in last_step(visitor, store.recent()[0])


def test_a_request_that_still_runs_has_its_place_too(visitor):
    seen = []
    ask("wsgi", PRODUCT)
    [page] = store.recent()

    class Watching:
        def on_begin(self, trace):
            seen.append((render_row(trace), last_step(visitor, page)))

        def on_end(self, trace):
            pass

    sink = Watching()
    add_sink(sink)
    try:
        ask("wsgi", STOCK, headers=PAGE)
    finally:
        remove_sink(sink)
    [(row, html)] = seen
    assert f"for {PRODUCT}" in row
    assert "···" in html
    assert "Chain of 2 requests" in html


def test_of_a_page_that_loads_a_lot_what_lies_around_the_request_is_shown(visitor):
    ask("wsgi", PRODUCT)
    for _ in range(MOST_ENTRIES + 9):
        ask("wsgi", "/no/such/", headers=PAGE)
    latest, *_, page = store.recent()
    html = last_step(visitor, page)
    assert f"Chain of {MOST_ENTRIES + 10} requests" in html
    assert html.count("chain-entry") == MOST_ENTRIES
    assert "10 more after these" in html
    assert "10 more before these" in last_step(visitor, latest)
