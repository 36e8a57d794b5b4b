"""Each scenario ends as it should, through the project's real handlers."""

from itertools import product

import pytest

from config.scenarios import SCENARIOS
from tests.driving import INTERFACES, assert_well_formed, of

# What Django says where a stream is not of the server's kind; two scenarios are about that.
pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")

NAMES = [scenario["name"] for scenario in SCENARIOS]
KEYS = {"name", "group", "promise", "method", "path", "user", "headers", "body", "token", "then", "abort_after_ms"}
KEYS.add("compare_with")
SHOP, DJANGO = "config.shop", "django.middleware"

# The scenario's name: status, kind of outcome, by whom, whether the view ran.
EXPECTED = {
    "John's product page": (200, "completed", f"{SHOP}.views.product_detail", True),
    "The same page, anonymous": (200, "completed", f"{SHOP}.views.product_detail", True),
    "In German": (200, "completed", f"{SHOP}.views.product_detail", True),
    "A query for every card": (200, "completed", f"{SHOP}.views.product_list", True),
    "The same cards, one query": (200, "completed", f"{SHOP}.views.best_rated", True),
    "A query for every line": (200, "completed", f"{SHOP}.views.reviews", True),
    "The same lines, one query": (200, "completed", f"{SHOP}.views.reviews_by_product", True),
    "Class-based view": (200, "completed", f"{SHOP}.views.CategoryView", True),
    "Class-based detail": (200, "completed", f"{SHOP}.views.OrderView", True),
    "Changed after the view": (200, "completed", f"{SHOP}.views.CategoryView", True),
    "Jinja2 page": (200, "completed", f"{SHOP}.views.catalogue", True),
    "The admin": (200, "completed", "django.contrib.admin.options.ModelAdmin.changelist_view", True),
    "Unknown URL": (404, "not_found", "url_resolver", False),
    "No such product": (404, "not_found", f"{SHOP}.views.product_detail", True),
    "Missing slash": (301, "stopped", f"{DJANGO}.common.CommonMiddleware", False),
    "Sign-in needed": (302, "completed", f"{SHOP}.views.CheckoutView", True),
    "Permission denied": (403, "failed", f"{SHOP}.reports.stock", True),
    "Banned user": (403, "stopped", f"{SHOP}.middleware.BannedUserMiddleware", False),
    "CSRF failure": (403, "stopped", f"{DJANGO}.csrf.CsrfViewMiddleware", False),
    "Wrong method: 405": (405, "completed", f"{SHOP}.views.cart_add", True),
    "Into the cart: POST, redirect, page": (302, "completed", f"{SHOP}.views.cart_add", True),
    "File upload": (302, "completed", f"{SHOP}.reports.StockCountView", True),
    "Error in a view": (500, "failed", f"{SHOP}.views.average_order", True),
    "Rescued by a middleware": (302, "rescued", f"{SHOP}.middleware.CartMiddleware", True),
    "JSON API": (200, "completed", f"{SHOP}.api.product", True),
    "JSON API for another site": (200, "completed", f"{SHOP}.api.product", True),
    "CORS preflight": (200, "stopped", "corsheaders.middleware.CorsMiddleware", False),
    "Async view": (200, "completed", f"{SHOP}.api.product_stock", True),
    "Three awaits gathered": (200, "completed", f"{SHOP}.api.product_summary", True),
    "Async view under a sync-only middleware": (200, "completed", f"{SHOP}.api.prices", True),
    "Streaming CSV": (200, "completed", f"{SHOP}.reports.stock", True),
    "Streaming CSV, async": (200, "completed", f"{SHOP}.reports.reviews", True),
    "The client hangs up": (200, "disconnected", "client", True),
    "Whole-page cache: miss, then hit": (200, "completed", f"{SHOP}.views.about", True),
    "Conditional GET: 304": (304, "completed", f"{SHOP}.api.reviews", True),
    "HEAD": (200, "completed", f"{SHOP}.views.CategoryView", True),
    "OPTIONS": (200, "completed", f"{SHOP}.views.CategoryView", True),
    "Slow middleware": (200, "completed", f"{SHOP}.api.prices", True),
    "Slow query": (200, "completed", f"{SHOP}.views.gifts", True),
    "1,000 queries": (200, "completed", f"{SHOP}.reports.sales", True),
}

# What follows the first request.
FOLLOWING = {
    "Missing slash": [("GET", "/products/wireless-headphones/", 200)],
    "Sign-in needed": [("GET", "/accounts/login/", 200)],
    "Into the cart: POST, redirect, page": [("GET", "/cart/", 200)],
    "File upload": [("GET", "/reports/stock/count/", 200)],
    "Rescued by a middleware": [("GET", "/cart/", 200)],
    "Whole-page cache: miss, then hit": [("GET", "/about/", 200)],
}
# There an async generator is read to its end before anything is written and the client's absence can be noticed.
NOT_UNDER_WSGI = {("The client hangs up", "wsgi")}
PLAYABLE = [pair for pair in product(NAMES, INTERFACES) if pair not in NOT_UNDER_WSGI]
EACH = pytest.mark.parametrize(("name", "interface"), PLAYABLE)


def test_every_scenario_has_every_key_and_its_own_name():
    assert all(scenario.keys() - {"tour"} == KEYS for scenario in SCENARIOS)
    assert len(set(NAMES)) == len(NAMES)


def test_every_scenario_is_expected_to_do_something():
    assert EXPECTED.keys() == set(NAMES)
    assert FOLLOWING.keys() <= set(NAMES)


def test_a_promise_is_one_line():
    assert all(len(scenario["promise"]) <= 120 and "\n" not in scenario["promise"] for scenario in SCENARIOS)


@EACH
def test_a_scenario_ends_as_it_should(name, interface, told):
    first, *following = told(name, interface)
    outcome = first["outcome"]
    assert (first["response"]["status"], outcome["kind"], outcome["by"], outcome["view_ran"]) == EXPECTED[name]
    assert [
        (trace["request"]["method"], trace["request"]["path"], trace["response"]["status"]) for trace in following
    ] == FOLLOWING.get(name, [])
    for trace in (first, *following):
        assert_well_formed(trace)
        assert not of(trace, "recorder")
        assert not trace["omitted"]
