"""The front answers below the mount by itself, whatever the project is like, and leaves no trace in it."""

import asyncio
import logging
import subprocess
import sys

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core import signals
from django.db import connection

from visualizer.page import views
from visualizer.recorder import add_sink, remove_sink

BOTH = pytest.mark.parametrize("visit", ["visit", "visit_asgi"])


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        ("/__visualizer__/", True),
        ("/__visualizer__", True),
        ("/__visualizer__/traces/", True),
        ("/__visualizer__/no/such/page", True),
        ("/", False),
        ("/__visualizer__x/", False),
        ("/products/", False),
        ("/products/__visualizer__/", False),
        ("", False),
    ],
)
def test_what_lies_below_the_mount_is_ours(front, path, is_ours):
    assert front.owns(path) is is_ours


def test_the_mount_can_be_moved(front, settings):
    settings.VISUALIZER = {"MOUNT": "/dev/cycle/"}
    assert front.owns("/dev/cycle/traces/")
    assert not front.owns("/__visualizer__/")


def test_the_root_is_ours_only_if_the_settings_say_so(front, settings):
    settings.VISUALIZER = {"PAGE_AT_ROOT": True}
    assert front.owns("/")
    assert not front.owns("/products/")


def test_where_nobody_can_be_admitted_nothing_is_ours(front, settings):
    settings.DEBUG = False
    assert not front.owns("/__visualizer__/")
    settings.VISUALIZER = {"ACCESS": "some.test"}
    assert front.owns("/__visualizer__/")


def test_wrong_settings_break_no_request_of_the_project(front, settings):
    settings.VISUALIZER = {"MUONT": "/x/"}
    assert not front.owns("/__visualizer__/")


@BOTH
def test_a_page_is_served(visitor, visit):
    answer = getattr(visitor, visit)("GET", "traces/")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


@BOTH
def test_an_unknown_path_is_a_plain_404(visitor, visit):
    answer = getattr(visitor, visit)("GET", "no/such/page")
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/plain; charset=utf-8")
    assert "/__visualizer__/no/such/page" in answer.text


@BOTH
def test_the_mount_without_its_slash_redirects(visitor, visit):
    answer = getattr(visitor, visit)("GET", "/__visualizer__")
    assert (answer.status, answer.headers["Location"]) == (302, "/__visualizer__/")


@BOTH
def test_a_wrong_method_is_a_405(visitor, visit):
    origin = [(b"origin", b"http://localhost:8000")]
    headers = origin if visit == "visit_asgi" else {"Origin": "http://localhost:8000"}
    assert getattr(visitor, visit)("POST", "traces/", headers=headers).status == 405


@pytest.mark.django_db(transaction=True)
@BOTH
def test_a_project_that_cannot_be_imported_still_has_the_page(visitor, broken_project, visit):
    answer = getattr(visitor, visit)("GET", "")
    assert answer.status == 200
    assert "/__visualizer__/" in answer.text
    assert getattr(visitor, visit)("GET", "no/such/page").status == 404


@pytest.mark.django_db(transaction=True)
def test_the_script_name_is_part_of_the_pages_paths(visitor):
    visitor.script_name = "/app"
    assert 'data-mount="/app/__visualizer__/"' in visitor.get().text
    assert visitor.get("/__visualizer__").headers["Location"] == "/app/__visualizer__/"


@pytest.mark.django_db(transaction=True)
def test_the_root_path_is_part_of_the_pages_paths(visitor):
    answer = visitor.visit_asgi("GET", "/app/__visualizer__/", root_path="/app")
    assert 'data-mount="/app/__visualizer__/"' in answer.text


@pytest.mark.django_db(transaction=True)
def test_the_page_can_be_at_the_root_too(visitor, settings):
    settings.VISUALIZER = {"PAGE_AT_ROOT": True}
    assert 'data-mount="/__visualizer__/"' in visitor.get("/").text


@pytest.fixture
def signals_sent():
    """The names of the project's request signals that were sent meanwhile."""
    names = ("request_started", "request_finished", "got_request_exception")
    seen = []
    receivers = {name: lambda name=name, **kwargs: seen.append(name) for name in names}
    for name, receiver in receivers.items():
        getattr(signals, name).connect(receiver)
    yield seen
    for name, receiver in receivers.items():
        getattr(signals, name).disconnect(receiver)


@BOTH
def test_the_projects_signals_are_not_sent(visitor, signals_sent, visit):
    for path in ("traces/", "no/such/page", "frame/"):
        getattr(visitor, visit)("GET", path)
    assert signals_sent == []


@pytest.mark.django_db(transaction=True)
@BOTH
def test_nothing_of_it_is_recorded(visitor, visit):
    begun = []

    class Sink:
        def on_begin(self, trace):
            begun.append(trace)

        def on_end(self, trace):
            pass

    sink = Sink()
    add_sink(sink)
    try:
        getattr(visitor, visit)("GET", "")
    finally:
        remove_sink(sink)
    assert begun == []


