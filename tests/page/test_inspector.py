import json
import os
import re
from html import unescape
from pathlib import Path

import pytest
from django.test import override_settings

from config.scenarios import SCENARIOS
from tests.driving import ask, observe
from tests.driving import one as one_of
from tests.lessons.sample import LAYER, VIEW, Sample
from visualizer.control.play import play
from visualizer.control.scenarios import Scenario
from visualizer.page.inspector import inspector_context
from visualizer.page.templates import render
from visualizer.redaction import HIDDEN

IN, OUT = "request_middleware", "response_middleware"
MANY = 120


@pytest.fixture
def source(tmp_path):
    """A file of twenty numbered lines, older than any trace."""
    file = tmp_path / "views.py"
    file.write_text("".join(f"line_{number} = '<{number}>'\n" for number in range(1, 21)))
    os.utime(file, (1, 1))
    return str(file)


def of(sample, seq=0):
    return inspector_context(sample.as_dict(), seq)


def html(sample, seq=0):
    return render("visualizer/inspector/step.html", of(sample, seq))


def one(kind, name="x", left=None, stage="view", **detail):
    sample = Sample()
    sample.span(kind, name, left, stage, **detail)
    return sample


def layer():
    sample = Sample()
    sample.enter("middleware", LAYER, IN, position=3, of=10, is_async=False)
    added = {"op": "add", "what": "request.user", "value": "SimpleLazyObject, not evaluated", "was": None}
    sample.point("middleware", LAYER, IN, moment="passed_on", in_ns=14_000, changed=[added])
    sample.point("middleware", LAYER, OUT, moment="came_back", status=200)
    changed = {"op": "change", "what": "header Vary", "value": "Cookie, Origin", "was": "Cookie"}
    sample.exit(OUT, result="passed", out_ns=3_000, status=200, changed=[changed])
    return sample


def facts(context):
    return {fact.label: fact.value for fact in context["facts"]}


def headers(context):
    """Captions and rows, with hidden parts as they stand in the trace."""
    return [
        (each["caption"], [(row["name"], "".join(text for _, text in row["parts"])) for row in each["rows"]])
        for each in context["headers"]
    ]


def text_of(line):
    return "".join(text for _, text in line["pieces"])


def tabs(context):
    return [tab.label for tab in context["tabs"]]


def test_an_event_that_is_not_there_is_a_lookup_error():
    with pytest.raises(LookupError, match="no event 7"):
        of(one("view", VIEW), 7)


def test_the_head_names_stage_kind_place_and_times():
    context = of(layer())
    assert (context["stage"].number, context["stage"].title) == (3, "Request middleware")
    assert context["heading"] == "BannedUserMiddleware"
    assert context["subtitle"] == ["shop.middleware", "3 of 10", "way in", "14 µs in, 3 µs out"]


def test_a_view_that_raises_is_not_said_to_have_returned():
    sample = Sample()
    sample.enter("view", VIEW)
    end = sample.exit(error={"type": "TeapotError", "module": "shop", "message": "short and stout"})
    assert of(sample, end)["subtitle"] == ["shop.views", "raised", "1 µs"]


def test_no_line_ends_between_a_number_and_its_unit():
    sentence = of(layer())["sentence"]
    assert "14\N{NO-BREAK SPACE}µs" in sentence


def test_a_layer_that_did_not_pass_the_request_on_has_one_time_only():
    sample = Sample()
    sample.enter("middleware", LAYER, IN, position=3, of=10)
    sample.exit(IN, result="answered", status=403, out_ns=41_000, after_ns=41_000)
    assert of(sample)["subtitle"] == ["shop.middleware", "3 of 10", "way in", "41 µs"]
    assert facts(of(sample))["In all"] == "41 µs"
    assert "On the way out" not in facts(of(sample))


def test_each_direction_of_a_layer_has_its_own_changes_and_times():
    inward, outward = of(layer()), of(layer(), 3)
    assert [(change["sign"], change["what"]) for change in inward["changes"]] == [("+", "request.user")]
    assert [(change["sign"], change["was"]) for change in outward["changes"]] == [("~", "Cookie")]
    assert facts(inward)["On the way in"] == "14 µs"
    assert facts(outward)["On the way out"] == "3 µs"
    assert "Result" not in facts(inward)


