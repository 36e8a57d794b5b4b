import pytest

from tests.lessons.sample import Sample
from visualizer.lessons.sentences import sentence_for

IN, OUT = "server_request", "server_response"


@pytest.mark.parametrize(
    ("interface", "called"),
    [("asgi", "with an ASGI scope"), ("wsgi", "with a WSGI environ"), ("test", "with a request")],
)
def test_the_server_calls_the_handler(interface, called):
    sample = Sample()
    sample.enter("server", "ASGIHandler", IN, interface=interface, http_version="1.1")
    assert sentence_for(sample.as_dict(), 0) == f"daphne/4.2 calls ASGIHandler {called} (HTTP/1.1)."


def test_what_was_left_out_of_the_chain_is_named_with_its_reason():
    sample = Sample()
    unused = [
        {"path": "shop.middleware.Beta", "reason": "no beta here"},
        {"path": "shop.middleware.Old", "reason": None},
    ]
    sample.enter("server", "ASGIHandler", IN, interface="asgi", unused=unused)
    assert sentence_for(sample.as_dict(), 0) == (
        "daphne/4.2 calls ASGIHandler with an ASGI scope. "
        "Beta (no beta here) and Old asked to be left out of the chain when it was built."
    )


def test_a_server_that_is_not_known_is_not_named():
    sample = Sample(process={"server": None})
    sample.enter("server", "WSGIHandler", IN, interface="wsgi")
    assert sentence_for(sample.as_dict(), 0) == "The server calls WSGIHandler with a WSGI environ."


@pytest.mark.parametrize(
    ("name", "detail", "said"),
    [
        ("http.request", {"bytes": 0, "more": False}, "The request has no body."),
        ("http.request", {"bytes": 9, "more": False},
         "The server hands over 9 bytes of the request's body; that completes it."),
        ("http.request", {"bytes": 8_192, "more": True},
         "The server hands over 8.19 kB of the request's body; more follows."),
        ("http.disconnect", {}, "The server reports that the client has disconnected."),
        ("http.response.start", {"status": 200, "headers": 11},
         "The handler sends status 200 and 11 headers; the body comes next."),
        ("http.response.start", {"status": 304, "headers": 2}, "The handler sends status 304 and 2 headers."),
        ("start_response", {"status": 404, "reason": "Not Found", "headers": 1},
         "The handler sends status 404 Not Found and 1 header; the body comes next."),
        ("http.response.body", {"bytes": 9, "more": True}, "The handler sends 9 bytes of body; more follows."),
        ("http.response.body", {"bytes": 9, "more": False},
         "The handler sends 9 bytes of body, and that completes the response."),
        ("body", {"bytes": 9}, "The handler sends 9 bytes of body."),
        ("body", {"bytes": 9, "made_ns": 4_000_000, "wait_ns": 2_000_000},
         "The handler sends 9 bytes of body. The application took 4 ms to make it. "
         "Before it asked for this part, the server was busy with the one before for 2 ms."),
        ("http.response.body", {"bytes": 9, "more": True, "wait_ns": 3_000_000},
         "The handler sends 9 bytes of body; more follows. It took the server 3 ms."),
        ("http.response.body", {"bytes": 9, "more": True, "error": {"type": "OSError", "message": "gone"}},
         "The handler sends 9 bytes of body; more follows. That failed with an OSError: gone."),
        ("http.request", {"bytes": 9, "more": True, "wait_ns": 5_000_000},
         "The server hands over 9 bytes of the request's body; more follows. It was waited for 5 ms."),
        ("close", {}, "The server closes the response."),
        ("close", {"early": False, "wait_ns": 2_000_000},
         "The server closes the response. It was busy with what it had got for 2 ms."),
        ("close", {"early": True, "wait_ns": 2_000},
         "The server closes the response before its end, as servers do when the client has gone."),
        ("closed", {"took_ns": 8_000},
         "The response is closed, and request_finished has been sent: that took 8 µs."),
        ("wsgi.input", {"bytes": 9, "left": 5},
         "The application reads 9 bytes of the request's body; still to be read: 5 bytes."),
        ("wsgi.input", {"bytes": 9, "left": 0, "wait_ns": 2_000_000},
         "The application reads 9 bytes of the request's body, and that completes it. It was waited for 2 ms."),
        ("wsgi.input", {"bytes": 0, "left": 5},
         "The application reads the request's body and gets nothing: the client has stopped sending it."),
        ("http.response.push", {}, "The handler and the server exchange http.response.push."),
    ],
)  # fmt: skip
def test_each_message_is_told(name, detail, said):
    sample = Sample()
    sample.point("server", name, OUT, **detail)
    assert sentence_for(sample.as_dict(), 0) == said


def test_an_empty_message_after_others_ends_the_body():
    sample = Sample()
    sample.point("server", "http.request", IN, bytes=9, more=True)
    sample.point("server", "http.request", IN, bytes=0, more=False)
    assert sentence_for(sample.as_dict(), 1) == "The request's body is complete."


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ({"body_bytes": 5_200, "chunks": 2}, "ASGIHandler is done after 1 µs: it sent 5.2 kB of body in 2 chunks."),
        ({"body_bytes": None}, "ASGIHandler is done after 1 µs."),
        ({"error": {"type": "CancelledError", "message": None}}, "ASGIHandler ends after 1 µs with a CancelledError."),
    ],
)
def test_the_end_of_the_handler(left, said):
    sample = Sample()
    sample.enter("server", "ASGIHandler", IN)
    assert sentence_for(sample.as_dict(), sample.exit(OUT, **left)) == said


@pytest.mark.parametrize(
    ("interface", "name", "detail", "told"),
    [
        ("asgi", "http.response.body", {"more": False}, True),
        ("asgi", "http.response.body", {"more": True}, False),
        ("asgi", "http.response.body", {"more": False, "error": {"type": "OSError"}}, False),
        ("wsgi", "close", {"early": False}, True),
        ("wsgi", "close", {"early": True}, False),
        ("test", "close", {"early": False}, False),
    ],
)
def test_the_end_tells_what_came_after_the_response_had_been_sent(interface, name, detail, told):
    sample = Sample(process={"interface": interface})
    sample.enter("server", "Handler", IN)
    sample.point("server", name, OUT, **detail)
    said = sentence_for(sample.as_dict(), sample.exit(OUT, body_bytes=1, chunks=1))
    assert ("The last 1 µs of that came after the response had been sent." in said) is told


@pytest.mark.parametrize(("method", "sent", "told"), [("HEAD", 900, True), ("HEAD", 0, False), ("GET", 900, False)])
def test_a_body_for_head_is_said_to_be_kept_by_the_server(method, sent, told):
    sample = Sample(request={"method": method, "path": "/", "query_string": "", "headers": []})
    sample.enter("server", "ASGIHandler", IN)
    said = sentence_for(sample.as_dict(), sample.exit(OUT, body_bytes=sent, chunks=1))
    assert ("HEAD is answered without a body: the server keeps it." in said) is told
