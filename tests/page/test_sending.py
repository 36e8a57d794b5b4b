"""The page has the server send what no browser sends."""

import json

import pytest
from django.contrib.sessions.models import Session

from tests.driving import one
from visualizer.page.sending import SERVER_NAME

PREFLIGHT = {
    "method": "OPTIONS",
    "path": "/api/products/1/",
    "headers": [["Origin", "https://partner.example"], ["Access-Control-Request-Method", "GET"]],
    "body": "",
    "abort_after_ms": None,
}
BOTH = pytest.mark.parametrize("visit", ["wsgi", "asgi"])


@pytest.fixture
def send(visitor):
    """Return a function that sends a request by the page, itself visited by `wsgi` or `asgi`, and gives the answer."""

    def sent(visit, **told):
        body = json.dumps(PREFLIGHT | told)
        if visit == "wsgi":
            return visitor.post("send/", body, content_type="application/json")
        headers = [(b"origin", b"http://localhost:8000"), (b"content-type", b"application/json")]
        cookies = "; ".join(f"{name}={value}" for name, value in visitor.jar.items())
        headers += [(b"cookie", cookies.encode())] if cookies else []
        return visitor.visit_asgi("POST", "send/", body.encode(), headers)

    return sent


@BOTH
def test_a_preflight_goes_through_the_projects_handler_and_is_recorded(send, shop, traces, visit):
    answer = send(visit)
    assert answer.status == 200
    assert answer.json["status"] == 200
    assert ["access-control-allow-origin", "https://partner.example"] in answer.json["headers"]
    assert traces.only["outcome"]["by"] == "corsheaders.middleware.CorsMiddleware"
    assert (traces.only["process"]["interface"], traces.only["process"]["server"]) == (visit, SERVER_NAME)


@BOTH
def test_the_browsers_own_cookies_are_sent_along(send, shop, visitor, traces, visit):
    assert visitor.post("sign-in/", "user=john").status == 204
    assert Session.objects.exists()
    assert "Hello, John" in send(visit, method="GET", path="/cart/").json["body"]
    assert one(traces.only, "client", "point")["detail"]["cookies"] == ["csrftoken", "sessionid"]


@BOTH
def test_a_cookie_that_is_given_is_sent_instead(send, shop, visitor, visit):
    visitor.post("sign-in/", "user=john")
    answer = send(visit, method="GET", path="/cart/", headers=[["Cookie", "sessionid=nonsense"]])
    assert "Hello, John" not in answer.json["body"]


@BOTH
def test_a_body_is_sent(send, shop, traces, visit):
    send(visit, method="POST", path="/cart/add/", body="product=1")
    assert one(traces.only, "client", "point")["detail"]["body_bytes"] == len("product=1")


def test_a_client_that_hangs_up_is_played_too(send, shop, traces):
    assert send("asgi", method="GET", path="/api/stock/live/", abort_after_ms=300).status == 200
    assert traces.only["outcome"]["kind"] == "disconnected"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"method": "BREW"}, "'BREW'"),
        ({"method": None}, "None"),
        ({"path": "products/"}, "'products/'"),
        ({"path": "//elsewhere.example/"}, "one slash"),
        ({"path": 1}, "1"),
        ({"headers": [["A", "b", "c"]]}, "a name and a value"),
        ({"headers": [["A", 1]]}, "a name and a value"),
        ({"headers": "Origin: x"}, "a name and a value"),
        ({"headers": [["A", "1\nB: 2"]]}, "is not a header"),
        ({"body": 7}, "7"),
        ({"abort_after_ms": -1}, "-1"),
        ({"abort_after_ms": "soon"}, "'soon'"),
        ({"colour": "green"}, "abort_after_ms, body, headers, method, path"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_sent(send, traces, told, said):
    answer = send("wsgi", **told)
    assert answer.status == 422
    assert said in answer.text
    assert traces == []


def test_what_is_no_json_is_refused(visitor):
    assert visitor.post("send/", "{").status == 422


def test_without_debug_the_server_sends_nothing(visitor, settings, monkeypatch, traces):
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.VISUALIZER = {"ACCESS": "tests.page.test_sending.anybody"}
    answer = visitor.post("send/", json.dumps(PREFLIGHT))
    assert answer.status == 409
    assert "DEBUG" in answer.text
    assert traces == []


def anybody(request):
    return True