def test_a_step_shows_the_events_that_are_merged_into_it():
    assert [event["title"] for event in of(layer())["raw"]] == ["Event 0", "Event 1"]
    assert [event["title"] for event in of(layer(), 3)["raw"]] == ["Event 3", "Event 2"]
    database = of(one("database", "default", sql="SELECT 1"))
    assert [json.loads(event["json"])["phase"] for event in database["raw"]] == ["enter", "exit"]
    assert len(of(one("view", VIEW))["raw"]) == 1


def test_a_query_is_shown_with_parameters_origin_and_how_often_it_ran():
    sample = Sample()
    origin = {"where": "python", "file": "/srv/products/views.py", "line": 31, "function": "product_detail"}
    for _ in range(3):
        sql = 'SELECT "a"."b" FROM "a" WHERE "a"."b" = ? LIMIT 21'
        sample.span("database", "default", {"rows": -1}, vendor="sqlite", sql=sql, params=["7"], origin=origin)
    statement = of(sample)["statement"]
    assert statement["text"].splitlines() == ['SELECT "a"."b"', 'FROM "a"', 'WHERE "a"."b" = ?', "LIMIT 21"]
    assert statement["params"] == [{"text": "7", "is_hidden": False}]
    assert (statement["like"]["count"], statement["is_get"]) == (3, True)
    assert statement["origin"] == {"place": "products/views.py line 31", "function": "product_detail", "is_ours": True}
    assert "3 × like this, from products/views.py line 31: 3 µs in all, the longest 1 µs." in html(sample)
    assert "The parameters are the same as well. This is number 1." in html(sample)
    assert of(sample)["heading"] == "SELECT a"


def test_a_query_of_a_library_and_one_of_nobody_are_told_apart():
    origin = {"where": "library", "file": "/lib/site-packages/django/x.py", "line": 1}
    assert "a library's line" in html(one("database", "d", sql="X", origin=origin))
    assert "No line of the project was seen" in html(one("database", "d", sql="X", origin={"where": "unseen"}))


def test_a_long_clause_is_cut_and_the_whole_statement_is_at_hand():
    sql = f"SELECT {', '.join(f'column_{n}' for n in range(40))} FROM a"
    statement = of(one("database", "d", sql=sql))["statement"]
    assert statement["text"].endswith("…\nFROM a")
    assert "column_39" in statement["whole"]
    assert "The whole statement" in html(one("database", "d", sql=sql))
    assert of(one("database", "d", sql="SELECT 1"))["statement"]["whole"] == ""


def test_a_statement_that_other_lines_sent_too_is_counted_over_all_of_them():
    sample = Sample()
    for line in (1, 2, 3):
        origin = {"where": "python", "file": "/srv/products/views.py", "line": line, "function": "product_detail"}
        sample.span("database", "default", sql='SELECT "a"."b" FROM "a"', params=[], origin=origin)
    statement = of(sample)["statement"]
    assert (statement["like"], statement["elsewhere"]) == (None, 3)
    assert "ran 3 times in this request, asked for by more than one line" in html(sample)


def test_a_query_names_the_model_and_in_an_n_plus_one_the_cure(shop, traces):
    ask("wsgi", "/products/")
    trace = traces.only
    seqs = [e["seq"] for e in trace["events"] if e["kind"] == "database" and "shop_review" in str(e["detail"])]
    context = inspector_context(trace, seqs[1])
    statement = context["statement"]
    assert (statement["model"], statement["like"]["place"]) == ("shop.Review", 2)
    shown = unescape(render("visualizer/inspector/step.html", context))
    assert "24 queries followed Product.reviews, one at a time, from shop/models.py line 87." in shown
    assert 'annotate(Avg("reviews__rating")) on that query would answer all of them in it.' in shown


def test_the_patterns_are_listed_with_the_match_last():
    tried = [{"pattern": "admin/", "name": None, "matched": False}, {"pattern": "", "name": "home", "matched": True}]
    found = of(one("resolver", "/", {"matched": True, "route": "", "tried": tried}, "url_resolver"))["tried"]
    assert [(row["number"], row["state"]) for row in found["rows"]] == [(1, "failed"), (2, "matched")]
    assert found["caption"] == "2 patterns tried, in this order"
    left = {"matched": True, "route": "", "tried": tried, "tried_omitted": 2_000}
    found = of(one("resolver", "/", left, "url_resolver"))["tried"]
    assert [row["number"] for row in found["rows"]] == [1, 2_002]
    assert found["caption"] == "2,002 patterns tried, in this order; the 2,000 before the last are not kept"
    assert of(one("resolver", "/", {"matched": True}, "url_resolver"))["tried"] is None


