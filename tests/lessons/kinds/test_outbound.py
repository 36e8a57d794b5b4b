from tests.lessons.sample import Sample
from visualizer.lessons.sentences import sentence_for

FACTS = {
    "library": "requests",
    "method": "GET",
    "url": "https://rates.example/eur",
    "origin": {"where": "python", "file": "/srv/shop/prices.py", "line": 12, "function": "rate"},
}


def said(**left):
    sample = Sample()
    sample.span("outbound", "GET rates.example", left, **FACTS)
    return sentence_for(sample.as_dict(), 0)


def test_what_was_asked_and_what_came_back():
    assert said(status=200) == (
        "The application sends GET https://rates.example/eur with requests; shop/prices.py line 12 asked for it. "
        "A response with status 200 came after 1 µs."
    )
    assert said(status=200, redirects=1).endswith("A response with status 200 came, by way of 1 redirect, after 1 µs.")


def test_one_that_failed_and_one_that_runs():
    error = {"type": "ConnectError", "module": "httpx", "message": "refused"}
    assert said(status=None, error=error).endswith("It fails after 1 µs: a ConnectError: refused.")
    assert said(status=404, error=error).endswith("A response with status 404 came after 1 µs.")
    sample = Sample()
    sample.enter("outbound", "? rates.example", method=None, url="https://rates.example/")
    assert sentence_for(sample.as_dict(), 0) == (
        "The application sends a request https://rates.example/ with an HTTP library. It is still running."
    )
