"""Inclusion tags: the tag's own function, and the template that shows what it gave, inside one span."""

import asyncio

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.template import Context, Engine

from tests.driving import (
    INTERFACES,
    ancestors,
    ask,
    ask_asgi,
    assert_well_formed,
    both_ways,
    exit_of,
    handler_for,
    of,
    one,
    probes_off,
    sign_in,
)
from tests.probes.recording import without
from tests.probes.test_template import FOLDER
from tests.site.settings import site
from visualizer.probes.inclusion import PROBE

pytestmark = pytest.mark.usefixtures("shop")


def showing(request, name="tags.html", word="two"):
    """A view whose template has inclusion tags."""
    engine = Engine(dirs=[FOLDER], libraries={"site_tags": "tests.site.tags"})
    return HttpResponse(engine.get_template(name).render(Context({"word": word})))


def failing(request):
    return showing(request, "failing_tag.html")


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_function_runs_inside_the_tag_s_own_span_and_then_its_template(interface, traces):
    with site():
        reply = ask(interface, "/", handler=handler_for(showing, interface))
    trace = traces.only
    tags = of(trace, "template", "enter", "shown")
    assert [tag["detail"]["line"] for tag in tags] == [3, 3]
    assert tags[0]["detail"] == {
        "node": "tag",
        "engine": "django",
        "template": "tags.html",
        "file": str(FOLDER / "tags.html"),
        "line": 3,
        "function": "tests.site.tags.shown",
        "context": [],
        "types": {},
    }
    queries, shown = of(trace, "database", "enter"), of(trace, "template", "enter", "part.html")
    for tag, query, part in zip(tags, queries, shown, strict=True):
        assert query["parent"] == part["parent"] == tag["span"]
        assert tag["seq"] < query["seq"] < part["seq"] < exit_of(trace, tag)["seq"]
        assert query["detail"]["origin"]["function"] == "one_query"
    assert ancestors(trace, tags[0])[0] == "template tags.html"
    assert sum(exit_of(trace, tag)["detail"]["bytes"] for tag in tags) < len(reply.text)
    assert_well_formed(trace)


def test_a_function_that_fails_is_told_at_the_tag_and_blamed_on_the_template(traces):
    with_probes, without = both_ways(lambda: ask("wsgi", "/", handler=handler_for(failing)))
    assert with_probes == without
    trace = traces.only
    left = exit_of(trace, one(trace, "template", "enter", "fails"))["detail"]
    assert left["bytes"] is None
    assert (left["error"]["type"], left["error"]["message"]) == ("LookupError", "no such word")
    assert trace["outcome"]["by"] == "failing_tag.html"
    assert not of(trace, "recorder")


def test_the_admin_s_own_tags_are_seen(traces):
    ask("wsgi", "/admin/shop/product/", headers=(sign_in("sarah"),))
    trace = traces.only
    [rows] = [event for event in of(trace, "template", "enter", "result_list") if event["detail"]["node"] == "tag"]
    assert rows["detail"]["function"] == "django.contrib.admin.templatetags.admin_list.result_list"
    part = next(event for event in of(trace, "template", "enter") if event["name"].endswith("change_list_results.html"))
    assert part["parent"] == rows["span"]


async def test_overlapping_tags_do_not_mix(traces):
    handler = ASGIHandler()
    handler.resolve_request = lambda request: (showing, (), {})
    with site():
        await asyncio.gather(*(ask_asgi("/", handler=handler) for _ in range(6)))
    for trace in (trace.as_dict() for trace in traces):
        assert [ancestors(trace, query)[0] for query in of(trace, "database", "enter")] == ["template shown"] * 2
        assert_well_formed(trace)


def test_uninstalled_it_sees_nothing(traces):
    handler = handler_for(showing)
    with site(), without(PROBE):
        ask("wsgi", "/", handler=handler)
    assert not of(traces.only, "template", name="shown")
    with probes_off(), site():
        assert ask("wsgi", "/", handler=handler).status == 200