def test_the_search_is_a_tree_of_includes_with_the_reason_of_each_failure(traces):
    with override_settings(ROOT_URLCONF="tests.site.search_urls", MIDDLEWARE=[]):
        observe(lambda: ask("wsgi", "/inner/shifts/sunday/"))
    shown = inspector_context(traces.only, one_of(traces.only, "resolver", "enter")["seq"])["tried"]
    assert [(row["number"], row["depth"], row["text"], row["state"]) for row in shown["rows"]] == [
        (1, 0, "pages/<int:number>/", "failed"),
        (None, 0, "inner/", "entered"),
        (None, 1, "shifts/", "entered"),
        (2, 2, "<weekday:day>/", "failed"),
        (3, 2, "<weekday:start>/<weekday:end>/", "failed"),
        (4, 1, r"^number/(\d+)/$", "failed"),
        (5, 0, "other/", "failed"),
        (None, 0, "<language>/", "entered"),
        (6, 1, "prices/", "failed"),
    ]
    said = [row["said"] for row in shown["rows"]]
    assert said[2] == "its beginning matches"
    assert said[3] == "its converter weekday ('sunday') said no: nothing else could, it was not asked again"
    assert said[7] == "stood for nothing"
    assert shown["close"] == ["inner/shifts/<weekday:day>/ is 100 % like it."]


def test_a_response_shows_its_form_and_its_cookies_with_their_flags():
    cookies = [{"name": "sessionid", "secure": True, "httponly": True, "samesite": "Lax", "path": "/", "max_age": 60}]
    told = {"form": "redirect", "location": "/next/", "charset": "utf-8", "cookies": cookies}
    shown = facts(of(one("response", "HttpResponseRedirect", stage="response", status=302, **told)))
    assert (shown["Form"], shown["Leads to"], shown["Charset"]) == ("redirect", "/next/", "utf-8")
    assert shown["Cookies set"] == "sessionid (Secure, HttpOnly, SameSite=Lax, Path=/, Max-Age=60)"
    told = {"form": "file", "filename": "stock.csv", "is_attachment": True, "streaming": True, "is_async": False}
    shown = facts(of(one("response", "FileResponse", stage="response", **told)))
    assert (shown["File name"], shown["To be saved"], shown["Async iterator"]) == ("stock.csv", "yes", "no")


@pytest.mark.parametrize(
    ("asked", "handler", "told"),
    [
        ("head", "shop.views.CategoryView.get", "get, for HEAD"),
        ("get", "shop.views.CategoryView.get", "get"),
        ("delete", "django.views.generic.base.View.http_method_not_allowed", "none for DELETE"),
        ("post", None, "post"),
    ],
)
def test_a_class_based_view_shows_the_method_that_answers(asked, handler, told):
    sample = Sample()
    view = sample.enter("view", "shop.views.CategoryView", is_class=True, method=asked, handler=handler)
    assert facts(inspector_context(sample.as_dict(), view))["Method of the class"] == told


def test_a_view_shows_what_it_was_seen_through():
    wrappers = [
        {"name": "user_passes_test", "module": "django.contrib.auth.decorators"},
        {"name": "_multi_decorate", "module": "django.utils.decorators", "applies": ["never_cache"]},
    ]
    sample = Sample()
    sample.enter("view", VIEW, is_async=True, wrappers=wrappers, line=10, end_line=20, handler="shop.views.V.get")
    shown = facts(of(sample))
    assert (shown["Runs in"], shown["Its lines"], shown["Answered by"]) == (
        "the event loop",
        "10 to 20",
        "shop.views.V.get",
    )
    assert shown["Seen through"] == (
        "django.contrib.auth.decorators.user_passes_test, django.utils.decorators._multi_decorate (never_cache)"
    )


def test_headers_are_shown_where_they_were_sent_and_received():
    sample = Sample()
    sample.head["request"]["headers"] = [["host", "localhost"]]
    sample.point("client", "GET /", "client_request", method="GET", path="/")
    sample.point("server", "http.response.start", "server_response", status=200, headers=1)
    sample.point("response", "HttpResponse", "response", headers=[["X-Before", "1"]])
    sample.ended("completed", VIEW)
    asked = ("Request headers", [("host", "localhost")])
    assert headers(of(sample, 0)) == [("Request headers, in the order in which they came", asked[1])]
    sent = ("Response headers, as sent", [("Content-Type", "text/html; charset=utf-8")])
    assert headers(of(sample, 1)) == [sent, asked]
    assert headers(of(sample, 2)) == [("Response headers, before the way out", [("X-Before", "1")]), asked]


