"""One request through Django's own handler, and when its last byte was handed over and when all was done."""

import asyncio
import io
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

# The page to ask for; the leading example unless the environment of the run says otherwise.
PATH = os.environ.get("BENCH_PATH", "/products/wireless-headphones/")
HEADERS = {
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-encoding": "gzip, deflate, br",
    "accept-language": "en-US,en;q=0.9",
    "host": "127.0.0.1:8000",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and after how many nanoseconds."""

    status: int
    body: bytes
    to_response_ns: int
    in_all_ns: int


def ask_wsgi(application: Callable[..., Any], session: str) -> Answer:
    """Send the request as a WSGI server does, `close()` included."""
    statuses: list[str] = []
    environ = _environ(session)
    began = time.perf_counter_ns()
    response = application(environ, lambda status, headers, exc_info=None: statuses.append(status))
    body = b"".join(response)
    responded = time.perf_counter_ns()
    response.close()
    ended = time.perf_counter_ns()
    return Answer(int(statuses[0].split()[0]), body, responded - began, ended - began)


async def ask_asgi(application: Callable[..., Awaitable[None]], session: str) -> Answer:
    """Send the request as an ASGI server does, until the application returns."""
    server = _AsgiServer()
    scope = _scope(session)
    began = time.perf_counter_ns()
    await application(scope, server.receive, server.send)
    ended = time.perf_counter_ns()
    return Answer(server.status, b"".join(server.chunks), server.responded - began, ended - began)


class _AsgiServer:
    """The server's end of one request: the client stays connected and reads everything at once."""

    def __init__(self) -> None:
        self.status = 0
        self.chunks: list[bytes] = []
        self.responded = 0
        self._asked = False

    async def receive(self) -> dict[str, Any]:
        if self._asked:
            await asyncio.Event().wait()
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            self.responded = time.perf_counter_ns()


def _environ(session: str) -> dict[str, Any]:
    headers = {**HEADERS, "cookie": f"sessionid={session}"}
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": PATH,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }


def _scope(session: str) -> dict[str, Any]:
    headers = {**HEADERS, "cookie": f"sessionid={session}"}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }
