"""Two requests beside each other, as HTML."""

import re

import pytest

from tests.driving import INTERFACES, ask, sign_in
from visualizer.stores.memory import store


@pytest.fixture
def pair(shop, traces, kept_trace):
    """Return a function that makes two requests and has them compared."""

    def compare(visitor, *asked, interface="wsgi"):
        store.clear()
        for path, user in asked:
            ask(interface, path, headers=(sign_in(user),) if user else ())
        first, second = traces[0], traces[1]
        for trace in (first, second):
            store.on_begin(trace)
        return first, second, visitor.get(f"compare/{first.id}/{second.id}/")

    return compare


@pytest.mark.parametrize("interface", INTERFACES)
def test_both_are_shown_with_the_sentence_and_every_stage(visitor, pair, interface):
    first, second, answer = pair(visitor, ("/products/", "john"), ("/products/", "mallory"), interface=interface)
    text = answer.text
    assert answer.status == 200
    assert "403 instead of 200" in text
    assert f'data-first="{first.id}" data-second="{second.id}"' in text
    assert ">as john<" in text
    assert ">as mallory<" in text
    assert re.findall(r'<section class="cmp-stage chip-(\w+)', text)[:3] == [
        "client_request",
        "server_request",
        "request_middleware",
    ]
    assert text.count('<section class="cmp-stage') == 10


def test_a_difference_leads_to_the_event_in_its_own_request(visitor, pair):
    first, second, answer = pair(visitor, ("/products/", ""), ("/best-rated/", ""))
    links = re.findall(r'<td class="cell-(\w+)"><a href="#trace=(\w+)" data-open="(\w+)" data-seq="(\d+)"', answer.text)
    assert links
    for which, href, opened, seq in links:
        trace = {"first": first, "second": second}[which]
        assert href == opened == trace.id
        assert int(seq) < len(trace.as_dict()["events"])


def test_bars_are_drawn_without_inline_styles(visitor, pair):
    _, _, answer = pair(visitor, ("/products/", ""), ("/best-rated/", ""))
    widths = [float(width) for width in re.findall(r'<rect width="([\d.]+)"', answer.text)]
    assert max(widths) == 100
    assert "style=" not in answer.text


def test_what_is_no_longer_kept_is_named(visitor, kept_trace):
    trace = kept_trace()
    answer = visitor.get(f"compare/{trace.id}/0123456789abcdef/")
    assert answer.status == 404
    assert "0123456789abcdef" in answer.text
    assert "MAX_TRACES" in answer.text


def test_a_path_cannot_smuggle_markup(visitor, kept_trace):
    first, second = kept_trace("/<b>x</b>/"), kept_trace("/y/")
    assert "<b>x" not in visitor.get(f"compare/{first.id}/{second.id}/").text
