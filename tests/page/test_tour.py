"""The tour on the page: which chapters are offered, and a chapter's cards before and after its requests were sent."""

import re

import pytest

from config.scenarios import SCENARIOS
from tests.lessons.sample import VIEW, Sample
from visualizer.control.play import play
from visualizer.control.scenarios import Scenario
from visualizer.lessons.tour.chapters import CHAPTERS
from visualizer.page import tour
from visualizer.page.templates import render
from visualizer.page.tour import chapter_context, chapters_context

SHOP = [Scenario(**each) for each in SCENARIOS]


def of_shop(sample):
    return next(scenario for scenario in SHOP if scenario.tour == sample)


def kinds(context):
    return [card["kind"] for card in context["cards"]]


@pytest.fixture
def sent(shop, traces):
    """Return a function that sends a sample and gives the ids of its traces."""
    return lambda sample: [trace.id for trace in play(of_shop(sample), "asgi")]


def test_all_chapters_of_the_shop_are_offered_with_their_promises():
    page = render("visualizer/tour/chapters.html", chapters_context(SHOP))
    assert re.findall(r'data-slug="([\w-]+)"', page) == [chapter.slug for chapter in CHAPTERS]
    assert all(chapter.promise in page for chapter in CHAPTERS)
    assert "more need" not in page


def test_another_project_is_offered_what_it_has_scenarios_for():
    own = [Scenario(name="Front page", path="/", tour="cycle"), Scenario(name="Search", path="/search/")]
    page = render("visualizer/tour/chapters.html", chapters_context(own))
    assert re.findall(r'data-slug="([\w-]+)"', page) == ["cycle"]
    assert "6 more need scenarios" in page
    none = render("visualizer/tour/chapters.html", chapters_context([]))
    assert "data-slug" not in none
    assert "No scenario of this project says" in none


def test_before_its_request_a_chapter_is_its_opening_and_the_request():
    context = chapter_context("cycle", SHOP, [], "")
    page = render("visualizer/tour/chapter.html", context)
    assert kinds(context) == ["send"]
    assert "GET /products/wireless-headphones/" in page and "as john" in page
    assert "Use the open request" not in page
    assert chapter_context("teapot", SHOP, [], "") is None


def test_an_open_request_that_fits_may_be_used_instead(sent):
    (stopped,) = sent("stopped")
    (error,) = sent("error")
    assert chapter_context("stopped", SHOP, [], stopped)["cards"][0]["open"] == stopped
    assert chapter_context("stopped", SHOP, [], error)["cards"][0]["open"] == ""
    assert chapter_context("error", SHOP, [], error)["cards"][0]["open"] == error


def test_after_it_the_stops_follow_and_the_closing_with_the_next_chapter(sent):
    ids = sent("stopped")
    context = chapter_context("stopped", SHOP, [ids], "")
    page = render("visualizer/tour/chapter.html", context)
    assert kinds(context) == ["stop"] * 4 + ["closing"]
    assert page.count(f'data-trace="{ids[0]}"') == 4
    assert [card["ask"] for card in context["cards"] if card.get("ask")] == ["which-stops", "first-out"]
    assert "Next: An error in a view" in page
    assert not re.search(r"\bNone\b|\{\{|\{%|style=|<script", page)


def test_the_last_chapter_has_no_next_one(sent):
    page = render("visualizer/tour/chapter.html", chapter_context("streaming", SHOP, [sent("streaming")], ""))
    assert "Next: " not in page
    assert "All chapters" in page


def test_a_chapter_of_two_requests_asks_for_the_second_then_compares(sent):
    before = chapter_context("n-plus-one", SHOP, [sent("n-plus-one")], "")
    assert kinds(before) == ["stop"] * 4 + ["send"]
    assert before["cards"][-1]["scenario"].name == "The same cards, one query"
    after = chapter_context("n-plus-one", SHOP, [sent("n-plus-one"), sent("cure")], "")
    assert kinds(after) == ["stop"] * 7 + ["closing"]


def test_both_requests_of_one_sample_are_sent_at_once(sent):
    ids = sent("cache")
    context = chapter_context("cache", SHOP, [ids], "")
    traces = [card["trace"] for card in context["cards"] if card["kind"] == "stop"]
    assert list(dict.fromkeys(traces)) == ids
    assert kinds(context)[-1] == "closing"


def test_a_request_that_is_gone_or_was_never_seen_says_so(sent):
    gone = chapter_context("cycle", SHOP, [["0123456789abcdef"]], "")
    assert (kinds(gone), gone["cards"][0]["text"]) == (["lost"], tour._GONE)
    once = chapter_context("cache", SHOP, [sent("cache")[:1]], "")
    assert once["cards"][-1]["text"] == tour._MISSING
    assert "Begin again" in render("visualizer/tour/chapter.html", gone)


def test_what_a_trace_says_is_escaped(monkeypatch):
    sample = Sample()
    sample.head["request"]["path"] = "/<script>/"
    sample.point("client", "GET /", "client_request")
    sample.span("view", VIEW)
    sample.ended("completed", VIEW)

    class Kept:
        finished = True

        def as_dict(self):
            return sample.as_dict()

    monkeypatch.setattr(tour.store, "get", lambda trace_id: Kept())
    page = render("visualizer/tour/chapter.html", chapter_context("cycle", SHOP, [["x"]], ""))
    assert "&lt;script&gt;" in page and "<script>" not in page


@pytest.mark.django_db(transaction=True)
def test_the_tour_is_served_and_an_unknown_chapter_is_not(visitor, settings):
    settings.VISUALIZER = {"SCENARIOS": "config.scenarios.SCENARIOS"}
    assert 'data-slug="cycle"' in visitor.get("tour/").text
    assert 'data-kind="send"' in visitor.get("tour/cycle/").text
    assert 'data-kind="lost"' in visitor.get("tour/cycle/?sent=0123456789abcdef&open=").text
    assert visitor.get("tour/teapot/").status == 404


@pytest.mark.django_db(transaction=True)
def test_without_scenarios_of_its_own_any_project_has_the_first_chapter(visitor, settings):
    settings.VISUALIZER = {}
    assert re.findall(r'data-slug="([\w-]+)"', visitor.get("tour/").text) == ["cycle"]


@pytest.mark.django_db(transaction=True)
def test_the_page_offers_the_tour_and_to_predict(visitor, settings):
    page = visitor.get("").text
    assert 'id="tour"' in page and "Take the guided tour" in page
    assert 'id="predict"' in page and 'id="question"' in page
