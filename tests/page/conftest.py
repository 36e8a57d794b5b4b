"""Visits of the pages as a server makes them: by WSGI, checked for conformance, and by ASGI."""

import asyncio
import io
import json
from dataclasses import dataclass
from http.cookies import SimpleCookie
from types import SimpleNamespace
from wsgiref.validate import validator

import pytest
from asgiref.testing import ApplicationCommunicator

from visualizer.page.front import Front
from visualizer.recorder import Trace
from visualizer.stores.memory import store

ORIGIN = "http://localhost:8000"


@dataclass
class Answer:
    """What a visitor got."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: SimpleCookie

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


def _answer(status, pairs, body):
    cookies = SimpleCookie()
    for name, value in pairs:
        if name.lower() == "set-cookie":
            cookies.load(value)
    return Answer(status, dict(pairs), body, cookies)


class Visitor:
    """A browser on this machine that keeps its cookies. Paths are relative to the mount, or begin with a slash."""

    def __init__(self, front):
        self.front, self.script_name = front, ""
        self.jar: dict[str, str] = {}

    def get(self, path="", **options):
        return self.visit("GET", path, **options)

    def post(self, path, body="", content_type="application/x-www-form-urlencoded", headers=None, **options):
        headers = {"Origin": ORIGIN, "Content-Type": content_type, **(headers or {})}
        return self.visit("POST", path, body=body, headers=headers, **options)

    def visit(self, method, path, body="", headers=None, address="127.0.0.1"):
        environ = self._environ(method, path if path.startswith("/") else f"/__visualizer__/{path}", body, address)
        for name, value in (headers or {}).items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        started = SimpleNamespace()

        def start_response(status, pairs, exc_info=None):
            started.status, started.pairs = int(status[:3]), pairs
            return lambda data: None

        chunks = validator(self.front.wsgi)(environ, start_response)
        body = b"".join(chunks)
        chunks.close()
        answer = _answer(started.status, started.pairs, body)
        self.jar.update({name: morsel.value for name, morsel in answer.cookies.items()})
        return answer

    def _environ(self, method, path, body, address):
        path, _, query = path.partition("?")
        body = body.encode() if isinstance(body, str) else body
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": self.script_name,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": address,
            "HTTP_HOST": "localhost:8000",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "CONTENT_LENGTH": str(len(body)),
        }
        if self.jar:
            environ["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        return environ

    def visit_asgi(self, method, path, body=b"", headers=(), **scope):
        return asyncio.run(self._visit_asgi(method, path, body, headers, scope))

    async def _visit_asgi(self, method, path, body, headers, scope):
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path if path.startswith("/") else f"/__visualizer__/{path}",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"localhost:8000"), *headers],
            "client": ("127.0.0.1", 5000),
            "server": ("127.0.0.1", 8000),
            **scope,
        }
        asgi = ApplicationCommunicator(self.front.asgi, scope)
        await asgi.send_input({"type": "http.request", "body": body})
        start = await asgi.receive_output(10)
        chunks = [await asgi.receive_output(10)]
        while chunks[-1].get("more_body"):
            chunks.append(await asgi.receive_output(10))
        await asgi.wait(10)
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
        return _answer(start["status"], pairs, b"".join(chunk["body"] for chunk in chunks))


@pytest.fixture(autouse=True)
def _open_door(settings):
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = []
    settings.VISUALIZER = {}


@pytest.fixture
def front():
    return Front()


@pytest.fixture
def visitor(front):
    return Visitor(front)


@pytest.fixture
def kept_trace():
    """Return a function that puts a trace into the store, which is emptied afterwards."""
    store.clear()

    def keep(path="/products/", finished=True):
        trace = Trace("asgi", "ASGIHandler", None, lambda _: ("GET", path, "", [("host", "localhost")]))
        trace.point(0, 0, "client_request", "client", f"GET {path}", {"method": "GET", "path": path})
        if finished:
            trace.finish(1)
        store.on_begin(trace)
        return trace

    yield keep
    store.clear()


@pytest.fixture
def broken_project(settings, tmp_path, monkeypatch):
    """A project whose URLconf, middleware and templates cannot even be imported."""
    (tmp_path / "tests_broken_urls.py").write_text("import no_such_module_at_all")
    monkeypatch.syspath_prepend(tmp_path)
    settings.ROOT_URLCONF = "tests_broken_urls"
    settings.MIDDLEWARE = ["no.such.Middleware"]
    settings.TEMPLATES = [{"BACKEND": "no.such.Engine"}]
