"""What the headers of a proxy say."""

import pytest
from django.test import override_settings

from visualizer.proxy import is_told_in_environ, is_told_in_scope, proxy_facts
from visualizer.redaction import HIDDEN

NOW_NS = 1_512_379_167_700_000_000
SECOND_NS = 1_000_000_000


def facts(*headers, peer="127.0.0.1"):
    return proxy_facts(lambda told: ("GET", "/", "", told), list(headers), peer, NOW_NS)


@pytest.mark.parametrize(
    ("text", "queued_ns", "exact_to_ns"),
    [
        ("t=1512379167.574", 126_000_000, 1_000_000),
        ("1512379167.574", 126_000_000, 1_000_000),
        ("t=1512379167.5740001", 125_999_900, 100),
        ("t=1512379167", 700_000_000, SECOND_NS),
        ("1512379167574", 126_000_000, 1_000_000),
        ("t=1512379167574.25", 125_750_000, 10_000),
        ("t=1512379167574123", 125_877_000, 1_000),
        ("1512379167574123456", 125_876_544, 1),
        ("t=1512379167.574, t=1512379167.600", 126_000_000, 1_000_000),
        ("t=1512379167.700", 0, 1_000_000),
    ],
)
def test_the_time_that_a_request_waited_in_every_usual_notation(text, queued_ns, exact_to_ns):
    for header in ("X-Request-Start", "X-Queue-Start"):
        found = facts((header, text))
        assert (found["started_by"], found["queued_ns"], found["skew_ns"]) == (header, queued_ns, None)
        assert found["exact_to_ns"] == exact_to_ns


@pytest.mark.parametrize("text", ["", "t=", "yesterday", "t=12", "-1512379167", "t=" + "9" * 21])
def test_what_is_no_moment_is_said_to_be_none(text):
    found = facts(("X-Request-Start", text))
    assert (found["started_by"], found["queued_ns"], found["skew_ns"]) == ("X-Request-Start", None, None)


def test_a_clock_that_is_ahead_tells_no_waiting():
    found = facts(("X-Request-Start", "t=1512379169.700"))
    assert (found["queued_ns"], found["skew_ns"]) == (None, 2 * SECOND_NS)


def test_a_moment_that_lies_ahead_by_less_than_it_is_exact_is_now():
    assert facts(("X-Request-Start", "t=1512379168"))["queued_ns"] == 0


def test_more_than_an_hour_is_no_waiting_but_another_clock():
    found = facts(("X-Request-Start", "t=1512370000.000"))
    assert found["queued_ns"] is None
    assert found["skew_ns"] == -9_167_700_000_000


@pytest.mark.parametrize(
    ("peer", "clock"),
    [
        ("127.0.0.1", "shared"),
        ("::1", "shared"),
        ("", "shared"),
        (None, "shared"),
        ("10.0.0.7", "separate"),
        ("a name", "separate"),
    ],
)
def test_a_proxy_on_this_machine_reads_the_same_clock(peer, clock):
    assert facts(("Via", "1.1 nginx"), peer=peer)["clock"] == clock


def test_the_client_and_what_it_asked_for():
    found = facts(
        ("X-Forwarded-For", "203.0.113.9, 10.0.0.1"),
        ("X-Real-IP", "198.51.100.1"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "shop.example"),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Prefix", "/shop"),
    )
    assert found["for"] == ["203.0.113.9", "10.0.0.1"]
    assert [found[key] for key in ("scheme", "host", "port", "prefix")] == ["https", "shop.example", "443", "/shop"]
    assert [name for name, _ in found["headers"]][:2] == ["X-Forwarded-For", "X-Real-IP"]


def test_one_header_in_several_lines_is_one_list():
    assert facts(("X-Forwarded-For", "a"), ("x-forwarded-for", "b"))["for"] == ["a", "b"]


def test_the_standard_header_is_read_as_rfc_7239_writes_it():
    found = facts(
        ("Forwarded", 'for="[2001:db8:cafe::17]:4711";proto=https;host="shop.example", For=10.0.0.1;by=10.0.0.2')
    )
    assert found["for"] == ["[2001:db8:cafe::17]:4711", "10.0.0.1"]
    assert (found["scheme"], found["host"]) == ("https", "shop.example")


def test_an_address_alone():
    assert facts(("X-Real-IP", "203.0.113.9"))["for"] == ["203.0.113.9"]


def test_the_names_of_the_hops():
    assert facts(("Via", "1.1 varnish (Varnish/7.1), HTTP/2 edge, odd"))["hops"] == ["varnish", "edge", "odd"]


@override_settings(
    USE_X_FORWARDED_HOST=True,
    USE_X_FORWARDED_PORT=True,
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
)
def test_the_headers_that_django_acts_on():
    assert facts(("Via", "1.1 a"))["believed"] == ["X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto"]


def test_by_default_django_acts_on_none():
    assert facts(("X-Forwarded-Host", "shop.example"))["believed"] == []


def test_other_headers_are_not_kept_and_secrets_not_shown(monkeypatch):
    monkeypatch.setattr("visualizer.redaction.is_hidden", lambda name: name == "Via")
    found = facts(("Accept", "text/html"), ("Via", "1.1 secret"))
    assert found["headers"] == [["Via", HIDDEN]]


def test_a_proxy_is_known_by_its_headers():
    assert is_told_in_environ({"HTTP_VIA": "1.1 a"})
    assert not is_told_in_environ({"HTTP_ACCEPT": "*/*", "VIA": "no header"})
    assert is_told_in_scope({"headers": [(b"host", b"a"), (b"x-request-start", b"t=1")]})
    assert not is_told_in_scope({"headers": [(b"host", b"a")]})


def test_headers_that_can_be_read_only_once_are_left_to_django():
    headers = iter([(b"via", b"1.1 a")])
    assert not is_told_in_scope({"headers": headers})
    assert next(headers) == (b"via", b"1.1 a")
