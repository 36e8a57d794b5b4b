"""Templates: each one, the tree of extends, blocks and includes, and where in the source they stand."""

import asyncio

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.template import Context, Engine, Template
from django.template.loader import render_to_string

from tests.driving import (
    INTERFACES,
    ancestors,
    ask,
    ask_asgi,
    assert_well_formed,
    exit_of,
    handler_for,
    observe,
    of,
    one,
    sign_in,
)
from tests.site.settings import site

pytestmark = pytest.mark.usefixtures("shop")


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_page_is_told_as_the_tree_of_its_parts(interface, traces):
    with site():
        ask(interface, "/template/")
    trace = traces.only
    told = [(e["detail"]["node"], e["name"], len(ancestors(trace, e))) for e in of(trace, "template", "enter")]
    depth = told[0][2]
    assert [(node, name, deep - depth) for node, name, deep in told] == [
        ("template", "page.html", 0),
        ("extends", "frame.html", 1),
        ("block", "head", 2),
        ("block", "main", 2),
        ("include", "part.html", 3),
        ("include", "part.html", 3),
    ]
    assert {event["stage"] for event in of(trace, "template")} == {"template"}
    assert_well_formed(trace)


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_node_says_in_which_template_and_line_it_stands(interface, traces):
    with site():
        ask(interface, "/template/")
    details = {(e["detail"]["node"], e["name"]): e["detail"] for e in of(traces.only, "template", "enter")}
    places = {name: (detail["template"], detail["line"]) for name, detail in details.items()}
    assert places == {
        ("template", "page.html"): ("page.html", None),
        ("extends", "frame.html"): ("page.html", 1),
        ("block", "head"): ("frame.html", 1),
        ("block", "main"): ("frame.html", 1),
        ("include", "part.html"): ("page.html", 4),
    }
    assert details["template", "page.html"]["file"].endswith("page.html")
    assert details["include", "part.html"]["file"].endswith("part.html")
    assert details["block", "main"]["filled_by"] == "page.html"
    assert details["block", "head"]["filled_by"] == "frame.html"


@pytest.mark.parametrize("interface", INTERFACES)
def test_names_of_the_context_are_told_and_no_values(interface, traces):
    with site():
        ask(interface, "/template/")
    first, *_, last = of(traces.only, "template", "enter")
    assert "word" in first["detail"]["context"]
    assert "hello" not in str(traces.only)
    assert first["detail"]["context"] == sorted(first["detail"]["context"])
    # Of an include, those that it was given.
    assert last["detail"]["context"] == ["word"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_exit_tells_the_length_of_the_text(interface, traces):
    with site():
        reply = ask(interface, "/template/")
    whole = one(traces.only, "template", "enter", "page.html")
    assert exit_of(traces.only, whole)["detail"] == {"bytes": len(reply.text)}


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_exception_is_told_at_each_exit_and_blamed_on_the_innermost_template(interface, traces):
    with site():
        observe(lambda: ask(interface, "/broken-template/"))
    exits = [exit_of(traces.only, event)["detail"] for event in of(traces.only, "template", "enter")]
    assert [detail["bytes"] for detail in exits] == [None, None]
    assert {detail["error"]["type"] for detail in exits} == {"ZeroDivisionError"}
    assert traces.only["outcome"]["by"] == "exploding.html"


def test_a_template_made_of_a_text_has_no_name(traces):
    def view(request):
        return HttpResponse(Template("hello {{ word }}", engine=Engine()).render(Context({"word": "you"})))

    with site():
        assert ask("wsgi", "/", handler=handler_for(view)).body == b"hello you"
    enter = one(traces.only, "template", "enter")
    assert enter["name"] == "(from a text)"
    assert enter["parent"] == one(traces.only, "view", "enter")["span"]


def test_a_template_rendered_by_a_tag_of_the_project_is_inside_the_one_that_uses_it(traces):
    ask("wsgi", "/products/wireless-headphones/")
    trace = traces.only
    stars = next(event for event in of(trace, "template", "enter") if event["name"].endswith("stars.html"))
    assert "template shop/product_detail.html" in ancestors(trace, stars)


def test_rendering_outside_of_requests_is_in_no_trace(traces):
    with site():
        render_to_string("page.html", {"word": "nobody"})
    assert traces == []


def test_a_template_rendered_by_a_middleware_is_inside_its_span(traces):
    ask("wsgi", "/products/", headers=(sign_in("mallory"),))
    banned = one(traces.only, "template", "enter", "shop/banned.html")
    assert ancestors(traces.only, banned)[0] == "middleware config.shop.middleware.BannedUserMiddleware"


async def test_overlapping_renders_do_not_mix(traces):
    with site():
        handler = ASGIHandler()
        await asyncio.gather(*(ask_asgi("/template/", handler=handler) for _ in range(8)))
    for trace in (trace.as_dict() for trace in traces):
        assert len(of(trace, "template", "enter")) == 6
        assert_well_formed(trace)