def test_a_secret_in_a_header_is_marked_as_hidden_and_counted():
    sample = Sample()
    sample.head["request"]["headers"] = [["cookie", f"theme=dark; sessionid={HIDDEN}"], ["accept", "*/*"]]
    sample.point("client", "GET /", "client_request")
    [shown] = of(sample)["headers"]
    assert shown["rows"][0]["parts"] == [(False, "theme=dark; sessionid="), (True, HIDDEN)]
    assert shown["hidden"] == 1
    assert 'theme=dark; sessionid=<span class="hidden-value"' in html(sample)


def test_the_server_shows_the_headers_as_they_came_or_its_environ():
    sample = Sample()
    sample.head["request"]["headers"] = [["host", "localhost"]]
    sample.enter("server", "ASGIHandler", "server_request", interface="asgi", multithread=True, environ_others=3)
    shown = of(sample)
    assert headers(shown) == [("Request headers, in the order in which they came", [("host", "localhost")])]
    assert facts(shown)["Software"] == "daphne/4.2"
    assert (facts(shown)["Many threads"], facts(shown)["Other variables, not kept"]) == ("yes", "3")
    other = one("server", "WSGIHandler", stage="server_request", environ=[["HTTP_HOST", "localhost"]])
    assert headers(of(other)) == [("The environ: the request as CGI names it", [("HTTP_HOST", "localhost")])]


def test_the_server_lists_the_middleware_that_was_left_out():
    unused = [{"path": "shop.middleware.Beta", "reason": "no <beta>"}, {"path": "shop.middleware.Old", "reason": None}]
    shown = html(one("server", "ASGIHandler", stage="server_request", unused=unused))
    assert '<code>shop.middleware.Beta</code> <span class="quiet">no &lt;beta&gt;</span>' in shown
    assert '<code>shop.middleware.Old</code> <span class="quiet">it gave no reason</span>' in shown
    assert "left out" not in html(one("server", "ASGIHandler", stage="server_request", unused=[]))


def test_a_proxy_shows_what_it_says_and_its_headers():
    sample = Sample()
    told = {"for": ["203.0.113.9"], "hops": ["edge"], "peer": "127.0.0.1", "queued_ns": 3_000_000, "clock": "shared"}
    sample.point("proxy", "proxy", "server_request", **told, headers=[["Via", "1.1 edge"]])
    shown = of(sample)
    assert (shown["heading"], shown["chip"]) == ("edge", "server")
    assert facts(shown)["Client, it says"] == "203.0.113.9"
    assert facts(shown)["From there to here"] == "3 ms"
    assert headers(shown) == [("Headers that proxies add", [("Via", "1.1 edge")])]
    assert "203.0.113.9" in html(sample)


def test_what_ran_after_the_response_was_sent_says_so():
    sample = Sample()
    sample.enter("server", "ASGIHandler", "server_request")
    sample.point("server", "http.response.body", "server_response", more=False)
    sample.span("database", "default", stage="server_response", sql="SELECT 1")
    sample.exit("server_response", body_bytes=1)
    assert "Since the response was sent" not in facts(of(sample, 1))
    assert facts(of(sample, 2))["Since the response was sent"] == "0 ns"
    assert facts(of(sample, 4))["Since the response was sent"] == "2 µs"


def test_what_the_browser_reports_later_of_its_sending_did_not_come_after_the_response():
    sample = Sample()
    sample.enter("server", "ASGIHandler", "server_request")
    sample.point("server", "http.response.body", "server_response", more=False)
    sample.exit("server_response", body_bytes=1)
    seq = sample.point("client", "browser", "client_request", queued_ns=1)
    assert "Since the response was sent" not in facts(of(sample, seq))


def test_frames_of_libraries_are_told_from_the_project_s_own(source):
    library = "/lib/python3.11/site-packages/django/core/handlers/base.py"
    frames = [{"file": library, "line": 9, "function": "get"}, {"file": source, "line": 3, "function": "view"}]
    sample = Sample()
    sample.point("exception", "KeyError", type="KeyError", module="builtins", message="x", frames=frames)
    page = html(sample)
    assert '<li class="library"><code>django/core/handlers/base.py line 9</code> in <code>get</code></li>' in page
    assert "<li><details open><summary><code>" in page
    assert 'id="location-2"' in page and tabs(of(sample)) == ["Overview", "Source", "Raw"]


