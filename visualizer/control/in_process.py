"""Sends a request through the project's own handler in this process, without any server, and returns its trace."""

import asyncio
import io
import sys
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler

from visualizer.errors import VisualizerError
from visualizer.lifecycle import is_ignored
from visualizer.recorder import Trace, add_sink, remove_sink

SERVER_NAME = "manage.py trace"
_ALLOWED_IN_QUERY = "%!$&'()*+,;=:@/?[]~-._"


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """What is sent: `target` is the path with its query string, headers are pairs of name and value."""

    method: str
    target: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path as a server hands it over: unescaped, without the fragment that no client sends."""
        return unquote(self.target.partition("#")[0].partition("?")[0])

    @property
    def query_string(self) -> str:
        """The query string as a client sends it: escaped."""
        return quote(self.target.partition("#")[0].partition("?")[2], safe=_ALLOWED_IN_QUERY)

    def all_headers(self) -> list[tuple[str, str]]:
        """The headers given, with the Host and Content-Length that any client would add."""
        given = {name.lower() for name, _ in self.headers}
        added = [] if "host" in given else [("Host", _host())]
        if self.body and "content-length" not in given:
            added.append(("Content-Length", str(len(self.body))))
        return added + self.headers


class NotRecorded(VisualizerError):
    """Requests for this path are never recorded."""

    def __init__(self, path: str) -> None:
        super().__init__(f"requests for {path!r} are not recorded: see VISUALIZER['IGNORE'] and ['MOUNT'].")
        self.path = path


class _FirstTrace:
    """A sink that keeps the first trace begun: others may be begun by the request itself."""

    def __init__(self) -> None:
        self.trace: Trace | None = None

    def on_begin(self, trace: Trace) -> None:
        self.trace = self.trace or trace

    def on_end(self, trace: Trace) -> None:
        pass


def run(request: OutgoingRequest, interface: str) -> Trace:
    """Send the request by `asgi` or `wsgi` and return its finished trace. The probes must be installed.

    Raises NotRecorded.
    """
    if is_ignored(request.path):
        raise NotRecorded(request.path)
    sink = _FirstTrace()
    add_sink(sink)
    try:
        asyncio.run(_run_asgi(request)) if interface == "asgi" else _run_wsgi(request)
    finally:
        remove_sink(sink)
    if sink.trace is None:
        raise NotRecorded(request.path)
    return sink.trace


class _Outbox:
    """ASGI's `send`: takes the messages and throws them away."""

    server_name = SERVER_NAME

    async def __call__(self, message: dict[str, Any]) -> None:
        pass


async def _run_asgi(request: OutgoingRequest) -> None:
    messages = [{"type": "http.request", "body": request.body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        # A client that stays until it is answered.
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    await ASGIHandler()(_scope(request), receive, _Outbox())  # type: ignore[arg-type]


def _scope(request: OutgoingRequest) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": quote(request.path).encode(),
        "query_string": request.query_string.encode(),
        "root_path": "",
        "headers": [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in request.all_headers()],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
    }


def _run_wsgi(request: OutgoingRequest) -> None:
    response = WSGIHandler()(_environ(request), lambda status, headers, exc_info=None: None)  # type: ignore[arg-type]
    try:
        for _ in response:
            pass
    finally:
        response.close()


def _environ(request: OutgoingRequest) -> dict[str, Any]:
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.query_string,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": SERVER_NAME,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": True,
    }
    return environ | {_key(name): value for name, value in request.all_headers()}


def _key(header: str) -> str:
    key = header.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def _host() -> str:
    named = [host for host in settings.ALLOWED_HOSTS if host != "*" and not host.startswith(".")]
    return named[0] if named else "localhost"