@pytest.mark.django_db(transaction=True)
def test_database_connections_are_given_back(visitor, monkeypatch):
    closed = []
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: closed.append(True))
    visitor.get()
    assert closed


@BOTH
def test_a_fault_of_ours_is_a_plain_500_and_logged(visitor, monkeypatch, caplog, signals_sent, visit):
    monkeypatch.setattr(views, "store", None)
    with caplog.at_level(logging.ERROR, logger="visualizer.page"):
        answer = getattr(visitor, visit)("GET", "traces/")
    assert (answer.status, answer.headers["Content-Type"]) == (500, "text/plain; charset=utf-8")
    assert "AttributeError" in answer.text
    assert "visualizer.page" in {record.name for record in caplog.records}
    assert signals_sent == []


def test_a_client_that_leaves_early_is_no_error(front):
    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        raise AssertionError

    asyncio.run(front.asgi({"type": "http", "path": "/__visualizer__/"}, receive, send))


@pytest.mark.parametrize(("path", "answer"), [("live/", "accept"), ("", "close"), ("liver/", "close")])
async def test_the_socket_has_its_path(front, path, answer):
    scope = {
        "type": "websocket",
        "path": f"/app/__visualizer__/{path}",
        "root_path": "/app",
        "headers": [(b"host", b"localhost:8000"), (b"origin", b"http://localhost:8000")],
        "client": ("127.0.0.1", 5000),
    }
    socket = ApplicationCommunicator(front.asgi, scope)
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(10))["type"] == f"websocket.{answer}"
    if answer == "accept":
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait(10)


@BOTH
def test_every_answer_is_guarded_by_headers(visitor, visit):
    for path in ("traces/", "no/such/page", "static/vendor/htmx.min.js", "traces/x.json"):
        headers = getattr(visitor, visit)("GET", path).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "connect-src 'self' ws://localhost:8000;" in policy
        assert "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cache-Control"] == ("no-cache" if path.startswith("static") else "no-store")


CLOSED = [
    ({"address": "203.0.113.9"}, "203.0.113.9"),
    ({"headers": {"X-Forwarded-For": "203.0.113.9"}}, "X-Forwarded-For"),
    ({"headers": {"Host": "evil.example"}}, "evil.example"),
]


@pytest.mark.parametrize(("visit", "reason"), CLOSED)
@pytest.mark.parametrize("path", ["", "traces/", "traces/x.json", "frame/", "static/main.js", "no/such/page"])
def test_the_door_is_closed_to_all_but_this_machine_and_says_why(visitor, path, visit, reason):
    answer = visitor.get(path, **visit)
    assert answer.status == 403
    assert reason in answer.text


def test_without_debug_the_door_says_nothing(visitor, settings):
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["localhost"]
    answer = visitor.get()
    assert answer.status == 403
    assert "DEBUG" not in answer.text


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://localhost:8001", ""])
@pytest.mark.parametrize("path", ["sign-in/", "send/", "traces/abc/client/"])
def test_another_site_can_change_nothing(visitor, path, origin):
    answer = visitor.post(path, "user=", headers={"Origin": origin})
    assert answer.status == 403
    assert "Origin" in answer.text


def test_no_origin_is_no_better_than_a_foreign_one(visitor):
    assert visitor.visit("POST", "sign-in/", body="user=").status == 403


def test_the_front_touches_nothing_of_the_project_when_it_is_made():
    script = """
import sys
from django.conf import settings
settings.configure(INSTALLED_APPS=[], ROOT_URLCONF="no_such_urls", MIDDLEWARE=["no.such.Middleware"])
import django
django.setup()
from visualizer.page.front import Front
assert not Front().owns("/products/")
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_project_without_users_sessions_and_database_has_the_page_too():
    script = """
import io
from django.conf import settings
settings.configure(INSTALLED_APPS=["visualizer"], DEBUG=True, ROOT_URLCONF="no_such_urls")
import django
django.setup()
from visualizer.page.front import Front

def ask(method, path, **more):
    statuses = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "SERVER_NAME": "localhost", "SERVER_PORT": "80",
               "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost", "wsgi.url_scheme": "http",
               "wsgi.input": io.BytesIO(), **more}
    body = b"".join(Front().wsgi(environ, lambda status, headers: statuses.append(status[:3])))
    return statuses[0], body

assert ask("GET", "/__visualizer__/")[0] == "200"
status, body = ask("POST", "/__visualizer__/sign-in/", HTTP_ORIGIN="http://localhost")
assert (status, b"django.contrib.auth" in body) == ("409", True)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
