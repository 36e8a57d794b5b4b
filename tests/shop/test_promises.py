"""What the scenarios promise is there to be seen, in the traces of the project's real handlers."""

import pytest

from config.scenarios import COUNT
from config.shop.models import Order
from tests.driving import enters, exit_of, of, one
from visualizer.findings.queries import query_findings
from visualizer.lessons.reading import Reading

pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")

SHOP = "config.shop"


def headers_of(trace):
    return {name.lower(): value for name, value in trace["response"]["headers"]}


def queries(trace, table=""):
    return [event for event in of(trace, "database", "enter") if table in event["detail"]["sql"]]


def threads(trace, kind, name=None):
    return {event["thread"] for event in of(trace, kind, "enter", name)}


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


def test_a_query_for_every_line_and_the_select_related_that_cures_it(told):
    [sick], [cured] = told("A query for every line"), told("The same lines, one query")
    assert len(queries(sick, 'FROM "shop_product"')) == 35
    assert len(queries(cured, 'JOIN "shop_product"')) == len(queries(cured, "shop_product")) == 1
    assert enters(cured, "template") == enters(sick, "template")
    [found] = query_findings(Reading(sick)).n_plus_ones
    assert (found.cure, found.like.count) == ('select_related("product")', 35)
    assert query_findings(Reading(cured)).n_plus_ones == []


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
    assert one(post, "server", "point", "http.request")["detail"]["bytes"] == len(COUNT)
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
