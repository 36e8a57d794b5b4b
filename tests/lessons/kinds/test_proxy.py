import pytest

from tests.lessons.sample import Sample
from visualizer.lessons.sentences import sentence_for

NOTHING = {"hops": [], "for": [], "believed": [], "headers": [], "started_by": None, "clock": "shared"}
START = {"started_by": "X-Request-Start", "exact_to_ns": 1_000_000}
UNKNOWN = "No header says when the proxy got it, so how long it waited is not known."


def said(**detail):
    sample = Sample()
    sample.point("proxy", "proxy", "server_request", **{**NOTHING, **detail})
    return sentence_for(sample.as_dict(), 0)


def test_a_proxy_that_says_nothing_of_the_time():
    assert said() == f"By its headers, the request came through a proxy. {UNKNOWN}"


def test_the_client_and_what_it_asked_for():
    sentence = said(**{"for": ["203.0.113.9", "10.0.0.1"]}, hops=["edge", "inner"], scheme="https", host="shop.example")
    assert sentence.startswith(
        "By its headers, the request came through edge and inner for 203.0.113.9, who asked for https://shop.example."
    )
    assert "who asked for https. " in said(scheme="https")


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ({"queued_ns": 3_000_000}, "By X-Request-Start it took 3 ms from there to the handler, exact to 1 ms."),
        (
            {"queued_ns": 3_000_000, "clock": "separate"},
            "By X-Request-Start it took 3 ms from there to the handler, exact to 1 ms, "
            "if the proxy's clock and this server's agree.",
        ),
        (
            {"skew_ns": 4_000_000_000},
            "X-Request-Start lies 4 s ahead of this server's clock: the two clocks differ, "
            "so how long it waited cannot be known.",
        ),
        (
            {"skew_ns": -4_000_000_000_000},
            "X-Request-Start lies 4000 s behind this server's clock: the two clocks differ, "
            "so how long it waited cannot be known.",
        ),
        ({}, "X-Request-Start holds no moment that can be read, so how long it waited is not known."),
    ],
)
def test_how_long_the_request_waited(detail, told):
    assert said(**START, **detail) == f"By its headers, the request came through a proxy. {told}"


def test_what_django_acts_on_is_told_where_it_was_claimed():
    headers = [["X-Forwarded-Host", "shop.example"]]
    believing = said(host="shop.example", headers=headers, believed=["X-Forwarded-Host", "X-Forwarded-Port"])
    assert believing.endswith("This project's settings let Django act on X-Forwarded-Host.")
    wary = said(host="shop.example", headers=headers)
    assert wary.endswith("This project's settings let Django act on none of these headers.")
