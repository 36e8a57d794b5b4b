import pytest

from tests.lessons.sample import LAYER, VIEW, Sample
from visualizer.lessons.outcomes import OUTCOME_LESSONS
from visualizer.lessons.sentences import outcome_sentence

RESCUE = "shop.middleware.RescueMiddleware"


def raised(sample, kind="ZeroDivisionError"):
    sample.point("exception", kind, type=kind)
    return sample


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        (Sample(), "The request is still running."),
        (Sample().ended("completed", VIEW), "product_detail answered 200; the whole cycle took 6.4 ms."),
        (Sample().ended("stopped", LAYER, 403, view_ran=False),
         "BannedUserMiddleware answered 403 instead of the view. The view never ran."),
        (Sample().ended("rescued", RESCUE, 418), "RescueMiddleware turned an exception into a 418."),
        (raised(Sample()).ended("rescued", RESCUE, 418), "RescueMiddleware turned a ZeroDivisionError into a 418."),
        (Sample().ended("failed", VIEW, 500), "An exception in product_detail became Django's own 500 error response."),
        (raised(Sample()).ended("failed", VIEW, 500),
         "A ZeroDivisionError in product_detail became Django's own 500 error response."),
        (raised(Sample()).ended("failed", LAYER, 500, view_ran=False),
         "A ZeroDivisionError in BannedUserMiddleware became Django's own 500 error response. The view never ran."),
        (Sample().ended("not_found", "url_resolver", 404, view_ran=False), "No pattern matches /products/1/: 404."),
        (Sample().ended("not_found", VIEW, 404), "product_detail raised Http404, which became a 404."),
        (Sample().ended("disconnected", "client", None), "The client went away before the response was complete."),
        (Sample().ended("teapot", "shop", 418), "The request ended: teapot."),
    ],
)  # fmt: skip
def test_each_outcome_is_one_sentence(sample, said):
    assert outcome_sentence(sample.as_dict()) == said


def test_the_events_tell_how_many_patterns_were_tried():
    sample = Sample()
    tried = [{"pattern": "a/", "matched": False}] * 9
    sample.span("resolver", "/product/1/", {"matched": False, "tried": tried}, "url_resolver")
    sample.ended("not_found", "url_resolver", 404, view_ran=False)
    assert outcome_sentence(sample.as_dict()) == "None of 9 patterns matches /products/1/: 404."


def test_a_head_will_do():
    assert outcome_sentence(Sample().ended("completed", VIEW).head).startswith("product_detail answered 200")


def test_every_kind_of_outcome_has_its_lesson():
    assert set(OUTCOME_LESSONS) == {"completed", "stopped", "rescued", "failed", "not_found", "disconnected"}
