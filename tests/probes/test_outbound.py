"""Requests that the application itself sends to a server on this machine."""

import asyncio
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError, URLError

import httpx
import pytest
import requests
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse

from tests.driving import (
    INTERFACES,
    ancestors,
    ask_asgi,
    assert_well_formed,
    exit_of,
    of,
    one,
    probes_off,
)
from tests.probes.recording import arecord, record
from tests.site.settings import site
from visualizer.probes.outbound import PROBE
from visualizer.redaction import HIDDEN


class Answers(BaseHTTPRequestHandler):
    """Answers `/<status>`, and leads `/away` to `/200`."""

    def do_GET(self):
        status = self.path.strip("/").partition("?")[0]
        self.send_response(302 if status == "away" else int(status))
        if status == "away":
            self.send_header("Location", "/200")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"word")

    def do_POST(self):
        self.do_GET()

    def do_PUT(self):
        self.do_GET()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def by_urllib(url):
    try:
        with urllib.request.urlopen(url) as response:
            return response.read().decode()
    except urllib.error.HTTPError as error:
        # It holds the response, whose socket would be left to the garbage collector.
        error.close()
        raise


def by_requests(url):
    with requests.Session() as session:
        return session.get(url).text


def by_httpx(url):
    with httpx.Client(trust_env=False, follow_redirects=True) as client:
        return client.get(url).text


async def by_async_httpx(url):
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as client:
        return (await client.get(url)).text


SENDERS = {"urllib": by_urllib, "requests": by_requests, "httpx": by_httpx}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("library", SENDERS)
def test_a_request_is_told_with_its_url_status_and_line(library, interface, address, traces):
    seen = record(lambda: SENDERS[library](f"http://{address}/200"), interface)
    assert seen.reply.body == b"word"
    event = one(traces.only, "outbound", "enter")
    assert (event["name"], event["stage"]) == (f"GET {address}", "view")
    assert event["detail"]["library"] == library
    assert event["detail"]["method"] == "GET"
    assert event["detail"]["url"] == f"http://{address}/200"
    origin = event["detail"]["origin"]
    assert (origin["file"], origin["function"]) == (__file__, SENDERS[library].__name__)
    assert exit_of(traces.only, event)["detail"]["status"] == 200
    assert_well_formed(traces.only)


@pytest.mark.parametrize("library", SENDERS)
def test_passwords_and_hidden_values_of_a_url_are_replaced(library, address, traces):
    url = f"http://john:swordfish@{address}/200?page=2&token=hunter2#secret=opensesame"
    seen = record(lambda: SENDERS[library](url))
    # For urllib, userinfo is a part of the host's name, which then is unknown.
    assert seen.reply.status == (500 if library == "urllib" else 200)
    event = one(traces.only, "outbound", "enter")
    assert event["name"] == f"GET {address}"
    assert event["detail"]["url"] == f"http://{HIDDEN}@{address}/200?page=2&token={HIDDEN}"
    assert not [word for word in ("swordfish", "hunter2", "opensesame") if word in str(traces.only)]


@pytest.mark.parametrize("library", SENDERS)
def test_a_server_that_is_not_there_is_told_as_an_error(library, traces):
    seen = record(lambda: SENDERS[library]("http://127.0.0.1:9/200"))
    assert seen.reply.status == 500
    left = exit_of(traces.only, one(traces.only, "outbound", "enter"))["detail"]
    assert left["status"] is None
    assert left["error"]["type"] in ("URLError", "ConnectionError", "ConnectError")
    assert_well_formed(traces.only)


@pytest.mark.parametrize("library", SENDERS)
def test_a_response_that_is_an_error_has_its_status(library, address, traces):
    record(lambda: SENDERS[library](f"http://{address}/404"))
    left = exit_of(traces.only, one(traces.only, "outbound", "enter"))["detail"]
    assert left["status"] == 404
    assert ("error" in left) is (library == "urllib")


def test_redirects_are_told_inside_or_counted(address, traces):
    for library, send in SENDERS.items():
        assert record(lambda send=send: send(f"http://{address}/away")).reply.body == b"word", library
    urllib_trace, requests_trace, httpx_trace = (trace.as_dict() for trace in traces)
    for trace in (urllib_trace, requests_trace):
        outer, inner = of(trace, "outbound", "enter")
        assert inner["detail"]["url"] == f"http://{address}/200"
        assert ancestors(trace, inner)[0] == f"outbound GET {address}"
        assert exit_of(trace, outer)["detail"]["status"] == 200
    for trace in (requests_trace, httpx_trace):
        assert exit_of(trace, of(trace, "outbound", "enter")[0])["detail"]["redirects"] == 1
    assert len(of(httpx_trace, "outbound", "enter")) == 1


