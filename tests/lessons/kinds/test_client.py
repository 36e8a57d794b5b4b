import pytest

from tests.lessons.sample import Sample
from visualizer.lessons.sentences import sentence_for

SENT = {"queued_ns": 1_200_000, "connect_ns": 0, "protocol": "http/1.1", "clock": "shared"}
RECEIVED = {
    "first_byte_ns": 7_100_000,
    "download_ns": 400_000,
    "body_bytes": 5_200,
    "decoded_bytes": 24_132,
    "rendered": "“Wireless headphones”, 212 elements",
    "subrequests": [{"path": "/static/shop.css"}, {"path": "/api/products/7/"}],
    "clock": "shared",
}


def said(name, stage, **detail):
    sample = Sample()
    sample.point("client", name, stage, **detail)
    return sentence_for(sample.as_dict(), 0)


@pytest.mark.parametrize(
    ("detail", "end"),
    [
        ({"headers": 14, "cookies": ["sessionid", "csrftoken"], "body_bytes": 0},
         "with 14 headers, the cookies sessionid and csrftoken and no body."),
        ({"headers": 1, "cookies": [], "body_bytes": 9}, "with 1 header and a body of 9 bytes."),
        ({}, "/products/1/."),
    ],
)  # fmt: skip
def test_what_the_client_sends(detail, end):
    sentence = said("request", "client_request", method="GET", path="/products/1/", **detail)
    assert sentence.startswith("The client sends GET /products/1/")
    assert sentence.endswith(end)


def test_the_browser_before_the_server():
    assert said("browser", "client_request", **SENT) == (
        "The browser kept the request in its queue for 1.2 ms and used a connection that was open already, "
        "then sent it over http/1.1."
    )
    assert "took 300 µs to connect" in said("browser", "client_request", **{**SENT, "connect_ns": 300_000})


def test_the_browser_after_the_server():
    assert said("browser", "client_response", **RECEIVED) == (
        "The browser got the first byte after 7.1 ms, and the rest after 400 µs more. "
        "The body came as 5.2 kB and is 24.1 kB once unpacked. It shows “Wireless headphones”, 212 elements. "
        "The page started 2 further requests."
    )


def test_a_body_that_was_not_packed_and_an_estimated_clock():
    sentence = said("browser", "client_response", **{**RECEIVED, "decoded_bytes": 5_200, "clock": "estimated"})
    assert "The body is 5.2 kB." in sentence
    assert sentence.endswith("so the place of this on the time line is an estimate.")


def test_a_report_without_anything_is_still_a_sentence():
    assert said("browser", "client_response") == "The browser has the response."
    assert said("browser", "client_request") == "The browser sent it."
