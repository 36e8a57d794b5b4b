"""The sentences, read aloud for real requests to the demonstration shop: short, exact, true."""

import re

import pytest

from config.scenarios import SCENARIOS
from tests.driving import ask, sign_in
from visualizer.control.play import play
from visualizer.control.scenarios import Scenario
from visualizer.lessons.reading import Reading
from visualizer.lessons.sentences import outcome_sentence, sentence_of


@pytest.fixture
def recorded(shop, traces):
    """Return a function that sends a scenario through the project's own handler and gives its trace."""

    def record(scenario, *headers, interface="wsgi"):
        cookie = (sign_in(scenario["user"]),) if scenario["user"] else ()
        headers = (*scenario["headers"].items(), *headers, *cookie)
        ask(interface, scenario["path"], method=scenario["method"], headers=headers, body=scenario["body"].encode())
        return traces.only

    return record


def named(name):
    return next(scenario for scenario in SCENARIOS if scenario["name"] == name)


def told(trace):
    """Every sentence of a trace, in order, with its event's kind and phase."""
    reading = Reading(trace)
    return [(event["kind"], event["phase"], sentence_of(reading, event)) for event in reading.events]


def timeless(sentence):
    """The sentence with its durations as a dot: they differ from run to run."""
    return re.sub(r"[\d.,]+ (ns|µs|ms|s)\b", "·", sentence)


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_every_sentence_of_every_scenario_is_short_and_whole(scenario, shop, traces):
    played = [trace.as_dict() for trace in play(Scenario(**scenario), "asgi")]
    for _, _, sentence in [line for trace in played for line in [*told(trace), ("", "", outcome_sentence(trace))]]:
        assert re.fullmatch(r"[^\s{}].*[.!?]", sentence), sentence
        assert len(sentence) < 360, sentence
        # A cache's keys have two dots where a part of them is empty.
        words = re.sub(r"views\.decorators\.cache\.\S+", "a key", sentence)
        assert not re.search(r"None(?! of)|  |\.\.|\{|\}| \.", words), sentence


def test_johns_page_layer_by_layer(recorded):
    trace = recorded(named("John's product page"), ("Accept-Encoding", "gzip"))
    layers = [timeless(sentence) for kind, phase, sentence in told(trace) if (kind, phase) == ("middleware", "enter")]
    assert "GZipMiddleware passes the request on after · of its own; no change to it was seen." in layers
    assert any(
        re.fullmatch(
            r"AuthenticationMiddleware adds request\.user and request\.auser, then passes the request on after · "
            r"of its own\. request\.user is lazy: the first query on auth_user comes later, "
            r"from shop/middleware\.py line \d+\.",
            layer,
        )
        for layer in layers
    )
    assert (
        "BannedUserMiddleware evaluates request.user, then passes the request on after · of its own. "
        "3 queries ran inside it." in layers
    )


def test_johns_page_under_asgi(recorded):
    trace = recorded(named("John's product page"), ("Accept-Encoding", "gzip"), interface="asgi")
    sentences = [timeless(sentence) for _, _, sentence in told(trace)]
    assert "The request has no body." in sentences
    assert any(
        re.fullmatch(
            r"Django calls the view product_detail, through require_http_methods\. "
            r"It runs in thread \S+; the server called Django in \S+\.",
            s,
        )
        for s in sentences
    )
    assert re.fullmatch(
        r"ASGIHandler is done after ·: it sent [\d.]+ kB of body in 1 chunk\. "
        r"The last · of that came after the response had been sent\.",
        sentences[-1],
    )


def test_johns_page_from_the_resolver_to_the_way_out(recorded):
    trace = recorded(named("John's product page"), ("Accept-Encoding", "gzip"))
    sentences = [timeless(sentence) for _, _, sentence in told(trace)]
    assert (
        "products/<slug:slug>/ matches after 5 patterns that did not. "
        "It leads to the view product_detail, with slug = 'wireless-headphones'." in sentences
    )
    assert "CsrfViewMiddleware.process_view looks at the call of product_detail and lets it go ahead." in sentences
    assert "Django calls the view product_detail, through require_http_methods." in sentences
    assert any(s.startswith("Is the permission shop.view_member_price granted? Yes.") for s in sentences)
    assert any(s.startswith("Django's template engine renders shop/product_detail.html.") for s in sentences)
    assert any(
        re.match(r"On the way out GZipMiddleware shrinks the body from [\d.]+ kB to [\d.]+ kB", s) for s in sentences
    )
    assert timeless(outcome_sentence(trace)) == "Completed: product_detail answered 200."


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("Unknown URL", r"Not found after \d+ patterns: none matches /no/such/page/\."),
        ("Missing slash", r"Stopped by CommonMiddleware: it answered 301, and the view never ran\."),
        ("Banned user", r"Stopped by BannedUserMiddleware: it answered 403, and the view never ran\."),
        ("CSRF failure", r"Stopped by CsrfViewMiddleware: it answered 403, and the view never ran\."),
        ("Error in a view", r"Failed in average_order: a ZeroDivisionError became Django's own 500 error response\."),
        ("No such product", r"Not found: product_detail raised Http404\."),
        ("JSON API", r"Completed: product answered 200\."),
    ],
)
def test_the_outcome_names_who_decided_it(name, outcome, recorded):
    assert re.fullmatch(outcome, timeless(outcome_sentence(recorded(named(name)))))


def test_the_banned_user_is_turned_round_where_the_layer_answered(recorded):
    sentences = [timeless(sentence) for _, _, sentence in told(recorded(named("Banned user")))]
    assert (
        "BannedUserMiddleware answers 403 itself after ·; it never passes the request on. "
        "The 4 layers below it and the view never ran." in sentences
    )


def test_the_error_is_told_with_its_line(recorded):
    sentences = [sentence for kind, _, sentence in told(recorded(named("Error in a view"))) if kind == "exception"]
    assert re.fullmatch(
        r"A ZeroDivisionError came out of average_order, raised at shop/views\.py line \d+: division by zero\. "
        r"Django's own error handling made a 500 response of it\.",
        sentences[0],
    )
