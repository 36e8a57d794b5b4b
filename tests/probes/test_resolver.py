"""The URL resolver looks for the view."""

import asyncio
import time
from types import ModuleType

import pytest
from asgiref.local import Local
from django.core.handlers.asgi import ASGIHandler
from django.test import override_settings
from django.urls import Resolver404, path, resolve
from django.utils import translation
from django.utils.translation import trans_real

from tests.driving import INTERFACES, ask, ask_asgi, assert_well_formed, exit_of, observe, of, one
from tests.site import views
from tests.site.search_urls import WeekdayConverter
from tests.site.settings import site
from visualizer.lessons.sentences import sentence_for
from visualizer.url_likeness import close_facts
from visualizer.url_search import in_language, search_facts

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
    last = {"pattern": "nested/deeper/<slug:word>/", "name": "deeper", "matched": True, "include": 0}
    assert match["tried"][-1] == last
    missed = {"pattern": r"nested/^numbers/(\d+)/$", "name": None, "matched": False, "include": 0, "why": "no_match"}
    assert missed in failure["tried"]


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


def search(path, traces, *middleware, **headers):
    with override_settings(ROOT_URLCONF="tests.site.search_urls", MIDDLEWARE=list(middleware)):
        observe(lambda: ask("wsgi", path, **headers))
    return found(traces.only)


def tried(detail, pattern):
    return next(each for each in detail["tried"] if each["pattern"] == pattern)


def test_the_search_is_in_django_s_own_order(traces):
    detail = search("/inner/shifts/sunday/", traces)
    with override_settings(ROOT_URLCONF="tests.site.search_urls"), pytest.raises(Resolver404) as caught:
        resolve("/inner/shifts/sunday/")
    djangos = [[str(item.pattern) for item in patterns] for patterns in caught.value.args[0]["tried"]]
    told = [each["pattern"].removeprefix("<language>/") for each in detail["tried"]]
    assert told == ["".join(texts) for texts in djangos]
    depths = [len(list(around(detail, each))) for each in detail["tried"]]
    assert depths == [len(texts) - 1 for texts in djangos]


def around(detail, each):
    while each["include"] is not None:
        each = detail["includes"][each["include"]]
        yield each


def test_the_includes_name_their_namespace_and_urlconf(traces):
    ask("wsgi", "/products/")
    assert found(traces.only)["includes"] == [
        {"pattern": "", "include": None, "urlconf": "config.shop.urls", "namespace": "shop"}
    ]


def test_a_converter_of_the_project_s_is_not_called_again(traces):
    WeekdayConverter.asked.clear()
    detail = search("/inner/shifts/sunday/", traces)
    assert WeekdayConverter.asked == ["sunday"]
    refused = tried(detail, "inner/shifts/<weekday:day>/")
    assert (refused["why"], refused["refusal"]) == ("converter", "only_one")
    assert refused["refused_by"] == [{"converter": "weekday", "name": "day", "value": "sunday"}]


def test_of_two_converters_of_the_project_s_one_refused(traces):
    WeekdayConverter.asked.clear()
    refused = tried(search("/inner/shifts/monday/sunday/", traces), "inner/shifts/<weekday:start>/<weekday:end>/")
    assert WeekdayConverter.asked == ["monday", "sunday"]
    assert refused["refusal"] == "one_of"
    assert [each["value"] for each in refused["refused_by"]] == ["monday", "sunday"]


def test_a_converter_of_django_s_own_is_asked_again(traces):
    refused = tried(search(f"/pages/{'9' * 5_000}/", traces), "pages/<int:number>/")
    assert (refused["why"], refused["refusal"]) == ("converter", "asked_again")
    assert refused["refused_by"][0]["converter"] == "int"


def test_what_does_not_match_says_so_and_nobody_is_blamed(traces):
    detail = search("/pages/one/", traces)
    assert {each["why"] for each in detail["tried"]} == {"no_match"}
    assert tried(detail, "other/")["is_include"] is True


def test_a_value_that_the_pattern_gives_is_told_apart_from_what_was_captured(traces):
    assert search("/pages/7/", traces)["captured"] == [
        {"name": "number", "value": "7", "type": "int"},
        {"name": "layout", "value": "wide", "type": "str", "is_given": True},
    ]


@pytest.mark.parametrize(("language", "stood_for", "path"), [("de", "de/", "/de/prices/"), ("en", "", "/prices/")])
def test_a_language_prefix_tells_what_it_stood_for(language, stood_for, path, traces):
    headers = (("Accept-Language", language),)
    with translation.override("en"):
        detail = search(path, traces, "django.middleware.locale.LocaleMiddleware", headers=headers)
    assert (detail["matched"], detail["language"], detail["route"]) == (True, language, f"{stood_for}prices/")
    assert detail["includes"][-1]["stood_for"] == stood_for


