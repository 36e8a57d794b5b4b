import pytest
from django.urls import Resolver404, resolve

from tests.driving import ask, observe
from tests.lessons.fates import FATES, FILE, as_text
from tests.lessons.sample import VIEW, Sample
from tests.site.settings import site
from visualizer.lessons.outcomes import OUTCOME_LESSONS
from visualizer.lessons.sentences import outcome_sentence


@pytest.mark.parametrize(("sample", "said"), FATES, ids=[said for _, said in FATES])
def test_each_fate_is_one_sentence(sample, said):
    assert outcome_sentence(sample.as_dict()) == said


def test_the_front_end_s_tests_have_the_same_sentences():
    assert FILE.read_text("utf-8") == as_text(), "run python -m tests.lessons.fates"


def test_every_kind_of_outcome_has_its_lesson_and_its_sentence():
    kinds = {"completed", "stopped", "rescued", "failed", "not_found", "disconnected"}
    assert set(OUTCOME_LESSONS) == kinds
    assert kinds < {sample.head["outcome"]["kind"] for sample, _ in FATES}


def test_a_head_will_do():
    assert outcome_sentence(Sample().ended("completed", VIEW).head) == "Completed: product_detail answered 200."


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("layers", "path", "said"),
    [
        (["AllHooks"], "/plain/", "Completed: plain answered 200."),
        (["AllHooks", "StopsIn"], "/plain/", "Stopped by StopsIn: it answered 403, and the view never ran."),
        (["AllHooks", "Rescues"], "/raises/",
         "Rescued by Rescues: it turned a ValueError raised in raises into a 418."),
        (["AllHooks", "Rescues"], "/broken-template/",
         "Rescued by Rescues: it turned a ZeroDivisionError raised in exploding.html into a 418."),
        (["AllHooks"], "/raises/", "Failed in raises: a ValueError became Django's own 500 error response."),
        (["AllHooks"], "/broken-template/",
         "Failed in exploding.html: a ZeroDivisionError became Django's own 500 error response."),
        (["AllHooks", "RaisesIn"], "/plain/",
         "Failed in RaisesIn: a ValueError became Django's own 500 error response, and the view never ran."),
        (["AllHooks"], "/raises-404/", "Not found: raises_404 raised Http404."),
        (["AllHooks"], "/broken-stream/", "Failed in broken_stream: a ValueError broke the 200 response off after"),
    ],
)  # fmt: skip
def test_the_fate_of_real_requests(layers, path, said, traces):
    with site(*layers):
        observe(lambda: ask("wsgi", path))
    assert outcome_sentence(traces.only).startswith(said)


@pytest.mark.usefixtures("shop")
def test_of_an_unknown_address_the_patterns_are_counted_as_django_counts_them(traces):
    with site():
        with pytest.raises(Resolver404) as caught:
            resolve("/nothing/")
        observe(lambda: ask("wsgi", "/nothing/"))
    count = len(caught.value.args[0]["tried"])
    assert outcome_sentence(traces.only) == f"Not found after {count} patterns: none matches /nothing/."


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("path", ["/product/wireless-headphones/", "/products/wireless-headphones"])
def test_of_an_unknown_address_what_came_closest_is_told_and_django_finds_it(path, traces):
    observe(lambda: ask("wsgi", path))
    trace = traces.only
    close = next(e["detail"]["close"] for e in trace["events"] if e["kind"] == "resolver" and e["phase"] == "exit")
    told = close["slash"] or close["nearest"][0]
    assert resolve(told.get("path") or told["would_match"]).route == told["pattern"] == "products/<slug:slug>/"


def test_a_long_path_is_cut():
    sample = Sample()
    sample.head["request"]["path"] = f"/{'long/' * 40}"
    said = outcome_sentence(sample.ended("not_found", "url_resolver", 404, view_ran=False).as_dict())
    assert said == f"Not found: no pattern matches /{'long/' * 15}lon…."
