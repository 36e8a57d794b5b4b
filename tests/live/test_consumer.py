"""The socket lets in whom the pages let in, and serves the hub's frames."""

import asyncio
import json
import logging
import time

import pytest
from asgiref.testing import ApplicationCommunicator

from visualizer.live.consumer import LiveConsumer
from visualizer.live.hub import hub
from visualizer.recorder import Trace

ORIGIN = (b"origin", b"http://localhost:8000")


class Socket:
    """A client's end of a socket, spoken to in ASGI messages."""

    def __init__(self, headers=(ORIGIN,), client=("127.0.0.1", 5000)):
        scope = {
            "type": "websocket",
            "path": "/__visualizer__/live/",
            "headers": [(b"host", b"localhost:8000"), *headers],
            "client": client,
            "server": ("127.0.0.1", 8000),
        }
        self._asgi = ApplicationCommunicator(LiveConsumer.as_asgi(), scope)

    async def connect(self):
        await self._asgi.send_input({"type": "websocket.connect"})
        return (await self._asgi.receive_output(10))["type"]

    async def receive(self):
        return json.loads((await self._asgi.receive_output(10))["text"])

    async def send(self, text):
        await self._asgi.send_input({"type": "websocket.receive", "text": text})

    async def is_silent(self):
        return await self._asgi.receive_nothing(timeout=0.1)

    async def disconnect(self):
        await self._asgi.send_input({"type": "websocket.disconnect", "code": 1001})
        await self._asgi.wait(10)


@pytest.fixture(autouse=True)
def _open_door(settings, monkeypatch):
    settings.DEBUG = True
    settings.VISUALIZER = {}
    monkeypatch.setattr(hub, "row_renderer", None)
    # Other tests leave traces behind that never end.
    monkeypatch.setattr(hub, "_active", type(hub._active)())


@pytest.fixture
async def socket():
    socket = Socket()
    assert await socket.connect() == "websocket.accept"
    yield socket
    await socket.disconnect()


def run_request():
    trace = Trace("asgi", "ASGIHandler", None, lambda _: ("GET", "/", "", []))
    hub.on_begin(trace)
    trace.finish(time.perf_counter_ns())
    hub.on_end(trace)
    return trace


async def test_hello_comes_first(socket):
    hello = await socket.receive()
    assert (hello["type"], hello["n"], hello["traces"]) == ("hello", hub.log.last, [])
    assert hello["process"]["interface"] == "asgi"


async def test_frames_follow(socket):
    hello = await socket.receive()
    trace = run_request()
    frame = await socket.receive()
    assert frame["n"] == hello["n"] + 1
    assert [next(iter(item)) for item in frame["items"]] == ["begin", "end"]
    assert frame["items"][0]["begin"]["id"] == trace.id


async def test_a_frame_can_be_had_again(socket):
    await socket.receive()
    run_request()
    frame = await socket.receive()
    await socket.send(json.dumps({"again": [frame["n"], frame["n"]]}))
    assert await socket.receive() == frame


async def test_asking_for_what_is_not_kept_is_a_resync(socket):
    await socket.receive()
    await socket.send('{"again": [-5, -1]}')
    assert await socket.receive() == {"type": "resync", "n": hub.log.last}


async def test_confirming_keeps_the_frames_coming(socket):
    await socket.receive()
    for _ in range(100):
        run_request()
        hub.flush()
        frame = await socket.receive()
        await socket.send(json.dumps({"ack": frame["n"]}))
    assert frame["n"] == hub.log.last


async def test_who_does_not_confirm_gets_no_more_than_the_window(socket):
    hello = await socket.receive()
    for _ in range(100):
        run_request()
        hub.flush()
        await asyncio.sleep(0)
    numbers = []
    while not await socket.is_silent():
        numbers.append((await socket.receive())["n"])
    assert numbers == list(range(hello["n"] + 1, hello["n"] + 65))


@pytest.mark.parametrize(
    "text",
    ["", "[", "null", "7", "[]", "{}", '{"ack": "x"}', '{"ack": null}', '{"again": 3}', '{"again": [1]}', "x" * 5000],
)
async def test_nonsense_is_ignored(socket, text):
    await socket.receive()
    await socket.send(text)
    run_request()
    assert (await socket.receive())["type"] == "frame"


async def test_leaving_leaves_nothing_behind():
    before = len(hub._watchers)
    socket = Socket()
    await socket.connect()
    await socket.receive()
    assert len(hub._watchers) == before + 1
    await socket.disconnect()
    assert len(hub._watchers) == before


@pytest.mark.parametrize(
    "headers",
    [(), ((b"origin", b"http://evil.example"),), ((b"origin", b"null"),), (ORIGIN, (b"x-real-ip", b"8.8.8.8"))],
)
async def test_a_foreign_page_is_turned_away(headers):
    assert await Socket(headers=headers).connect() == "websocket.close"


async def test_another_machine_is_turned_away():
    assert await Socket(client=("203.0.113.9", 5000)).connect() == "websocket.close"


async def test_nobody_is_let_in_without_debug(settings):
    settings.DEBUG = False
    assert await Socket().connect() == "websocket.close"


async def test_the_projects_own_test_decides(settings, tmp_path, monkeypatch):
    (tmp_path / "tests_socket_rules.py").write_text("def by_header(request): return 'X-Key' in request.headers")
    monkeypatch.syspath_prepend(tmp_path)
    settings.DEBUG = False
    settings.VISUALIZER = {"ACCESS": "tests_socket_rules.by_header"}
    assert await Socket().connect() == "websocket.close"
    admitted = Socket(headers=(ORIGIN, (b"x-key", b"1")), client=("203.0.113.9", 5000))
    assert await admitted.connect() == "websocket.accept"
    await admitted.disconnect()


async def test_a_channel_layer_that_is_down_does_not_matter(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "no.such.Layer"}}
    socket = Socket()
    assert await socket.connect() == "websocket.accept"
    await socket.disconnect()


async def test_a_fault_in_the_projects_test_turns_away(settings, caplog):
    settings.VISUALIZER = {"ACCESS": "no.such.test"}
    with caplog.at_level(logging.CRITICAL, logger="visualizer.access"):
        assert await Socket().connect() == "websocket.close"
