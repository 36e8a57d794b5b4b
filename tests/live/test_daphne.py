"""The whole way through a real Daphne: a browser's request, the socket, the pages."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
import websockets

ROOT = Path(__file__).resolve().parent.parent.parent
START_PATIENCE_S = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def manage(env, *arguments):
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, check=True, capture_output=True)


def wait_until_up(url, process, log):
    deadline = time.monotonic() + START_PATIENCE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            return urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def daphne(tmp_path_factory):
    """The demonstration site, with its sample data, on a free port."""
    folder, port = tmp_path_factory.mktemp("daphne"), free_port()
    env = {**os.environ, "DJANGO_DB": str(folder / "db.sqlite3"), "DJANGO_SETTINGS_MODULE": "config.settings"}
    manage(env, "migrate", "-v0")
    manage(env, "load_sample_data")
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "config.asgi:application"]
    log = folder / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT)
    origin = f"http://127.0.0.1:{port}"
    try:
        wait_until_up(f"{origin}/__visualizer__/frame/", process, log)
        yield SimpleNamespace(origin=origin, live=f"ws://127.0.0.1:{port}/__visualizer__/live/", log=log)
    finally:
        process.terminate()
        process.wait(10)


def fetch(url, data=None, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=data, headers=names)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return SimpleNamespace(status=answer.status, headers=answer.headers, body=answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return SimpleNamespace(status=error.code, headers=error.headers, body=error.read())


async def afetch(*args, **kwargs):
    return await asyncio.to_thread(fetch, *args, **kwargs)


def connect(daphne, origin=None, **headers):
    return websockets.connect(daphne.live, origin=origin or daphne.origin, additional_headers=headers)


async def receive(ws):
    return json.loads(await asyncio.wait_for(ws.recv(), 30))


async def collect(ws, until_ends):
    """The frames' items and the rows, until so many traces have ended; each frame is confirmed."""
    items, rows, numbers = [], [], []
    while sum("end" in item for item in items) < until_ends:
        message = await receive(ws)
        if message["type"] == "rows":
            rows.append(message)
            continue
        assert message["type"] == "frame", message
        numbers.append(message["n"])
        items += message["items"]
        await ws.send(json.dumps({"ack": message["n"]}))
    return SimpleNamespace(items=items, rows=rows, numbers=numbers)


async def test_a_request_is_seen_live_as_it_is_kept(daphne):
    async with connect(daphne) as ws:
        hello = await receive(ws)
        assert hello["type"] == "hello"
        assert (await afetch(f"{daphne.origin}/products/wireless-headphones/")).status == 200
        seen = await collect(ws, until_ends=1)
    head = seen.items[-1]["end"]
    kept = json.loads((await afetch(f"{daphne.origin}/__visualizer__/traces/{head['id']}.json")).body)
    live = [event for item in seen.items for event in item.get("events", ())]
    assert live == kept["events"]
    assert head["response"]["status"] == 200
    assert seen.numbers == list(range(hello["n"] + 1, hello["n"] + 1 + len(seen.numbers)))


async def test_two_pages_see_the_same_and_many_requests_lose_no_event(daphne):
    async with connect(daphne) as one, connect(daphne) as other:
        await receive(one)
        await receive(other)
        paths = [f"{daphne.origin}/products/?page={number}" for number in range(20)]
        answers, first, second = await asyncio.gather(
            asyncio.gather(*map(afetch, paths)), collect(one, until_ends=20), collect(other, until_ends=20)
        )
    assert {answer.status for answer in answers} == {200}
    assert first.items == second.items
    numbers = {}
    for item in first.items:
        for event in item.get("events", ()):
            numbers.setdefault(item["trace"], []).append(event["seq"])
    assert len(numbers) == 20
    assert all(found == list(range(len(found))) for found in numbers.values())


async def test_rows_come_as_html_for_the_list(daphne):
    async with connect(daphne) as ws:
        await receive(ws)
        await afetch(f"{daphne.origin}/no/such/page/")
        trace_id = (await collect(ws, until_ends=1)).items[-1]["end"]["id"]
        last = await receive(ws)
    assert last["type"] == "rows"
    assert f'id="trace-{trace_id}"' in last["content"]
    listed = await afetch(f"{daphne.origin}/__visualizer__/traces/")
    assert f'id="trace-{trace_id}"'.encode() in listed.body


async def test_a_gap_is_filled_with_the_same_frame(daphne):
    async with connect(daphne) as ws:
        await receive(ws)
        await afetch(f"{daphne.origin}/no/such/page/")
        frame = await receive(ws)
        await ws.send(json.dumps({"again": [frame["n"], frame["n"]]}))
        again = await receive(ws)
        while again["type"] != "frame" or again["n"] > frame["n"]:
            again = await receive(ws)
        assert again == frame


async def test_the_pages_own_requests_are_in_no_frame(daphne):
    async with connect(daphne) as ws:
        await receive(ws)
        for path in ("", "traces/", "static/vendor/htmx.min.js", "frame/", "no/such/page"):
            await afetch(f"{daphne.origin}/__visualizer__/{path}")
        await afetch(f"{daphne.origin}/marker/")
        seen = await collect(ws, until_ends=1)
    begun = [item["begin"]["request"]["path"] for item in seen.items if "begin" in item]
    assert begun == ["/marker/"]


@pytest.mark.parametrize(
    ("origin", "headers"),
    [("http://evil.example", {}), ("null", {}), (None, {"X-Forwarded-For": "203.0.113.9"})],
)
async def test_a_socket_is_refused_to_strangers(daphne, origin, headers):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with connect(daphne, origin, **headers):
            pass
    assert refused.value.response.status_code == 403


async def test_a_socket_of_any_other_path_is_refused(daphne):
    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(f"{daphne.live}x", origin=daphne.origin):
            pass


def test_john_is_signed_in_and_the_shop_knows_him(daphne):
    url = f"{daphne.origin}/__visualizer__/sign-in/"
    assert fetch(url, b"user=john").status == 403
    assert fetch(url, b"user=john", Origin="http://evil.example").status == 403
    answer = fetch(url, b"user=john", Origin=daphne.origin)
    assert answer.status == 204
    cookies = "; ".join(value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie"))
    page = f"{daphne.origin}/products/wireless-headphones/"
    assert b"/accounts/logout/" in fetch(page, Cookie=cookies).body
    assert b"/accounts/logout/" not in fetch(page).body


def test_the_log_has_no_error_of_ours(daphne):
    log = daphne.log.read_text()
    assert "visualizer/" not in log, log
    assert "Unhandled" not in log
