"""Each scenario ends as it should and does what it promises, through the project's real handlers."""

from itertools import product
from typing import Any

import pytest
from django.core.cache import cache

from config.scenarios import SCENARIOS
from config.shop.models import Order
from tests.driving import INTERFACES, assert_well_formed, enters, exit_of, of, one
from visualizer.control.play import play
from visualizer.control.scenarios import Scenario

pytestmark = [
    pytest.mark.usefixtures("shop", "traces"),
    # What Django says where a stream is not of the server's kind; two scenarios are about that.
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]

BY_NAME = {scenario["name"]: Scenario(**scenario) for scenario in SCENARIOS}
KEYS = {"name", "group", "promise", "method", "path", "user", "headers", "body", "token", "then", "abort_after_ms"}
SHOP, DJANGO = "config.shop", "django.middleware"

# The scenario's name: status, kind of outcome, by whom, whether the view ran.
EXPECTED = {
    "John's product page": (200, "completed", f"{SHOP}.views.product_detail", True),
    "The same page, anonymous": (200, "completed", f"{SHOP}.views.product_detail", True),
    "In German": (200, "completed", f"{SHOP}.views.product_detail", True),
    "A query for every card": (200, "completed", f"{SHOP}.views.product_list", True),
    "The same cards, one query": (200, "completed", f"{SHOP}.views.best_rated", True),
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


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def told():
    """Return a function that plays a scenario and gives its traces."""

    def tell(name: str, interface: str = "asgi") -> list[dict[str, Any]]:
        return [trace.as_dict() for trace in play(BY_NAME[name], interface)]

    return tell


def headers_of(trace):
    return {name.lower(): value for name, value in trace["response"]["headers"]}


def queries(trace, table=""):
    return [event for event in of(trace, "database", "enter") if table in event["detail"]["sql"]]


def threads(trace, kind, name=None):
    return {event["thread"] for event in of(trace, kind, "enter", name)}


def test_every_scenario_has_every_key_and_its_own_name():
    assert all(scenario.keys() == KEYS for scenario in SCENARIOS)
    assert len(BY_NAME) == len(SCENARIOS)


def test_every_scenario_is_expected_to_do_something():
    assert EXPECTED.keys() == BY_NAME.keys()
    assert FOLLOWING.keys() <= BY_NAME.keys()


def test_a_promise_is_one_line():
    assert all(len(scenario["promise"]) <= 120 and "\n" not in scenario["promise"] for scenario in SCENARIOS)


@pytest.mark.parametrize(
    ("name", "interface"), [pair for pair in product(BY_NAME, INTERFACES) if pair not in NOT_UNDER_WSGI]
)
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


def test_johns_product_page(told):
    [trace] = told("John's product page")
    assert queries(trace, 'FROM "shop_ban"')
    assert queries(trace, 'FROM "shop_product"')
    assert queries(trace, 'FROM "shop_review"')


def test_anonymous(told):
    [trace] = told("The same page, anonymous")
    assert not queries(trace, 'FROM "shop_ban"')
    assert not queries(trace, 'FROM "auth_permission"')


def test_in_german(told):
    [trace] = told("In German")
    assert headers_of(trace)["content-language"] == "de"


def test_a_query_for_every_card_and_its_cure(told):
    [sick], [cured] = told("A query for every card"), told("The same cards, one query")
    assert len(queries(sick, "AVG")) == 24
    assert len(queries(cured, "AVG")) == 1
    assert enters(sick, "template").count("shop/partials/product_card.html") == 24
    assert enters(cured, "template") == enters(sick, "template")


def test_class_based_views(told):
    [products], [order] = told("Class-based view"), told("Class-based detail")
    assert one(products, "view", "enter")["detail"]["method"] == "get"
    assert len(queries(products, "AVG")) == 1
    assert one(order, "view", "enter")["detail"]["method"] == "get"
    assert [len(queries(order, f'FROM "shop_{table}"')) for table in ("order", "orderitem", "product")] == [1, 1, 1]


def test_changed_after_the_view(told):
    [trace] = told("Changed after the view")
    hook = one(trace, "hook", "enter", f"{SHOP}.middleware.CartMiddleware.process_template_response")
    page = of(trace, "template", "enter", "shop/category.html")[0]
    assert exit_of(trace, one(trace, "view", "enter"))["seq"] < hook["seq"] < page["seq"]
    assert "missing_to_free_delivery" in page["detail"]["context"]


def test_the_admin_counts(told):
    [trace] = told("The admin")
    assert queries(trace, 'COUNT(*) AS "__count" FROM "shop_product"')


def test_permission_denied_asks_for_permissions_first(told):
    [trace] = told("Permission denied")
    assert exit_of(trace, one(trace, "permission", "enter", "shop.change_product"))["detail"]["allowed"] is False
    assert one(trace, "exception", "point", "PermissionDenied")["detail"]["raised_in"] == f"{SHOP}.reports.stock"


def test_into_the_cart(told):
    post, page = told("Into the cart: POST, redirect, page")
    assert headers_of(post)["location"] == page["request"]["path"]
    assert queries(page, 'WHERE "shop_product"."id" IN (%s)')


def test_a_file_is_uploaded(told):
    post, _ = told("File upload")
    assert one(post, "server", "point", "http.request")["detail"]["bytes"] == len(BY_NAME["File upload"].body)
    assert len(queries(post, "UPDATE")) == 1


def test_an_error_even_after_a_new_order(told, john, headphones):
    before = Order.objects.count()
    john.post("/cart/add/", {"product": headphones.pk, "quantity": 1})
    john.post("/checkout/", {"name": "John", "address": "7 Orchard Lane", "city": "Whitby"})
    assert Order.objects.count() == before + 1
    assert told("Error in a view")[0]["response"]["status"] == 500


def test_a_rescue_is_made_by_process_exception(told):
    post, _ = told("Rescued by a middleware")
    hook = one(post, "hook", "enter", f"{SHOP}.middleware.CartMiddleware.process_exception")
    assert exit_of(post, hook)["detail"]["result"] == "answered"
    assert of(post, "exception")[0]["detail"]["type"] == "OutOfStockError"


def test_the_api_is_open_to_the_partner_alone(told):
    [own], [partner], [preflight] = map(told, ("JSON API", "JSON API for another site", "CORS preflight"))
    assert "access-control-allow-origin" not in headers_of(own)
    assert headers_of(partner)["access-control-allow-origin"] == "https://partner.example"
    assert headers_of(preflight)["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert not of(preflight, "resolver")


def test_gathered_queries_run_one_by_one_in_one_thread(told):
    [trace] = told("Three awaits gathered")
    asked = of(trace, "database")
    assert [event["phase"] for event in asked] == ["enter", "exit"] * 3
    assert len(threads(trace, "database")) == 1
    assert threads(trace, "database") != threads(trace, "view")


def test_an_async_view_is_called_back_on_the_loop_from_the_guards_thread(told):
    [trace] = told("Async view under a sync-only middleware")
    view = one(trace, "view", "enter")
    assert view["detail"]["is_async"]
    assert view["thread"] == "MainThread"


@pytest.mark.parametrize(
    ("name", "interface", "table", "count"),
    [
        ("Streaming CSV", "wsgi", "shop_category", 1),
        ("Streaming CSV", "wsgi", "shop_product", 5),
        ("Streaming CSV, async", "asgi", "shop_review", 24),
    ],
)
def test_a_generator_asks_while_it_is_sent(told, name, interface, table, count):
    [trace] = told(name, interface)
    asked = queries(trace, f'FROM "{table}"')
    started = one(trace, "server", "point", "start_response" if interface == "wsgi" else "http.response.start")
    assert len(asked) == count
    assert all(event["seq"] > started["seq"] for event in asked)
    assert trace["response"]["streaming"]


def test_a_generator_of_the_other_kind_is_read_at_once(told):
    [trace] = told("Streaming CSV", "asgi")
    bodies = [event["seq"] for event in of(trace, "server", "point", "http.response.body")]
    assert len(queries(trace, 'FROM "shop_product"')) == 5
    assert queries(trace, 'FROM "shop_product"')[-1]["seq"] < bodies[0]


def test_the_client_hangs_up_in_the_middle(told):
    [trace] = told("The client hangs up")
    assert 2 <= len(queries(trace, "shop_product")) < 20
    assert 0.9e9 < trace["duration_ns"] < 4e9


def test_the_second_time_the_page_comes_from_the_cache(told):
    miss, hit = told("Whole-page cache: miss, then hit")
    assert queries(miss)
    assert enters(miss, "template")
    assert not queries(hit)
    assert not enters(hit, "template")
    assert miss["response"]["body_bytes"] == hit["response"]["body_bytes"]


def test_not_modified_has_no_body(told):
    [trace] = told("Conditional GET: 304")
    assert trace["response"]["body_bytes"] == 0
    assert len(queries(trace)) == 1


def test_head_runs_get_and_options_runs_nothing(told):
    [head], [options] = told("HEAD"), told("OPTIONS")
    assert len(queries(head, "AVG")) == 1
    assert headers_of(options)["allow"] == "GET, HEAD, OPTIONS"
    assert not queries(options)


def test_a_slow_middleware_is_slow_on_its_way_in(told):
    [trace] = told("Slow middleware")
    passed = [
        event
        for event in of(trace, "middleware", "point", f"{SHOP}.middleware.price_middleware")
        if event["detail"]["moment"] == "passed_on"
    ]
    assert passed[0]["detail"]["in_ns"] > 0.3e9


def test_a_slow_query_takes_nearly_all_of_the_time(told):
    [trace] = told("Slow query")
    [asked] = queries(trace, "shop_product a")
    assert exit_of(trace, asked)["t_ns"] - asked["t_ns"] > 0.6 * trace["duration_ns"]


def test_a_thousand_queries_are_alike_and_from_one_line(told):
    [trace] = told("1,000 queries")
    origins = [event["detail"]["origin"] for event in queries(trace, "SUM")]
    assert len(origins) == 24 * 42
    assert {(origin["file"].rpartition("/")[2], origin["function"]) for origin in origins} == {("models.py", "sold_on")}