def test_a_frame_whose_file_changed_says_so_instead_of_showing_it(source):
    Path(source).touch()
    sample = Sample()
    frames = [{"file": source, "line": 3, "function": "view"}]
    sample.point("exception", "KeyError", type="KeyError", module="builtins", message="x", frames=frames)
    sample.head["started_at"] = "2001-01-01T00:00:00.000000+00:00"
    assert "changed after the request ran" in html(sample) and "line_3" not in html(sample)


def test_a_layer_tells_the_hops_that_it_caused_and_that_carried_it():
    sample = Sample()
    cost = {"to": "Pool_0", "to_ns": 40_000, "ran_ns": 9_000, "back_ns": 60_000, "origin": {"where": "unseen"}}
    sample.enter("middleware", "shop.Outer", IN)
    sample.point("hop", "sync_to_async", IN, function="shop.Outer.process_request", **cost)
    sample.enter("middleware", LAYER, IN)
    sample.point("hop", "async_to_sync", "url_resolver", function="somebody.further.In", **cost)
    sample.exit(OUT)
    sample.point("hop", "sync_to_async", "url_resolver", function=LAYER, **cost)
    sample.exit(OUT)
    facts = {seq: {fact.label: fact.value for fact in of(sample, seq)["facts"]} for seq in (0, 2)}
    assert facts[0]["Threads"] == facts[2]["Threads"] == "1 hop to another thread and back, 100 µs for the way"
    told = of(sample, 1)
    assert told["heading"] == "Outer.process_request"
    assert {fact.label for fact in told["facts"]} >= {"Carries", "Runs in", "Until it began there", "Ran"}


def test_a_hop_shows_the_line_that_asked_for_it(source):
    sample = Sample()
    sample.point("hop", "sync_to_async", function="a.b", origin={"where": "python", "file": source, "line": 5})
    line = of(sample)["excerpt"]["lines"][4]
    assert (line["number"], text_of(line), line["marked"]) == (5, "line_5 = '<5>'", True)


def test_a_template_has_its_own_time_apart_from_that_of_the_templates_inside():
    sample = Sample()
    sample.enter("template", "page.html", "template", node="template", template="page.html")
    sample.enter("permission", "shop.see", "template")
    sample.enter("template", "part.html", "template", node="include", template="page.html", line=2)
    sample.span("template", "leaf.html", None, "template", node="include", template="part.html", line=1)
    sample.exit("template", after_ns=40_000)
    sample.exit("template", after_ns=0)
    sample.exit("template", after_ns=9_000)
    told = [facts(of(sample, seq)) for seq in (0, 2, 3)]
    assert [(each["Took"], each.get("Own time")) for each in told] == [
        ("50 µs", "9 µs"),
        ("41 µs", "40 µs"),
        ("1 µs", None),
    ]


def test_the_names_of_a_context_are_shown_with_their_types():
    types = {"products": "shop.models.ProductQuerySet", "word": "str"}
    sample = one("template", "a.html", stage="template", node="template", context=["products", "word"], types=types)
    shown = unescape(html(sample))
    assert tabs(of(sample)) == ["Overview", "Template", "Raw"]
    assert (
        '<code>products</code> <span class="quiet" title="shop.models.ProductQuerySet">ProductQuerySet</span>' in shown
    )
    assert '<code>word</code> <span class="quiet" title="str">str</span>' in shown


def test_the_outcome_is_told_at_both_ends_only():
    sample = Sample()
    sample.point("client", "GET /", "client_request")
    sample.enter("server", "ASGIHandler", "server_request")
    sample.span("view", VIEW)
    sample.exit("server_response", body_bytes=1)
    sample.ended("stopped", LAYER, 403, view_ran=False)
    outcomes = [of(sample, seq)["outcome"] for seq in range(5)]
    assert [bool(outcome) for outcome in outcomes] == [True, True, False, False, True]
    assert outcomes[0]["title"] == "Stopped by BannedUserMiddleware"
    assert outcomes[0]["sentence"] == "it answered 403, and the view never ran"
    assert [lesson["title"] for lesson in of(sample, 4)["lessons"]][0] == "Stopped"


def test_an_error_is_boxed_with_its_message_and_line():
    sample = Sample()
    detail = {"type": "ZeroDivisionError", "module": "builtins", "message": "division by zero"}
    sample.point("exception", "ZeroDivisionError", **detail, file="/srv/products/views.py", line=88)
    assert of(sample)["exception"]["place"] == "products/views.py line 88"
    without = one("view", VIEW, {"error": {"type": "TeapotError", "module": "shop", "message": None}})
    assert of(without, 0)["exception"] is None
    assert "No message was recorded" in html(without, 1)


