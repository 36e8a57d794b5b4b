"""Jinja2's templates: who includes, extends and imports whom, blocks, macros, and the lines of their sources."""

import asyncio
import dis
import gc
import subprocess
import sys
import traceback
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Any

import jinja2
import pytest
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.test import override_settings
from jinja2.runtime import Context

from config.shop.models import Category, Product, Review
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
    plain,
    probes_off,
)
from tests.site.settings import site
from tests.site.views import one_query
from visualizer.probes import jinja
from visualizer.recorder import current

pytestmark = pytest.mark.usefixtures("shop")

FOLDER = Path(__file__).parent.parent / "site" / "jinja2"
ENGINE = {
    "BACKEND": "django.template.backends.jinja2.Jinja2",
    "DIRS": [FOLDER],
    "APP_DIRS": False,
    "OPTIONS": {},
}
ASYNC_ENGINE = {**ENGINE, "OPTIONS": {"enable_async": True}}
ENGINES = {"sync": ENGINE, "async": ASYNC_ENGINE}
YIELD, RESUME = dis.opmap["YIELD_VALUE"], dis.opmap["RESUME"]


@contextmanager
def site_of(engine):
    with site(), override_settings(TEMPLATES=[engine]):
        yield


def page(template="page.html", **context):
    return lambda request: render(request, template, {"word": "hello", **context})


def told(trace):
    """Node, name, the template and line where it stands, and how deep."""
    found = of(trace, "template", "enter")
    top = len(ancestors(trace, found[0]))
    return [
        (len(ancestors(trace, e)) - top, e["detail"]["node"], e["name"], e["detail"]["template"], e["detail"]["line"])
        for e in found
    ]


