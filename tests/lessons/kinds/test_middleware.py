import pytest

from tests.lessons.sample import LAYER, VIEW, Sample
from visualizer.lessons.sentences import sentence_for

IN, OUT = "request_middleware", "response_middleware"
AUTH = "django.contrib.auth.middleware.AuthenticationMiddleware"
LAZY_USER = {"op": "add", "what": "request.user", "value": "SimpleLazyObject, not evaluated", "was": None}
AUSER = {"op": "add", "what": "request.auser", "value": "<partial>", "was": None}
USER_SQL = 'SELECT "auth_user"."id" FROM "auth_user" WHERE "auth_user"."id" = ? LIMIT 21'


def through(*, name=LAYER, changed_in=(), changed_out=(), came_back=200, status=200, result="passed"):
    """One layer that passed the request on and got a response back."""
    sample = Sample()
    sample.enter("middleware", name, IN, position=3, of=10)
    sample.point("middleware", name, IN, moment="passed_on", in_ns=14_000, changed=list(changed_in))
    sample.span("view", VIEW)
    sample.point("middleware", name, OUT, moment="came_back", status=came_back)
    sample.exit(OUT, result=result, out_ns=3_000, status=status, changed=list(changed_out))
    return sample


def said(sample, seq):
    return sentence_for(sample.as_dict(), seq)


def test_a_layer_that_has_not_passed_the_request_on_yet():
    sample = Sample()
    sample.enter("middleware", LAYER, IN)
    assert said(sample, 0) == "BannedUserMiddleware has the request and has not passed it on yet."


def test_a_layer_that_changes_nothing():
    sample = through()
    assert (
        said(sample, 0)
        == "BannedUserMiddleware passes the request on after 14 µs of its own; no change to it was seen."
    )
    assert said(sample, 5) == (
        "BannedUserMiddleware hands the response (200) back after 3 µs of its own; no change to it was seen. "
        "On the way in it took 14 µs of its own."
    )
    sample.events[-1]["t_ns"] = 117_000
    assert said(sample, 5).endswith("it took 14 µs of its own, and it waited 100 µs for what is inside it.")


def test_what_is_lazy_is_said_to_be_so_if_no_query_ran():
    assert said(through(name=AUTH, changed_in=[LAZY_USER, AUSER]), 0) == (
        "AuthenticationMiddleware adds request.user and request.auser, then passes the request on "
        "after 14 µs of its own. request.user is lazy: no query has run for it."
    )


def test_who_looked_at_something_lazy_later_is_named():
    sample = through(name=AUTH, changed_in=[LAZY_USER])
    origin = {"where": "python", "file": "/srv/shop/middleware.py", "line": 43}
    sample.span("database", "default", vendor="sqlite", sql=USER_SQL, origin=origin)
    assert said(sample, 0).endswith(
        "request.user is lazy: the first query on auth_user comes later, from shop/middleware.py line 43."
    )


def test_nothing_is_claimed_of_queries_that_were_not_kept():
    sample = through(name=AUTH, changed_in=[LAZY_USER])
    sample.head["omitted"] = {"database": 3}
    assert "quer" not in said(sample, 0)


def test_queries_on_the_way_in_are_counted_and_those_further_in_are_not():
    sample = Sample()
    sample.enter("middleware", LAYER, IN)
    sample.span("database", "default", sql="SELECT 1")
    sample.point(
        "middleware", LAYER, IN, moment="passed_on", in_ns=5_000_000,
        changed=[{"op": "add", "what": "request._cached_user", "value": "<User>", "was": None}],
    )  # fmt: skip
    sample.span("database", "default", sql="SELECT 1")
    assert said(sample, 0) == (
        "BannedUserMiddleware evaluates request.user, then passes the request on after 5 ms of its own. "
        "1 query ran inside it."
    )


@pytest.mark.parametrize("phase", ["enter", "exit"])
def test_a_layer_that_answers_itself_names_what_never_ran(phase):
    sample = Sample()
    sample.enter("middleware", LAYER, IN, position=4, of=10)
    sample.exit(IN, result="answered", status=403, after_ns=41_000)
    sample.ended("stopped", LAYER, 403, view_ran=False)
    assert said(sample, 0 if phase == "enter" else 1) == (
        "BannedUserMiddleware answers 403 itself after 41 µs; it never passes the request on. "
        "The 6 layers below it and the view never ran."
    )


def test_the_innermost_layer_has_no_layers_below_it():
    sample = Sample()
    sample.enter("middleware", LAYER, IN, position=10, of=10)
    sample.exit(IN, result="answered", status=403)
    assert "layer" not in said(sample.ended("stopped", LAYER, 403, view_ran=False), 0)
    assert said(sample, 0).endswith("The view never ran.")


def test_a_layer_that_raises_on_the_way_in():
    sample = Sample()
    sample.enter("middleware", LAYER, IN)
    error = {"type": "PermissionDenied", "module": "django.core.exceptions", "message": "Not today"}
    sample.exit(IN, result="raised", error=error)
    assert said(sample, 0) == (
        "BannedUserMiddleware ends with a PermissionDenied: Not today. The layers below it never saw the request."
    )
    assert said(sample, 1) == "BannedUserMiddleware ends with a PermissionDenied: Not today."


def test_a_body_that_shrinks_is_told_with_both_sizes():
    changed = [
        {"op": "change", "what": "body", "value": "5230 bytes", "was": "24132 bytes"},
        {"op": "add", "what": "header Content-Encoding", "value": "gzip", "was": None},
        {"op": "change", "what": "header Vary", "value": "Cookie, Accept-Encoding", "was": "Cookie"},
    ]
    assert said(through(name="django.middleware.gzip.GZipMiddleware", changed_out=changed), 5) == (
        "On the way out GZipMiddleware shrinks the body from 24.1 kB to 5.23 kB, adds the header Content-Encoding "
        "and changes the header Vary; that took 3 µs of its own. "
        "On the way in it took 14 µs of its own."
    )


def test_a_response_that_was_replaced_is_told_with_both_statuses():
    location = {"op": "add", "what": "header Location", "value": "/products/", "was": None}
    sample = through(came_back=404, status=301, result="replaced", changed_out=[location])
    assert said(sample, 5) == (
        "BannedUserMiddleware returns another response than the one it got: 404 came back to it, 301 goes on. "
        "The new one leads to /products/."
    )


def test_a_response_coming_back_is_told_by_its_status():
    assert said(through(), 4) == "A response with status 200 comes back to BannedUserMiddleware."