def test_a_language_prefix_that_failed_is_that_of_the_request(traces):
    with translation.override("de"):
        prefix = tried(search("/other/", traces), "<language>/")
    assert (prefix["why"], prefix["stood_for"], prefix["is_include"]) == ("no_match", "de/", True)


def test_a_language_that_is_read_again_is_not_left_behind():
    with translation.override("en"):
        assert in_language("de", lambda: {"language": translation.get_language()}) == {"language": "de"}
        assert in_language(None, lambda: {"language": translation.get_language()}) == {"language": None}
        assert translation.get_language() == "en"


def test_of_a_404_the_nearest_are_told_and_django_finds_them(traces):
    close = search("/page/7/", traces)["close"]
    assert close["nearest"] == [
        {"pattern": "pages/<int:number>/", "name": "page", "likeness": 0.93, "would_match": "/pages/7/"}
    ]
    with override_settings(ROOT_URLCONF="tests.site.search_urls"):
        assert resolve("/pages/7/").route == "pages/<int:number>/"


def test_of_a_404_the_same_path_with_another_end_is_told(traces):
    close = search("/other/leaf", traces)["close"]
    assert close["slash"] == {"path": "/other/leaf/", "pattern": "other/leaf/", "is_sure": True}


def test_a_converter_of_the_project_s_leaves_it_open_whether_the_other_end_would_match(traces):
    WeekdayConverter.asked.clear()
    assert search("/inner/shifts/monday", traces)["close"]["slash"]["is_sure"] is False
    assert WeekdayConverter.asked == []


def test_of_a_404_patterns_that_match_its_beginning_are_told(traces):
    close = search("/other/leaf/and/more/", traces)["close"]
    assert close["begins"] == ["other/leaf/"]
    assert close["slash"] is None


def test_of_a_thousand_like_routes_the_nearest_is_found():
    module = ModuleType("thousand_urls")
    module.urlpatterns = [path(f"section{n}/<slug:slug>/", views.plain) for n in range(1_000)]
    close = close_facts("/sektion500/some-thing/", module)
    assert close["nearest"][0]["would_match"] == "/section500/some-thing/"


@pytest.mark.parametrize("is_match", [True, False])
def test_of_more_patterns_than_can_be_told_the_last_is_kept_and_the_rest_counted(is_match):
    tried = [[path(f"section{n}/", views.plain)] for n in range(3_000)]
    facts = search_facts("/section2999/", tried, is_match)
    assert (len(facts["tried"]), facts["tried_omitted"]) == (1_000, 2_000)
    assert [each["matched"] for each in facts["tried"]] == [False] * 999 + [is_match]
    assert facts["tried"][-1]["pattern"] == "section2999/"
    assert "tried_omitted" not in search_facts("/section2999/", tried[:1_000], is_match)


def test_routes_over_the_limit_are_left_out_of_the_comparison():
    module = ModuleType("endless_urls")
    module.urlpatterns = [path(f"section{n}/", views.plain) for n in range(2_000)]
    assert close_facts("/section999", module)["slash"]["pattern"] == "section999/"
    assert close_facts("/section1999", module)["slash"] is None


def test_a_path_as_long_as_a_server_lets_through_is_cut_before_it_is_compared(traces):
    started = time.perf_counter()
    assert search(f"/{'page/' * 12_000}", traces)["close"]["nearest"] == []
    assert time.perf_counter() - started < 10


def test_a_match_has_nothing_that_came_close(traces):
    assert "close" not in search("/pages/7/", traces)


def test_a_urlconf_set_by_a_middleware_is_not_the_root_s(traces):
    with site("SetsUrlconf"), override_settings(ROOT_URLCONF="config.urls"):
        ask("wsgi", "/plain/")
    trace = traces.only
    assert (found(trace)["urlconf"], found(trace)["is_root"]) == ("tests.site.urls", False)
    said = sentence_for(trace, one(trace, "resolver", "enter")["seq"])
    assert said.endswith("It looked in tests.site.urls, not in ROOT_URLCONF: SetsUrlconf set request.urlconf.")


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


def test_the_language_is_the_one_that_is_active_whatever_keeps_it(traces, monkeypatch):
    def asked():
        del traces[:]
        headers = (("Accept-Language", "de"),)
        return search("/de/prices/", traces, "django.middleware.locale.LocaleMiddleware", headers=headers)["language"]

    with translation.override("en"):
        assert asked() == "de"
    # As Django's own tests do where a setting about languages changes.
    monkeypatch.setattr(trans_real, "_active", Local())
    with translation.override("en"):
        assert asked() == "de"
