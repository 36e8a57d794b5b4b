"""Templates: each one, the tree of extends, blocks and includes, and where in the source they stand."""

import asyncio
from pathlib import Path

import django
import pytest
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.shortcuts import render
from django.template import Context, Engine, Template
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject

from config.shop.models import Product
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

FOLDER = Path(__file__).parent.parent / "site" / "templates"


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


def rendering(name, **context):
    """A handler whose view renders this template, with the site's own tags at hand."""
    engine = Engine(dirs=[FOLDER], libraries={"site_tags": "tests.site.tags"})
    return handler_for(lambda request: HttpResponse(engine.get_template(name).render(Context(context))))


def test_an_inclusion_tag_is_told_with_its_name_line_and_what_it_gave(traces):
    with site():
        assert ask("wsgi", "/", handler=rendering("tags.html", word="two")).text.split() == ["<i>one</i>", "<i>two</i>"]
    trace = traces.only
    shown = of(trace, "template", "enter", "part.html")
    details = [event["detail"] for event in shown]
    assert [(d["node"], d["tag"], d["template"], d["line"]) for d in details] == [
        ("inclusion", "shown", "tags.html", 3)
    ] * 2
    assert details[0]["types"] == {"asked": "str", "word": "django.utils.safestring.SafeString"}
    assert details[0]["file"].endswith("part.html")


def test_types_of_values_are_told_and_no_value_is_looked_at(traces):
    touched = []

    def look():
        touched.append(1)
        return "touched"

    context = {"lazy": SimpleLazyObject(look), "rows": Product.objects.all(), "none": None, "page": Product}
    with site():
        assert ask("wsgi", "/", handler=rendering("frame.html", **context)).status == 200
    detail = one(traces.only, "template", "enter", "frame.html")["detail"]
    assert detail["types"] == {
        "lazy": "django.utils.functional.SimpleLazyObject",
        "none": "NoneType",
        "page": "django.db.models.base.ModelBase",
        "rows": "config.shop.models.ProductQuerySet",
    }
    assert list(detail["types"]) == detail["context"]
    assert touched == [] and not of(traces.only, "database")


class TestPartials:
    # They came with Django 6.0; `make matrix` runs these.
    __test__ = django.VERSION >= (6, 0)

    def test_each_is_told_with_the_line_that_shows_it(self, traces):
        with site():
            reply = ask("wsgi", "/", handler=rendering("partials.html", word="hello"))
        assert reply.text.split() == ["before", "<i>hello</i>", "seen"]
        told = [e for e in of(traces.only, "template", "enter") if e["detail"]["node"] == "partial"]
        places = [(e["name"], e["detail"]["template"], e["detail"]["line"]) for e in told]
        assert places == [("card", "partials.html", 3), ("seen", "partials.html", 4)]
        assert {ancestors(traces.only, event)[0] for event in told} == {"template partials.html"}
        assert exit_of(traces.only, told[0])["detail"] == {"bytes": len("<i>hello</i>")}
        assert_well_formed(traces.only)

    def test_one_that_another_template_includes_is_an_include(self, traces):
        with site():
            assert "<i>lent</i>" in ask("wsgi", "/", handler=rendering("borrows.html")).text
        detail = one(traces.only, "template", "enter", "partials.html#card")["detail"]
        assert (detail["node"], detail["template"], detail["line"]) == ("include", "borrows.html", 2)
        assert detail["context"] == ["word"] and detail["file"].endswith("partials.html")

    @pytest.mark.parametrize("interface", INTERFACES)
    def test_one_that_a_view_renders_alone_is_told_with_its_context(self, interface, traces):
        view = handler_for(lambda request: render(request, "partials.html#card", {"word": "alone"}), interface)
        with site():
            assert ask(interface, "/", handler=view).body == b"<i>alone</i>"
        detail = one(traces.only, "template", "enter", "card")["detail"]
        assert (detail["node"], detail["template"], detail["line"]) == ("partial", "partials.html", None)
        assert detail["types"]["word"] == "str"

    def test_an_error_in_one_is_told_at_its_exit(self, traces):
        def explode():
            raise ZeroDivisionError("in the partial")

        with site():
            seen = observe(lambda: ask("wsgi", "/", handler=rendering("partials.html", word=explode)))
        assert seen.reply.status == 500
        assert exit_of(traces.only, one(traces.only, "template", "enter", "card"))["detail"]["error"]["type"] == (
            "ZeroDivisionError"
        )
        assert_well_formed(traces.only)
