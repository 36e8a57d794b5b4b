from tests.lessons.sample import VIEW, Sample
from visualizer.lessons.sentences import sentence_for

RAISED = {"type": "ZeroDivisionError", "raised_in": VIEW, "file": "/srv/products/views.py", "line": 88}
DJANGO = "django.core.handlers.exception.response_for_exception"


def said(kind, name, **detail):
    sample = Sample()
    sample.point(kind, name, **detail)
    return sentence_for(sample.as_dict(), 0)


def test_an_exception_is_told_with_its_line_and_what_became_of_it():
    assert said(
        "exception", "ZeroDivisionError", **RAISED, message="division by zero", handled_by=DJANGO, status=500
    ) == (
        "A ZeroDivisionError came out of product_detail, raised at products/views.py line 88: division by zero. "
        "Django's own error handling made a 500 response of it."
    )


def test_a_middleware_that_made_a_response_of_it_is_named():
    sentence = said(
        "exception", "ZeroDivisionError", **RAISED, handled_by="shop.middleware.RescueMiddleware", status=418
    )
    assert sentence.endswith("RescueMiddleware made a 418 response of it.")


def test_the_status_is_that_of_the_response_seen_next():
    sample = Sample()
    sample.point("exception", "Resolver404", "url_resolver", raised_in="url_resolver", handled_by=DJANGO, status=None)
    sample.point("response", "HttpResponseNotFound", "response", status=404)
    assert sentence_for(sample.as_dict(), 0) == (
        "A Resolver404 came out of the URL resolver. Django's own error handling made a 404 response of it."
    )


def test_an_exception_of_which_nothing_else_is_known():
    assert said("exception", "TeapotError") == "A TeapotError was raised."


def test_a_response_is_told_with_its_size_or_as_a_stream():
    facts = {"status": 200, "reason": "OK", "content_type": "text/html", "body_bytes": 24_132, "streaming": False}
    assert said(
        "response", "HttpResponse", **facts, cookies=[{"name": "sessionid", "httponly": True, "max_age": 0}]
    ) == (
        "The response is an HttpResponse: 200 OK, text/html, 24.1 kB of body. "
        "It sets the cookie sessionid (HttpOnly, Max-Age=0)."
    )
    assert said("response", "FileResponse", status=200, streaming=True, body_bytes=None) == (
        "The response is a FileResponse: 200, a body that is made while it is sent."
    )
    assert said("response", "HttpResponse") == "The response is an HttpResponse."


def test_a_probe_that_failed_is_owned_up_to():
    assert said("recorder", "fault", probe="template", error="KeyError") == (
        "The template probe failed here with a KeyError, so something is missing in this trace. "
        "The request went on undisturbed."
    )


def test_a_kind_that_came_later_is_told_by_its_name():
    sample = Sample()
    sample.span("kettle", "boils")
    sample.enter("oven", "bakes")
    sample.point("teapot", "short and stout")
    assert sentence_for(sample.as_dict(), 0) == "Kettle boils took 1 µs."
    assert sentence_for(sample.as_dict(), 2) == "Oven bakes is still running."
    assert sentence_for(sample.as_dict(), 3) == "Teapot short and stout."
