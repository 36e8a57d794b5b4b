"""The URL resolver looks for the view."""

import asyncio

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.test import override_settings

from tests.driving import INTERFACES, ask, ask_asgi, assert_well_formed, exit_of, observe, of, one
from tests.site.settings import site

pytestmark = pytest.mark.usefixtures("shop")


def found(trace):
    return exit_of(trace, one(trace, "resolver", "enter"))["detail"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_match_tells_route_name_view_and_what_was_captured(interface, traces):
    ask(interface, "/products/wireless-headphones/")
    detail = found(traces.only)
    assert detail["matched"] is True
    assert detail["route"] == "products/<slug:slug>/"
    assert (detail["url_name"], detail["namespaces"]) == ("product_detail", ["shop"])
    assert detail["view"] == "config.shop.views.product_detail"
    assert detail["captured"] == [{"name": "slug", "value": "wireless-headphones", "type": "str"}]
    assert detail["urlconf"] in (None, "config.urls")


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_patterns_tried_end_with_the_one_that_matched(interface, traces):
    ask(interface, "/products/wireless-headphones/")
    tried = found(traces.only)["tried"]
    assert [pattern["matched"] for pattern in tried] == [False] * (len(tried) - 1) + [True]
    assert tried[-1]["pattern"] == "products/<slug:slug>/"
    assert tried[-1]["name"] == "product_detail"
    assert tried[0]["pattern"] == "admin/"


@pytest.mark.parametrize("interface", INTERFACES)
def test_patterns_of_an_include_are_joined(interface, traces):
    with site():
        ask(interface, "/nested/deeper/word/")
        observe(lambda: ask(interface, "/nested/nothing/"))
    match, failure = (found(trace.as_dict()) for trace in traces)
    assert (match["route"], match["namespaces"]) == ("nested/deeper/<slug:word>/", ["nested"])
    assert match["tried"][-1] == {"pattern": "nested/deeper/<slug:word>/", "name": "deeper", "matched": True}
    assert {"pattern": r"nested/^numbers/(\d+)/$", "name": None, "matched": False} in failure["tried"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_unnamed_groups_are_told_by_their_number(interface, traces):
    with site():
        observe(lambda: ask(interface, "/nested/numbers/42/"))
    assert found(traces.only)["captured"] == [{"name": "0", "value": "42", "type": "str"}]


@pytest.mark.parametrize("interface", INTERFACES)
def test_what_a_converter_made_is_told_with_its_type(interface, traces):
    with site():
        ask(interface, "/naps/7/")
    assert found(traces.only)["captured"] == [{"name": "number", "value": "7", "type": "int"}]


@pytest.mark.parametrize("interface", INTERFACES)
def test_no_match_tells_every_pattern_and_the_error(interface, traces):
    observe(lambda: ask(interface, "/no/such/page/"))
    detail = found(traces.only)
    assert detail["matched"] is False
    assert detail["error"]["type"] == "Resolver404"
    assert len(detail["tried"]) > 10
    assert not any(pattern["matched"] for pattern in detail["tried"])
    assert_well_formed(traces.only)


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_span_is_of_its_stage_and_only_once(interface, traces):
    with site("django.middleware.common.CommonMiddleware"):
        ask(interface, "/plain/")
        ask(interface, "/plain")
    for trace in (trace.as_dict() for trace in traces):
        # CommonMiddleware asks Django's resolver on its own account; that is no resolving of the request.
        assert one(trace, "resolver", "enter")["stage"] == "url_resolver"


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_urlconf_of_the_request_s_own_is_named(interface, traces):
    with site("SetsUrlconf"):
        ask(interface, "/plain/")
    assert found(traces.only)["urlconf"] == "tests.site.urls"


@pytest.mark.parametrize("interface", INTERFACES)
@override_settings(ROOT_URLCONF="tests.site.broken_urls", MIDDLEWARE=[])
def test_a_urlconf_that_cannot_be_imported_is_told(interface, traces):
    observe(lambda: ask(interface, "/plain/"))
    trace = traces.only
    assert found(trace)["error"]["message"] == "this URLconf is broken"
    assert (trace["outcome"]["kind"], trace["outcome"]["view_ran"]) == ("failed", False)


@pytest.mark.parametrize("interface", INTERFACES)
@override_settings(ROOT_URLCONF="tests.site.strange_urls", MIDDLEWARE=[])
def test_patterns_of_every_kind_have_a_text(interface, traces):
    observe(lambda: ask(interface, "/nothing/"))
    assert [pattern["pattern"] for pattern in found(traces.only)["tried"]] == [
        "translated/",
        "<language>/",
        "<OwnPattern>",
    ]


async def test_overlapping_requests_have_their_own_match(traces):
    with site():
        handler = ASGIHandler()
        await asyncio.gather(*(ask_asgi(f"/async-naps/{number}/", handler=handler) for number in range(8)))
    for trace in (trace.as_dict() for trace in traces):
        assert trace["request"]["path"] == f"/async-naps/{found(trace)['captured'][0]['value']}/"


def test_a_middleware_that_answers_leaves_the_resolver_out(traces):
    with site("StopsIn"):
        ask("wsgi", "/plain/")
    assert not of(traces.only, "resolver")