class Puts(urllib.request.Request):
    def get_method(self):
        return "PUT"


def test_methods_are_read_without_running_the_application_s_code(address, traces):
    url = f"http://{address}/200"

    def run():
        opened = [
            urllib.request.Request(url, data=b"x"),
            urllib.request.Request(url, method="PUT"),
            Puts(url),
        ]
        for each in opened:
            urllib.request.urlopen(each).close()
        urllib.request.urlopen(url, b"x").close()
        return requests.put(url, timeout=5).text

    record(run)
    methods = [event["detail"]["method"] for event in of(traces.only, "outbound", "enter")]
    assert methods == ["POST", "PUT", None, "POST", "PUT"]


def test_what_is_no_http_is_not_told(traces):
    def run():
        with pytest.raises(URLError):
            urllib.request.urlopen("file:///nothing/here")
        return urllib.request.urlopen("data:,word").read().decode()

    assert record(run).reply.body == b"word"
    assert not of(traces.only, "outbound") and not of(traces.only, "recorder")


def test_errors_leave_no_frames_of_the_probe(address, traces):
    def run():
        with pytest.raises(HTTPError) as caught:
            urllib.request.urlopen(f"http://{address}/500")
        files = {entry.path.name if hasattr(entry.path, "name") else str(entry.path) for entry in caught.traceback}
        caught.value.close()
        return files

    assert b"outbound.py'" not in record(run).reply.body.replace(b"test_outbound.py'", b"")


async def test_async_requests_are_told(address, traces):
    reply = await arecord(lambda: by_async_httpx(f"http://{address}/200"))
    assert reply.body == b"word"
    event = one(traces.only, "outbound", "enter")
    assert event["detail"]["library"] == "httpx"
    assert event["detail"]["origin"]["function"] == "by_async_httpx"
    assert exit_of(traces.only, event)["detail"] == {"status": 200}
    assert_well_formed(traces.only)


async def test_requests_that_are_gathered_are_told_with_the_line_that_waits_for_them(address, traces):
    async def run():
        async with httpx.AsyncClient(trust_env=False) as client:
            replies = await asyncio.gather(*(client.get(f"http://{address}/200") for _ in range(2)))
        return len(replies)

    await arecord(run)
    origins = [event["detail"]["origin"] for event in of(traces.only, "outbound", "enter")]
    assert [(origin["where"], origin["function"]) for origin in origins] == [("python", "run")] * 2


async def test_async_requests_that_fail_are_told(traces):
    async def run():
        with pytest.raises(httpx.ConnectError):
            await by_async_httpx("http://127.0.0.1:9/200")

    await arecord(run)
    assert exit_of(traces.only, one(traces.only, "outbound", "enter"))["detail"]["error"]["type"] == "ConnectError"


async def test_overlapping_requests_do_not_mix(address, traces):
    async def view(request):
        url = f"http://{address}/200?path={request.path}"
        return HttpResponse("".join(await asyncio.gather(by_async_httpx(url), by_async_httpx(url))))

    with site():
        handler = ASGIHandler()
        handler.resolve_request = lambda request: (view, (), {})
        await asyncio.gather(*(ask_asgi(f"/r{number}/", handler=handler) for number in range(5)))
    urls = [[event["detail"]["url"] for event in of(trace.as_dict(), "outbound", "enter")] for trace in traces]
    assert urls == [[f"http://{address}/200?path=/r{number}/"] * 2 for number in range(5)]


def test_a_library_that_is_imported_later_is_seen_from_the_next_request_on(address, traces, monkeypatch):
    library = next(each for each in PROBE._imported if each.name == "requests")
    patch = PROBE._imported.pop(library)
    patch.uninstall()
    module = sys.modules["requests.sessions"]
    monkeypatch.delitem(sys.modules, "requests.sessions")
    record(lambda: by_requests(f"http://{address}/200"))
    monkeypatch.setitem(sys.modules, "requests.sessions", module)
    record(lambda: by_requests(f"http://{address}/200"))
    before, after = (len(of(trace.as_dict(), "outbound", "enter")) for trace in traces)
    assert (before, after) == (0, 1)


@pytest.mark.parametrize("library", SENDERS)
def test_a_request_outside_of_requests_and_after_uninstalling_is_in_no_trace(library, address, traces):
    assert SENDERS[library](f"http://{address}/200") == "word"
    with probes_off():
        assert not hasattr(requests.Session.send, "__wrapped__") and not hasattr(httpx.Client.send, "__wrapped__")
        assert record(lambda: SENDERS[library](f"http://{address}/200")).reply.body == b"word"
    assert traces == []
    record(lambda: SENDERS[library](f"http://{address}/200"))
    assert one(traces.only, "outbound", "enter")
