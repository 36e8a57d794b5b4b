"""Sends a request through the project's own handler in this process, without any server."""

import asyncio
import io
import re
import sys
import time
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
# RFC 9110, 5.1 and 5.5: a token, and characters that are neither control characters nor outside Latin-1.
_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def is_header(name: str, value: str) -> bool:
    """Whether a client could send this header."""
    return bool(_NAME.fullmatch(name) and _VALUE.fullmatch(value))


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """What is sent: `target` is the path with its query string, headers are pairs of name and value.

    After `abort_after_ms` the client goes away; None is a client that stays until it is answered.
    """

    method: str
    target: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    abort_after_ms: int | None = None

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


@dataclass(slots=True)
class Answer:
    """What the client would have received; of an aborted request, until then. Status 0: nothing at all."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of this name."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), None)


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


def exchange(request: OutgoingRequest, interface: str, server_name: str = SERVER_NAME) -> Answer:
    """Send the request by `asgi` or `wsgi` and return what came back. For a thread without an event loop."""
    if interface == "asgi":
        return asyncio.run(_run_asgi(request, server_name))
    return _run_wsgi(request, server_name)


def run(request: OutgoingRequest, interface: str) -> Trace:
    """Send the request by `asgi` or `wsgi` and return its finished trace. The probes must be installed.

    Raises NotRecorded.
    """
    return run_and_answer(request, interface)[0]


def run_and_answer(request: OutgoingRequest, interface: str) -> tuple[Trace, Answer]:
    """Likewise, with what came back."""
    if is_ignored(request.path):
        raise NotRecorded(request.path)
    sink = _FirstTrace()
    add_sink(sink)
    try:
        answer = exchange(request, interface)
    finally:
        remove_sink(sink)
    if sink.trace is None:
        raise NotRecorded(request.path)
    return sink.trace, answer


class _Outbox:
    """ASGI's `send`: takes the messages."""

    def __init__(self, server_name: str) -> None:
        self.server_name = server_name
        self.answer = Answer()

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.answer.status = message["status"]
            self.answer.headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in message["headers"]]
        else:
            self.answer.body += message.get("body", b"")


async def _run_asgi(request: OutgoingRequest, server_name: str) -> Answer:
    messages = [{"type": "http.request", "body": request.body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        if request.abort_after_ms is None:
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep((request.abort_after_ms or 0) / 1000)
        return {"type": "http.disconnect"}

    outbox = _Outbox(server_name)
    await ASGIHandler()(_scope(request), receive, outbox)  # type: ignore[arg-type]
    return outbox.answer


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


def _run_wsgi(request: OutgoingRequest, server_name: str) -> Answer:
    answer = Answer()

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        answer.status, answer.headers = int(status.split()[0]), list(headers)

    end = None if request.abort_after_ms is None else time.monotonic() + request.abort_after_ms / 1000
    response = WSGIHandler()(_environ(request, server_name), start_response)  # type: ignore[arg-type]
    try:
        for part in response:
            answer.body += part
            # A WSGI server learns that the client has gone when it writes, and then asks for no more.
            if end is not None and time.monotonic() > end:
                break
    finally:
        response.close()
    return answer


def _environ(request: OutgoingRequest, server_name: str) -> dict[str, Any]:
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.query_string,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": server_name,
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