def test_a_layer_has_its_own_lesson_before_that_of_the_stage():
    sample = one("middleware", "django.middleware.gzip.GZipMiddleware", {}, IN)
    assert [lesson["title"] for lesson in of(sample)["lessons"]] == ["GZipMiddleware", "The way in"]
    assert of(sample)["lessons"][0]["link"].startswith("https://docs.djangoproject.com/en/5.2/ref/middleware/#")
    assert [lesson["title"] for lesson in of(layer())["lessons"]] == ["Any middleware", "The way in"]


# Source


def test_the_line_that_ran_is_marked_among_four_around_it(source):
    sample = one("database", "d", sql="X", origin={"where": "python", "file": source, "line": 10})
    shown = of(sample)["excerpt"]
    assert [line["number"] for line in shown["lines"]] == list(range(6, 15))
    assert [line["number"] for line in shown["lines"] if line["marked"]] == [10]
    assert (shown["role"], shown["changed"], shown["problem"], shown["doubt"]) == ("ran here", False, "", "")
    # Told by more than a colour.
    assert '<span class="number">10</span><span class="visually-hidden">this line: </span>' in html(sample)


def test_source_is_coloured_by_classes_and_stays_what_it_is(source):
    text = '@cached\ndef first(a):\n    """Text of\n    two lines."""\n    return sum([1, a])  # <all>\n'
    Path(source).write_text(text)
    os.utime(source, (1, 1))
    shown = of(one("view", VIEW, file=source, line=1))["excerpt"]
    assert "\n".join(map(text_of, shown["lines"])) == text.rstrip("\n")
    assert shown["lines"][0]["pieces"] == (("src-decorator", "@cached"),)
    assert shown["lines"][1]["pieces"][0] == ("src-keyword", "def")
    # The second line of a text, which by itself would be names.
    assert shown["lines"][3]["pieces"][-1][0] == "src-comment"


def test_the_source_of_a_template_is_coloured_as_one(tmp_path):
    file = tmp_path / "list.html"
    file.write_text('<p class="a">{% if x %}{{ y }}{% endif %}</p>\n')
    os.utime(file, (1, 1))
    sample = one("template", "list.html", stage="template", node="template", template="list.html", file=str(file))
    pieces = of(sample)["excerpt"]["lines"][0]["pieces"]
    assert ("src-tag", "p") in pieces and ("src-keyword", "if") in pieces


def test_a_line_can_be_copied_and_opened_in_the_editor_that_is_set(source, settings):
    sample = one("view", VIEW, file=source, line=3)
    assert f'<span class="location" id="location" hidden>{source}:3</span>' in html(sample)
    assert "open-editor" not in html(sample)
    assert 'VISUALIZER = {"EDITOR": "vscode"}' in html(sample)
    settings.VISUALIZER = {"EDITOR": "vscode"}
    assert f'href="vscode://file{source}:3"' in html(sample)
    assert "To open lines in your editor" not in html(sample)


def test_a_file_that_the_recorder_did_not_name_is_not_opened_in_an_editor(source, settings):
    settings.VISUALIZER = {"EDITOR": "vscode"}
    sample = Sample()
    sample.point("client", "browser", "client_response", file=source, line=3)
    assert "vscode:" not in html(sample)


def test_a_definition_is_shown_with_what_follows(source):
    shown = of(one("view", VIEW, file=source, line=3))["excerpt"]
    assert (shown["lines"][0]["number"], shown["lines"][-1]["number"], shown["role"]) == (3, 13, "defined here")


def test_source_is_escaped(source):
    page = html(one("view", VIEW, file=source, line=3))
    assert "&lt;3&gt;" in page
    assert "<3>" not in page


def test_a_file_that_changed_after_the_request_says_so(source):
    os.utime(source)
    sample = one("view", VIEW, file=source, line=3)
    sample.head["started_at"] = "2001-01-01T00:00:00.000000+00:00"
    shown = of(sample)["excerpt"]
    assert shown["changed"] and shown["lines"] == []
    assert "changed after the request ran" in html(sample)
    assert "line_3" not in html(sample)


