"""Each step has the lessons that belong to it, filled from its own trace."""

import re

import pytest
from django.core.handlers.base import BaseHandler

from tests.lessons.documentation import every_lesson
from tests.lessons.sample import VIEW, Sample
from visualizer.lessons.chosen import lessons_of
from visualizer.lessons.hooks import HOOK_LESSONS
from visualizer.lessons.lesson import Lesson
from visualizer.lessons.moments import MOMENT_LESSONS
from visualizer.lessons.reading import Reading
from visualizer.lessons.sentences import KINDS
from visualizer.lessons.signals import signal_lesson

GZIP = "django.middleware.gzip.GZipMiddleware"
IN, OUT = "request_middleware", "response_middleware"


def chosen(sample, seq, *, is_an_end=False):
    reading = Reading(sample.as_dict())
    return lessons_of(reading, reading.event(seq), is_an_end=is_an_end)


def titles(sample, seq, **more):
    return [each.lesson.title for each in chosen(sample, seq, **more)]


@pytest.mark.parametrize(
    "lesson",
    [lesson for _, lesson in every_lesson() if isinstance(lesson, Lesson)],
    ids=lambda lesson: lesson.title,
)
def test_every_lesson_is_short_and_ends_in_a_full_stop(lesson):
    assert 1 <= len(re.findall(r"[.!?](?=\s|$)", lesson.text)) <= 3
    assert 40 < len(lesson.text) < 420
    assert lesson.text.endswith(".") and "  " not in lesson.text


def test_every_hook_of_the_handler_has_a_lesson():
    hooks = {"_view_middleware", "_template_response_middleware", "_exception_middleware"}
    assert hooks <= set(vars(BaseHandler))
    assert set(HOOK_LESSONS) == {"process_view", "process_template_response", "process_exception"}


def test_a_lesson_of_a_moment_belongs_to_a_kind_of_event():
    assert set(MOMENT_LESSONS) < set(KINDS)


def test_a_layer_tells_on_its_way_in_what_it_does_on_its_way_out():
    sample = Sample()
    change = {"op": "add", "what": "header Content-Encoding", "value": "gzip", "was": None}
    enter = sample.enter("middleware", GZIP, IN, position=1, of=1)
    sample.point("middleware", GZIP, IN, moment="passed_on", in_ns=1, changed=[])
    sample.span("view", VIEW)
    out = sample.exit(OUT, result="passed", out_ns=1, changed=[change])
    way_in, stage = chosen(sample, enter)
    assert way_in.here == "on the way out it adds the header Content-Encoding."
    assert stage.here == "the only layer saw the request."
    assert [each.here for each in chosen(sample, out)] == ["", "1 of 1 layer changed the response."]


def test_a_hook_has_its_own_lesson_after_that_of_its_middleware():
    sample = Sample()
    name = "django.middleware.csrf.CsrfViewMiddleware.process_view"
    sample.span("hook", name, {"result": "none"}, "url_resolver")
    assert titles(sample, 0) == ["CsrfViewMiddleware", "The hook process_view", "Which view answers"]


def test_a_query_tells_how_many_there_are_and_how_many_a_template_asked_for():
    sample = Sample()
    first = sample.span("database", "default", sql="SELECT 1")
    sample.span("database", "default", sql="SELECT 2", stage="template")
    query, view = chosen(sample, first)
    assert query.here == "2 queries in this request, 1 of them while a template was rendered."
    assert view.here == ""


def test_a_cache_tells_hits_and_misses():
    sample = Sample()
    seq = sample.span("cache", "get", {"hit": False}, alias="default")
    sample.span("cache", "set", {}, alias="default")
    assert chosen(sample, seq)[0].here == "the cache was asked 2 times: 0 hits, 1 miss."


def test_a_signal_of_the_project_has_the_lesson_of_any_signal():
    assert signal_lesson("request_started").title == "The signal request_started"
    assert signal_lesson("order_placed").title == "A signal"


def test_the_outcome_comes_first_and_says_how_far_the_request_came():
    sample = Sample()
    seq = sample.point("client", "GET /", "client_request")
    sample.enter("middleware", GZIP, IN, position=1, of=3)
    sample.exit(IN, result="answered")
    sample.ended("stopped", GZIP, 403, view_ran=False)
    outcome, stage = chosen(sample, seq, is_an_end=True)
    assert outcome.lesson.title == "Stopped"
    assert outcome.here == "it came to 1 of 3 layers; no query ran."
    assert stage.here == "GET /products/1/ came with 0 headers."
