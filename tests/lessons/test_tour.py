"""The guided tour: every chapter walks through real requests of the shop, and says what is true of them."""

import re
from pathlib import Path

import pytest
from django.core.cache import cache

from config.scenarios import SCENARIOS
from tests.lessons.sample import LAYER, VIEW, Sample
from visualizer.control.play import play
from visualizer.control.scenarios import Scenario
from visualizer.lessons.reading import Reading
from visualizer.lessons.tour.chapter import Part, Stop, halts
from visualizer.lessons.tour.chapters import CHAPTERS, SAMPLES, offered
from visualizer.lessons.tour.moments import most_alike, stopper

QUESTIONS = Path(__file__).parents[2] / "frontend" / "predict" / "questions"
IN, OUT = "request_middleware", "response_middleware"


def scenario_of(sample):
    return next(Scenario(**each) for each in SCENARIOS if each.get("tour") == sample)


def chapter(slug):
    return next(each for each in CHAPTERS if each.slug == slug)


@pytest.fixture
def walked(shop, traces):
    """Return a function that plays a chapter's samples under an interface and gives the reading of each part."""

    def walk(of, interface="asgi"):
        cache.clear()
        sent = {sample: play(scenario_of(sample), interface) for sample in sorted(of.samples)}
        return [Reading(sent[part.sample][part.which].as_dict()) for part in of.parts]

    return walk


def told(of, readings):
    """{title: text} of all stops of a chapter."""
    return {halt.title: halt.text for part, read in zip(of.parts, readings, strict=True) for halt in halts(part, read)}


def test_the_shop_has_a_scenario_for_every_sample_so_every_chapter_is_offered():
    samples = {each["tour"] for each in SCENARIOS if each.get("tour")}
    assert samples == SAMPLES
    assert offered(samples) == list(CHAPTERS)


def test_the_readme_names_every_sample():
    readme = (QUESTIONS.parents[2] / "README.md").read_text("utf-8")
    for sample in SAMPLES:
        assert f"`{sample}`" in readme


def test_only_chapters_are_offered_for_which_there_are_scenarios():
    assert offered([]) == []
    assert [each.slug for each in offered(["cycle", "n-plus-one"])] == ["cycle"]
    assert [each.slug for each in offered(["n-plus-one", "cure"])] == ["n-plus-one"]


@pytest.mark.parametrize("of", CHAPTERS, ids=lambda of: of.slug)
def test_a_chapter_is_short_and_each_of_its_questions_exists(of):
    assert re.fullmatch(r"[a-z-]+", of.slug)
    assert len(of.title) < 30 and of.promise.endswith(".") and len(of.opening) < 220
    for stop in [stop for part in of.parts for stop in part.stops]:
        assert len(stop.title) < 36
        assert not stop.ask or (QUESTIONS / f"{stop.ask}.js").is_file(), stop.ask


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")
@pytest.mark.parametrize("interface", ["asgi", "wsgi"])
@pytest.mark.parametrize("of", CHAPTERS, ids=lambda of: of.slug)
def test_every_sentence_of_a_chapter_is_short_and_whole(of, interface, walked):
    readings = walked(of, interface)
    texts = [*told(of, readings).values(), of.closing(readings)]
    assert len(texts) > 3
    for text in texts:
        assert re.fullmatch(r"[^\s{}].*[.!?]", text), text
        assert len(text) < 330, text
        assert not re.search(r"None|  |\.\.|\{|\}| \.|<[a-z]+ object", text), text


@pytest.mark.parametrize("of", CHAPTERS, ids=lambda of: of.slug)
@pytest.mark.parametrize("path", ["/no/such/page/", "/api/products/1/", "/products/wireless-headphones"])
def test_whatever_request_a_project_has_for_it_a_chapter_tells_no_more_than_there_is(of, path, shop, traces):
    readings = [Reading(play(Scenario(name="other", path=path), "asgi")[0].as_dict())] * len(of.parts)
    for text in [*told(of, readings).values(), of.closing(readings)]:
        assert re.fullmatch(r"[^\s{}].*[.!?]", text), text
        assert not re.search(r"None|  |\.\.", text), text


@pytest.mark.parametrize("of", CHAPTERS, ids=lambda of: of.slug)
def test_stops_are_in_the_order_of_the_trace(of, walked):
    for part, reading in zip(of.parts, walked(of), strict=True):
        seqs = [halt.seq for halt in halts(part, reading) if halt.seq is not None]
        assert seqs == sorted(seqs)
        assert len(seqs) > 1


def test_the_cycle_goes_through_its_stages(walked):
    of = chapter("cycle")
    readings = walked(of)
    stages = [readings[0].event(halt.seq)["stage"] for halt in halts(of.parts[0], readings[0]) if halt.seq is not None]
    wanted = ["client_request", "server_request", IN, "url_resolver", "view", "template", "response", OUT]
    assert list(dict.fromkeys(stages)) == [*wanted, "server_response"]
    texts = told(of, readings)
    assert texts["The way in"].startswith("13 layers of middleware lie around the view; SecurityMiddleware is the")
    assert texts["Which view answers"].startswith("products/<slug:slug>/ matches after 5 patterns that did not.")
    assert texts["Queries before the view"].startswith("BannedUserMiddleware, layer 9 of 13, asks the database: 3")
    assert "the page's own form sends it along" in texts["The browser has it"]


def test_the_stopped_request_turns_where_it_was_answered(walked):
    of = chapter("stopped")
    texts = told(of, walked(of))
    assert texts["Here it turns"] == (
        "BannedUserMiddleware, layer 9 of 13, answers 403 by itself and does not call get_response. "
        "The 4 layers further in and the view never run."
    )
    assert texts["Back through the layers"].startswith("AuthenticationMiddleware, layer 8 of 13, was passed")


def test_the_error_is_followed_to_its_response(walked):
    of = chapter("error")
    readings = walked(of)
    texts = told(of, readings)
    assert texts["It raises"].startswith(
        "Here is a ZeroDivisionError: division by zero. It was raised at shop/views.py"
    )
    assert (
        texts["Does anybody catch it?"]
        == "CartMiddleware.process_exception is shown the exception and leaves it to others."
    )
    assert texts["An exception becomes a response"].startswith("Nobody caught it, so Django made a 500 response of it.")
    assert "shop/views.py line" in of.closing(readings)


def test_the_cure_has_fewer_queries_and_the_closing_compares_them(walked):
    of = chapter("n-plus-one")
    readings = walked(of)
    before, after = (len(reading.of_kind("database")) for reading in readings)
    assert before > 20 > 5 > after
    assert of.closing(readings).startswith(f"{before} queries in ")
    assert f", {after} queries in " in of.closing(readings)
    assert f"It is the first of {before - 2} with the same statement" in told(of, readings)["Once"]


def test_the_cache_misses_then_hits(walked):
    of = chapter("cache")
    readings = walked(of)
    texts = told(of, readings)
    assert texts["Is it there?"].startswith("A miss")
    assert texts["The second time"].startswith("A hit")
    assert texts["Kept for the next"].endswith("It is kept for 60 s.")
    assert "no query" in of.closing(readings)


def test_two_hits_are_said_to_be_two(walked):
    of = chapter("cache")
    hit = walked(of)[1]
    assert "Both were hits" in of.closing([hit, hit])
    assert "The work" not in told(of, [hit, hit])


def test_async_tells_loop_and_threads_and_the_sync_layer(walked):
    of = chapter("async")
    texts = told(of, walked(of))
    assert "the very thread in which the server runs its event loop" in texts["On the loop"]
    assert "not in MainThread" in texts["Into a thread"]
    assert texts["Called back"].startswith("A sync layer stands around this async view")


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")
def test_streaming_counts_the_queries_that_ran_while_it_was_sent(walked):
    of = chapter("streaming")
    (reading,) = readings = walked(of)
    count = sum(1 for query in reading.of_kind("database") if query["stage"] == "server_response")
    assert count > 10
    assert told(of, readings)["Queries, still"].startswith(f"{count} queries ran while the response was being sent")


def test_a_stop_without_its_moment_says_so_or_is_left_out():
    find = {"title": "T", "find": lambda reading: None, "say": lambda reading, event: "never"}
    silent, honest = Stop(**find), Stop(**find, missing=lambda reading: "Not in this one.")
    there = Stop(title="There", find=lambda reading: reading.events[-1], say=lambda reading, event: "Here.")
    sample = Sample()
    sample.span("view", VIEW)
    made = halts(Part(sample="cycle", stops=[there, silent, honest]), Reading(sample.as_dict()))
    assert [(halt.seq, halt.text) for halt in made] == [(1, "Here."), (None, "Not in this one.")]


def test_who_stopped_a_request_is_the_hook_the_layer_or_its_exit():
    def stopped(build):
        sample = Sample()
        seq = build(sample)
        sample.ended("stopped", LAYER, 403, view_ran=False)
        return seq, stopper(Reading(sample.as_dict()))["seq"]

    def by_hook(sample):
        sample.enter("middleware", LAYER, IN, position=1, of=1)
        seq = sample.span("hook", f"{LAYER}.process_view", {"result": "answered"}, "url_resolver")
        sample.exit(OUT, result="passed")
        return seq

    def on_the_way_out(sample):
        sample.enter("middleware", LAYER, IN, position=1, of=1)
        sample.point("middleware", LAYER, IN, moment="passed_on")
        return sample.exit(OUT, result="replaced")

    def on_the_way_in(sample):
        seq = sample.enter("middleware", LAYER, IN, position=1, of=1)
        sample.exit(IN, result="answered")
        return seq

    for build in (by_hook, on_the_way_out, on_the_way_in):
        seq, found = stopped(build)
        assert seq == found


def test_like_queries_come_from_one_line():
    sample = Sample()
    for line in (3, 7, 7):
        origin = {"where": "python", "file": "/srv/views.py", "line": line, "function": "f"}
        sample.span("database", "default", sql="SELECT 1", origin=origin)
    assert len(most_alike(Reading(sample.as_dict()))) == 2
    assert most_alike(Reading(Sample().as_dict())) == []