TREE = [
    (0, "template", "page.html", "page.html", None),
    (1, "import", "macros.html", "page.html", 2),
    (1, "extends", "frame.html", "page.html", 1),
    (2, "block", "head", "frame.html", 1),
    (3, "block", "head", "page.html", 3),
    (2, "block", "main", "frame.html", 2),
    (3, "include", "part.html", "page.html", 5),
    (4, "include", "leaf.html", "part.html", 2),
    (3, "include", "part.html", "page.html", 5),
    (4, "include", "leaf.html", "part.html", 2),
    (3, "macro", "field", "page.html", 6),
    (3, "macro", "box", "page.html", 7),
    (4, "macro", "caller", "macros.html", 2),
    (3, "block", "head", "page.html", 8),
    (4, "block", "head", "page.html", 3),
    (3, "include", "alone.html", "page.html", 9),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("interface", INTERFACES)
def test_a_page_is_told_as_the_tree_of_its_parts_with_their_lines(interface, engine, traces):
    if interface == "asgi" and engine == "async":
        return  # Jinja2 refuses: asyncio.run() cannot be called from a running event loop.
    with site_of(ENGINES[engine]):
        reply = ask(interface, "/", handler=handler_for(page(), interface))
    assert reply.status == 200
    trace = traces.only
    assert told(trace) == TREE
    assert {event["stage"] for event in of(trace, "template")} == {"template"}
    assert {event["detail"]["engine"] for event in of(trace, "template", "enter")} == {"jinja2"}
    assert_well_formed(trace)
    whole = one(trace, "template", "enter", "page.html")
    assert exit_of(trace, whole)["detail"] == {"bytes": len(reply.text)}


class Witness:
    """Sees compiled templates being called, by the interpreter's own profiler."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self._running: set[FrameType] = set()

    def note(self, frame: FrameType, event: str, argument: Any) -> None:
        template = frame.f_globals.get("__jinja_template__")
        if template is None or event not in ("call", "return") or frame.f_code.co_name == "<module>":
            return
        name = template.name if frame.f_code.co_name == "root" else frame.f_code.co_name.removeprefix("block_")
        if event == "call" and frame not in self._running:
            self._running.add(frame)
            self.seen.append(("enter", name))
        elif event == "return" and not self._waits(frame):
            self.seen.append(("exit", name))

    def _waits(self, frame: FrameType) -> bool:
        code, here = frame.f_code.co_code, frame.f_lasti
        return code[here] == YIELD or (code[here] == RESUME and here >= 2 and code[here - 2] == YIELD)


def sent_before_the_witness():
    witness = Witness()
    with site_of(ENGINE):
        handler = handler_for(page())
        sys.setprofile(witness.note)
        try:
            reply = ask("wsgi", "/", handler=handler)
        finally:
            sys.setprofile(None)
    return witness.seen, reply


def test_the_order_of_a_trace_is_that_of_the_calls_of_compiled_templates(traces):
    seen, reply = sent_before_the_witness()
    functions = {"field": "macro", "box": "macro"}
    trace = [(e["phase"], functions.get(e["name"], e["name"])) for e in of(traces.only, "template")]
    # The body of a call block is a macro: the interpreter calls it so, too.
    trace = [(phase, "macro" if name == "caller" else name) for phase, name in trace]
    assert trace == [(phase, "macro" if name == "caller" else name) for phase, name in seen]
    assert len(seen) == 2 * len(TREE)
    with probes_off():
        assert sent_before_the_witness()[0] == seen
        assert sent_before_the_witness()[1].body == reply.body


def test_what_a_node_shows_and_where_a_macro_is_defined(traces):
    with site_of(ENGINE):
        ask("wsgi", "/", handler=handler_for(page()))
    details = [e["detail"] for e in of(traces.only, "template", "enter") if e["name"] == "head"]
    assert [detail["filled_by"] for detail in details] == ["page.html", "frame.html", "page.html", "frame.html"]
    assert one(traces.only, "template", "enter", "field")["detail"]["defined_in"] == "macros.html"
    files = {e["name"]: e["detail"]["file"] for e in of(traces.only, "template", "enter")}
    assert files["leaf.html"] == str(FOLDER / "leaf.html")
    assert files["main"] == str(FOLDER / "frame.html")


def test_names_of_the_context_are_told_without_globals_and_values(traces):
    with site_of(ENGINE):
        ask("wsgi", "/", handler=handler_for(page()))
    names = one(traces.only, "template", "enter", "page.html")["detail"]["context"]
    assert names == ["csrf_input", "csrf_token", "request", "word"]
    include = of(traces.only, "template", "enter", "part.html")[0]
    assert {"each", "word"} <= set(include["detail"]["context"])
    assert "range" not in include["detail"]["context"]
    assert "hello" not in str(traces.only)


def _explode():
    raise ZeroDivisionError("in the template")


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_exception_is_told_at_each_exit_and_blamed_on_the_innermost_template(interface, traces):
    with site_of(ENGINE):
        view = page("broken.html", explode=_explode)
        seen = observe(lambda: ask(interface, "/", handler=handler_for(view, interface)))
    assert seen.reply.status == 500
    exits = [exit_of(traces.only, event)["detail"] for event in of(traces.only, "template", "enter")]
    assert [(detail["bytes"], detail["error"]["type"]) for detail in exits] == [(None, "ZeroDivisionError")] * 2
    assert traces.only["outcome"]["by"] == "exploding.html"
    assert_well_formed(traces.only)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_exception_s_traceback_is_the_same_with_and_without_the_probe(engine, traces):
    raised = []

    def view(request):
        try:
            return render(request, "broken.html", {"explode": _explode})
        except ZeroDivisionError as error:
            raised.append(plain("".join(traceback.format_exception(error))))
        return HttpResponse()

    for probes in (nullcontext(), probes_off()):
        with site_of(ENGINES[engine]), probes:
            ask("wsgi", "/", handler=handler_for(view))
    assert raised[0] == raised[1]
    assert "exploding.html" in raised[0] and "visualizer" not in raised[0]


def test_a_template_that_is_missing_is_reported_as_always(traces):
    with site_of(ENGINE):
        environment = jinja2.Environment(loader=jinja2.DictLoader({"a": "{% include 'nowhere' %}"}))

        def view(request):
            with pytest.raises(jinja2.TemplateNotFound, match="nowhere"):
                environment.get_template("a").render()
            return HttpResponse()

        assert ask("wsgi", "/", handler=handler_for(view)).status == 200
    assert exit_of(traces.only, one(traces.only, "template", "enter"))["detail"]["error"]["type"] == "TemplateNotFound"


async def test_an_async_environment_renders_inside_an_async_view(traces):
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(FOLDER), enable_async=True, autoescape=True)

    async def view(request):
        return HttpResponse(await environment.get_template("page.html").render_async(word="hello"))

    with site_of(ENGINE):
        replies = [await ask_asgi("/", handler=handler_for(view, "asgi"))]
        with probes_off():
            replies.append(await ask_asgi("/", handler=handler_for(view, "asgi")))
    assert replies[0].status == 200 and replies[0].body == replies[1].body
    assert told(traces.only) == TREE
    assert_well_formed(traces.only)


async def test_overlapping_async_renders_do_not_mix(traces):
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(FOLDER), enable_async=True, autoescape=True)

    async def pause():
        await asyncio.sleep(0.001)
        return "paused"

    environment.globals["explode"] = pause

    async def view(request):
        return HttpResponse(await environment.get_template("broken.html").render_async())

    with site_of(ENGINE):
        handler = handler_for(view, "asgi")
        await asyncio.gather(*(ask_asgi("/", handler=handler) for _ in range(8)))
    assert len(traces) == 8
    for trace in (trace.as_dict() for trace in traces):
        assert [name for _, _, name, _, _ in told(trace)] == ["broken.html", "exploding.html"]
        assert_well_formed(trace)


async def test_overlapping_renders_in_threads_do_not_mix(traces):
    with site_of(ENGINE):
        handler = ASGIHandler()
        handler.resolve_request = lambda request: (page(), (), {})
        await asyncio.gather(*(ask_asgi("/", handler=handler) for _ in range(8)))
    for trace in (trace.as_dict() for trace in traces):
        # A template's names are imported once: the module is kept.
        assert [name for _, node, name, _, _ in told(trace) if node in ("template", "extends")] == [
            "page.html",
            "frame.html",
        ]
        assert_well_formed(trace)


def test_code_between_two_pieces_of_a_stream_is_outside_of_the_template(traces):
    between = []

    def view(request):
        def pieces():
            for piece in jinja2.Template("a{{ 1 }}b", autoescape=True).generate():
                between.append(current.get()[2])
                one_query("between")
                yield piece

        return HttpResponse("".join(pieces()))

    with site_of(ENGINE):
        assert ask("wsgi", "/", handler=handler_for(view)).body == b"a1b"
    assert between and set(between) == {"view"}
    assert {event["stage"] for event in of(traces.only, "database")} == {"view"}
    assert exit_of(traces.only, one(traces.only, "template", "enter"))["detail"] == {"bytes": 3}
    assert_well_formed(traces.only)


def test_a_stream_is_a_template_while_the_response_is_read(traces):
    def view(request):
        stream = jinja2.Template("a{{ 1 }}b", autoescape=True).stream()
        return StreamingHttpResponse(stream)

    with site_of(ENGINE):
        assert ask("wsgi", "/", handler=handler_for(view)).body == b"a1b"
    assert exit_of(traces.only, one(traces.only, "template", "enter"))["detail"] == {"bytes": 3}
    assert_well_formed(traces.only)


def test_a_stream_that_nobody_reads_further_is_exited(traces):
    def view(request):
        here = current.get()
        stream = jinja2.Template("a{{ 1 }}b", autoescape=True).generate()
        next(stream)
        del stream
        gc.collect()
        return HttpResponse(str(current.get() == here))

    with site_of(ENGINE):
        assert ask("wsgi", "/", handler=handler_for(view)).body == b"True"
    assert exit_of(traces.only, one(traces.only, "template", "enter"))["detail"] == {"bytes": None}
    assert_well_formed(traces.only)


def test_a_lazy_queryset_is_told_with_the_line_of_the_template_or_macro_that_ran_it(traces):
    def view(request):
        context = {"shelves": Category.objects.all(), "goods": Product.objects.all(), "said": Review.objects.all()}
        return render(request, "lazy.html", context)

    sources = {
        "lazy.html": '\n{% from "m.html" import f %}\n{% for x in shelves %}{% endfor %}\n'
        '{{ f(goods) }}{% include "p.html" %}',
        "m.html": "{% macro f(rows) %}\n\n{{ rows|length }}{% endmacro %}",
        "p.html": "\n{{ said.count() }}",
    }
    engine = {**ENGINE, "DIRS": [], "OPTIONS": {"loader": jinja2.DictLoader(sources)}}
    for _ in range(2):
        with site_of(engine):
            ask("wsgi", "/", handler=handler_for(view))
    for trace in (trace.as_dict() for trace in traces):
        origins = [e["detail"]["origin"] for e in of(trace, "database", "enter")]
        assert origins == [
            {"where": "template", "template": "lazy.html", "line": 3},
            {"where": "template", "template": "m.html", "line": 3},
            {"where": "template", "template": "p.html", "line": 2},
        ]


def test_rendering_outside_of_requests_is_in_no_trace(traces):
    assert jinja2.Template("a{{ 1 }}", autoescape=True).render() == "a1"
    assert traces == []


@pytest.mark.usefixtures("traces")
def test_uninstalled_the_classes_are_jinja2_s_own_and_templates_render():
    template = jinja2.Template("{% block a %}x{% endblock %}", autoescape=True)
    assert "root_render_func" in vars(jinja2.Template) and "blocks" in vars(Context)
    jinja.PROBE.install()
    with probes_off():
        assert "root_render_func" not in vars(jinja2.Template)
        assert "blocks" not in vars(Context)
        assert template.render() == "x"
        made_meanwhile = jinja2.Template("y", autoescape=True)
    assert template.render() == "x" and made_meanwhile.render() == "y"


@pytest.mark.usefixtures("traces")
def test_the_watched_attributes_answer_as_before():
    with pytest.raises(AttributeError, match="type object 'Template' has no attribute 'root_render_func'"):
        _ = jinja2.Template.root_render_func
    template = jinja2.Template("x", autoescape=True)
    own = template.root_render_func
    assert own.__name__ == "root" and template.__dict__["root_render_func"] is own
    del template.root_render_func
    with pytest.raises(AttributeError, match="'Template' object has no attribute 'root_render_func'"):
        _ = template.root_render_func


def test_without_jinja2_installed_the_rest_is_recorded():
    code = (
        "import sys, django; from django.conf import settings; sys.modules['jinja2'] = None;"
        "settings.configure(DEBUG=True, INSTALLED_APPS=['visualizer']);"
        "django.setup(); from django.template.base import Template;"
        "assert not any(name.startswith('jinja2.') for name in sys.modules);"
        "assert hasattr(Template.render, '__wrapped__')"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
