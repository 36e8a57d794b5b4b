import pytest

from tests.lessons.sample import VIEW, Sample
from visualizer.lessons.sentences import sentence_for

CSRF = "django.middleware.csrf.CsrfViewMiddleware"


def said(hook, *, view_ran=True, **left):
    sample = Sample(outcome={"kind": "completed", "by": VIEW, "view_ran": view_ran})
    sample.span("resolver", "/cart/", {"matched": True, "view": VIEW}, "url_resolver")
    seq = sample.span("hook", f"{CSRF}.{hook}", left, "url_resolver", middleware=CSRF, hook=hook)
    return sentence_for(sample.as_dict(), seq)


def test_process_view_lets_the_view_go_ahead_or_answers():
    assert said("process_view", result="none") == (
        "CsrfViewMiddleware.process_view looks at the call of product_detail and lets it go ahead."
    )
    assert said("process_view", result="answered", status=403, view_ran=False) == (
        "CsrfViewMiddleware.process_view looks at the call of product_detail and answers 403 itself. "
        "The view never ran."
    )


@pytest.mark.parametrize(("result", "which"), [("same", "the same one"), ("replaced", "another one")])
def test_process_template_response(result, which):
    assert said("process_template_response", result=result) == (
        "CsrfViewMiddleware.process_template_response gets the response before its template is rendered "
        f"and hands back {which}."
    )


def test_process_exception_names_the_error_that_was_seen_before():
    sample = Sample()
    sample.span("view", VIEW, {"error": {"type": "TeapotError", "module": "shop", "message": None}})
    seq = sample.span("hook", f"{CSRF}.process_exception", {"result": "answered", "status": 418}, "response_middleware")
    assert sentence_for(sample.as_dict(), seq) == (
        "CsrfViewMiddleware.process_exception is offered the TeapotError and turns it into a 418 response."
    )
    assert said("process_exception", result="none").endswith("is offered the exception and leaves it to others.")


def test_a_hook_that_raises_runs_or_is_unknown():
    error = {"type": "ValueError", "module": "builtins", "message": "no"}
    assert said("process_view", result="raised", error=error).endswith("and ends with a ValueError: no.")
    assert said("process_teapot", result="boiled").endswith("process_teapot is called and returns.")
    sample = Sample()
    sample.enter("hook", f"{CSRF}.process_view", "url_resolver")
    assert sentence_for(sample.as_dict(), 0).endswith("looks at the call of the view; it is still running.")
