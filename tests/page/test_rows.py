import pytest

from tests.driving import INTERFACES, ask, sign_in
from tests.lessons.sample import LAYER, VIEW, Sample
from visualizer.page.rows import row_context
from visualizer.page.templates import render_row


class Kept:
    """A trace as the store has it."""

    def __init__(self, sample):
        self.id = sample.head["id"]
        self.as_dict = sample.as_dict


def row(sample):
    return row_context(Kept(sample))


def test_a_request_that_runs():
    shown = row(Sample())
    assert (shown["status"], shown["status_class"], shown["duration"]) == ("···", "s0", "")
    assert shown["small"] == ["GET", "running"]


def test_a_request_that_completed_says_how_much_work_it_was():
    sample = Sample()
    for name in ("list.html", "card.html", "card.html"):
        sample.span("template", name, stage="template", node="include")
    sample.span("template", "content", stage="template", node="block")
    for _ in range(5):
        sample.span("database", "default")
    shown = row(sample.ended("completed", VIEW))
    assert (shown["status"], shown["status_class"], shown["duration"]) == ("200", "s2", "6.4 ms")
    assert shown["small"] == ["GET", "5 queries", "2 templates"]


def test_queries_that_were_not_kept_are_counted_too():
    sample = Sample(omitted={"database": 2_300})
    sample.span("database", "default")
    assert "2,301 queries" in row(sample.ended("completed", VIEW))["small"]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (("stopped", LAYER, 403), "stopped by BannedUserMiddleware"),
        (("rescued", "shop.middleware.RescueMiddleware", 418), "rescued by RescueMiddleware"),
        (("failed", VIEW, 500), "ZeroDivisionError in product_detail"),
        (("not_found", VIEW, 404), "Http404 in product_detail"),
        (("not_found", "url_resolver", 404), "no pattern matched"),
        (("disconnected", "client", None), "client went away"),
    ],
)
def test_how_it_ended_is_said_in_a_few_words(outcome, words):
    sample = Sample()
    sample.point("exception", "ZeroDivisionError", type="ZeroDivisionError")
    assert row(sample.ended(*outcome))["small"][1] == words


def test_what_a_row_can_be_found_by():
    shown = row(Sample(omitted={"database": 3}).ended("stopped", LAYER, 403))
    found = {name: shown[name] for name in ("method", "status_number", "outcome", "by", "queries")}
    assert found == {
        "method": "GET",
        "status_number": 403,
        "outcome": "stopped",
        "by": "BannedUserMiddleware",
        "queries": 3,
    }
    assert shown["ms"] == pytest.approx(6.4)
    assert row(Sample())["ms"] is None


def test_a_row_of_a_finished_request_is_read_once(shop, traces, monkeypatch):
    ask("wsgi", "/products/", headers=(sign_in("mallory"),))
    first = render_row(traces[0])
    assert 'data-user="mallory"' in first
    assert "stopped by BannedUserMiddleware · GET as mallory" in first
    monkeypatch.setattr(type(traces[0]), "as_dict", None)
    assert render_row(traces[0]) == first


def test_a_request_without_a_response_has_no_status():
    shown = row(Sample().ended("disconnected", "client", None))
    assert (shown["status"], shown["status_class"]) == ("none", "s0")


def test_patterns_are_counted():
    sample = Sample()
    sample.span(
        "resolver", "/x/", {"matched": False, "tried": [{"pattern": "a/", "matched": False}] * 9}, "url_resolver"
    )
    assert "9 patterns tried" in row(sample.ended("not_found", "url_resolver", 404))["small"]


def test_a_redirect_says_where_to_and_what_is_no_page_says_what_it_is():
    redirect = Sample().ended("completed", VIEW, 302)
    redirect.head["response"]["headers"] = [["Location", "/cart/"]]
    assert "to /cart/" in row(redirect)["small"]
    api = Sample().ended("completed", VIEW)
    api.head["response"]["content_type"] = "application/json"
    assert "JSON" in row(api)["small"]
    picture = Sample().ended("completed", VIEW)
    picture.head["response"]["content_type"] = "image/svg+xml"
    assert "image" in row(picture)["small"]


def test_a_page_that_started_it_is_named_only_where_nobody_navigated():
    sample = Sample()
    headers = sample.head["request"]["headers"]
    headers += [["Referer", "http://localhost/products/1/?a=b"], ["Sec-Fetch-Mode", "cors"]]
    assert "for /products/1/" in row(sample)["small"]
    headers[-1][1] = "navigate"
    assert row(sample)["small"] == ["GET", "running"]


def test_the_path_keeps_its_query_string_and_is_escaped(shop, traces):
    ask("wsgi", "/products/?q=<b>")
    assert row_context(traces[0])["path"] == "/products/?q=<b>"
    assert "<b>" not in render_row(traces[0])


def test_a_row_can_be_found_by_its_trace_and_opened_by_a_button(shop, traces):
    ask("wsgi", "/products/", headers=(sign_in("mallory"),))
    html = render_row(traces[0])
    assert html.startswith(f'<li id="trace-{traces[0].id}"')
    assert f'data-trace="{traces[0].id}"' in html
    assert '<button type="button"' in html
    assert "403" in html
    assert "stopped by BannedUserMiddleware" in html


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_row_says_that_its_queries_grow_with_the_data(interface, shop, traces):
    ask(interface, "/products/")
    assert "26 queries, N+1" in row_context(traces[0])["small"]
    ask(interface, "/categories/audio/")
    assert [part for part in row_context(traces[1])["small"] if "quer" in part and "N+1" not in part]