def test_a_module_that_changed_after_the_server_started_may_not_be_what_ran(source):
    Path(source).touch()
    sample = one("view", VIEW, file=source, line=3)
    sample.head["started_at"] = "2999-01-01T00:00:00.000000+00:00"
    assert "changed after the server started" in html(sample)
    assert "line_3" in html(sample)


@pytest.mark.parametrize(
    ("file", "line", "problem"),
    [
        ("/nowhere/views.py", 3, "cannot be read"),
        ("<string>", 1, "cannot be read"),
        ("relative/views.py", 1, "cannot be read"),
        (None, 99, "no line 99"),
    ],
)
def test_what_cannot_be_shown_is_said(file, line, problem, source):
    sample = one("view", VIEW, file=file or source, line=line)
    assert problem in of(sample)["excerpt"]["problem"]
    assert problem in html(sample)


def test_a_browsers_report_cannot_name_a_file(source):
    sample = Sample()
    sample.point("client", "browser", "client_response", file=source, line=3)
    assert of(sample)["excerpt"] is None


def test_a_query_of_a_template_shows_the_templates_line(source):
    sample = Sample()
    sample.enter("template", "list.html", "template", node="template", template="list.html", file=source, line=None)
    origin = {"where": "template", "template": "list.html", "line": 14}
    seq = sample.span("database", "default", sql="SELECT 1", origin=origin)
    assert [line["number"] for line in of(sample, seq)["excerpt"]["lines"] if line["marked"]] == [14]


def test_an_include_shows_the_line_that_includes_it(source):
    sample = Sample()
    sample.enter("template", "list.html", "template", node="template", template="list.html", file=source, line=None)
    seq = sample.span(
        "template", "stars.html", stage="template", node="include", template="list.html", file="/x", line=5
    )
    assert [line["number"] for line in of(sample, seq)["excerpt"]["lines"] if line["marked"]] == [5]


# Tabs


def test_only_tabs_with_something_in_them_are_there(source):
    assert tabs(of(layer())) == ["Overview", "Raw"]
    sample = Sample()
    sample.enter("view", VIEW, file=source, line=3)
    sample.span("database", "default", sql="SELECT 1")
    sample.span("database", "default", sql="SELECT 2")
    sample.exit()
    assert tabs(of(sample)) == ["Overview", "Source", "Queries", "Raw"]
    assert [tab.things for tab in of(sample)["tabs"]] == [0, 0, 2, 0]
    # A query without its like is told by the overview.
    assert tabs(of(sample, 1)) == ["Overview", "Raw"]


def test_tabs_and_panels_name_each_other():
    page = html(layer(), 3)
    for name in ("overview", "raw"):
        assert re.search(rf'role="tab" data-tab="{name}" id="tab-{name}-3" aria-controls="panel-{name}-3"', page)
        assert re.search(
            rf'role="tabpanel" data-panel="{name}" id="panel-{name}-3" aria-labelledby="tab-{name}-3" tabindex="0"',
            page,
        )
    assert page.count('aria-selected="true"') == 1
    assert page.count('tabindex="-1"') == 1
    assert len(re.findall(r'role="tabpanel"[^>]* hidden>', page)) == 1


def test_what_changed_is_a_diff_of_words():
    shown = of(layer(), 3)["changes"][0]
    assert (shown["was_parts"], shown["value_parts"]) == (
        [(False, "Cookie")],
        [(False, "Cookie"), (True, ", Origin")],
    )
    page = html(layer(), 3)
    assert 'What changed <span class="quiet">1 changed</span>' in page
    assert '<span class="visually-hidden">from </span><del>Cookie</del>' in page
    assert '<span class="visually-hidden">to </span><ins>Cookie<mark>, Origin</mark></ins>' in page


def test_texts_with_nothing_in_common_are_shown_whole():
    sample = Sample()
    changed = {"op": "change", "what": "status", "value": "301 Moved Permanently", "was": "404"}
    sample.enter("middleware", LAYER, IN)
    sample.exit(OUT, result="replaced", changed=[changed, {"op": "remove", "what": "header X-Old", "was": "1"}])
    changes = of(sample, 1)["changes"]
    assert changes[0]["value_parts"] == [(False, "301 Moved Permanently")]
    assert (changes[1]["was_parts"], changes[1]["value_parts"]) == ([(False, "1")], [])
    assert of(sample, 1)["changes_said"] == "1 changed and 1 removed"


def test_each_like_query_is_listed_with_what_differs(shop, traces):
    ask("wsgi", "/products/")
    trace = traces.only
    seqs = [e["seq"] for e in trace["events"] if e["kind"] == "database" and "shop_review" in str(e["detail"])]
    rows = inspector_context(trace, seqs[2])["statement"]["like"]["rows"]
    assert [row["number"] for row in rows] == list(range(1, 25))
    assert [row["is_this"] for row in rows].index(True) == 2
    assert len({row["params"] for row in rows}) == 24 and {row["rows"] for row in rows} == {1}


def test_of_many_like_queries_those_around_this_one_are_listed():
    sample = Sample()
    for number in range(100):
        sample.span("database", "d", sql="SELECT 1 WHERE a = %s", params=[str(number)])
    like = of(sample, 2 * 90)["statement"]["like"]
    assert (like["rows"][0]["number"], like["rows"][-1]["number"], like["more"]) == (61, 100, 60)
    assert [row["number"] for row in like["rows"] if row["is_this"]] == [91]


# The whole page of each step


def test_there_is_one_sentence_and_no_inline_style_or_script():
    page = html(layer())
    assert len(re.findall(r'<p class="say" id="sentence">', page)) == 1
    assert not re.search(r"<script|style=|\son\w+=", page)


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_every_step_of_every_scenario_can_be_inspected(scenario, shop, traces):
    for trace in [trace.as_dict() for trace in play(Scenario(**scenario), "asgi")]:
        # Of the thousand like queries of one of them, the first and the last.
        events = trace["events"]
        for event in events if len(events) < 2 * MANY else events[:MANY] + events[-MANY:]:
            page = render("visualizer/inspector/step.html", inspector_context(trace, event["seq"]))
            told = re.sub(r"<pre.*?</pre>|<details.*", "", page, flags=re.DOTALL)
            assert not re.search(r"\bNone\b(?! of)|\{\{|\{%", told), told


def test_a_trace_that_is_gone_says_how_many_are_kept():
    page = render("visualizer/inspector/gone.html", {"max_traces": 200})
    assert "The newest 200 traces of this process are kept" in page
    assert "MAX_TRACES" in page
    assert "The newest 1 trace of this process is kept" in render("visualizer/inspector/gone.html", {"max_traces": 1})


def test_before_the_first_step_the_inspector_says_what_to_do():
    assert "Send a request" in render("visualizer/inspector/empty.html", {})


def test_what_happens_inside_a_view_is_shown_with_its_facts():
    sample = Sample()
    asked = {"alias": "default", "backend": "shop.cache.Tiered", "key": "product:7", "keys": None, "timeout": None}
    sample.span("cache", "get", {"hit": True}, **asked)
    timed = {"name": "shop.mail.confirm", "file": None, "line": None, "duration_ns": 2_000, "error": None}
    receivers = [timed, {**timed, "name": "shop.mail.print", "duration_ns": None}]
    sample.span("signal", "order_placed", {"receivers": receivers}, module="shop.signals", sender=None, method="send")
    url = "https://rates.example/eur"
    sample.span("outbound", "GET rates.example", {"status": 200}, library="requests", method="GET", url=url)
    sample.point("message", "success", text="Saved.", type="str", level=25, tags="", kept=True)
    refused = [{"field": "email", "codes": ["invalid", None]}]
    sample.span("form", "shop.forms.CheckoutForm", {"valid": False, "errors": refused, "refused": 1})
    cache, signal, outbound, message, form = (of(sample, seq) for seq in (0, 2, 4, 6, 7))
    assert facts(cache)["Key"] == "product:7" and facts(cache)["Hit"] == "yes"
    assert [fact.value for fact in signal["facts"] if fact.label == "Receiver"] == [
        "shop.mail.confirm (2 µs)",
        "shop.mail.print (not called)",
    ]
    assert facts(signal)["Defined in"] == "shop.signals"
    assert facts(outbound)["URL"] == url and facts(outbound)["Status"] == "200"
    assert facts(message)["Text"] == "Saved." and facts(message)["Kept"] == "yes"
    assert facts(form)["Valid"] == "no" and facts(form)["Field email"] == "invalid, no code"
    assert form["heading"] == "CheckoutForm"


def test_the_line_that_asked_a_cache_or_another_server_is_shown(source):
    for kind in ("cache", "outbound"):
        sample = Sample()
        sample.span(kind, "get", origin={"where": "python", "file": source, "line": 9, "function": "view"})
        [marked] = [line for line in of(sample)["excerpt"]["lines"] if line["marked"]]
        assert text_of(marked) == "line_9 = '<9>'"
