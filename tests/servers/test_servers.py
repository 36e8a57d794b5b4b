"""The same site under real servers, by ASGI and by WSGI: what each of them is seen to do."""

import json
import os
import re
import signal
import socket
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema
import pytest

from tests.driving import of, one
from tests.serving import ROOT, Site
from tests.site.deployed_urls import PART, PARTS

ASGI = ("daphne", "uvicorn")
# How each server names itself. `manage.py runserver` is Django's own here: the site does not list daphne as an app.
SOFTWARE = {
    "daphne": "daphne/",
    "uvicorn": "uvicorn/",
    "gunicorn": "gunicorn/",
    "gunicorn-sync": "gunicorn/",
    "uwsgi": "uWSGI/",
    "runserver": "WSGIServer/",
}
SCHEMA = json.loads((ROOT / "visualizer" / "trace.schema.json").read_text())
PRODUCT = "/products/wireless-headphones/"


def fetch(url: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, dict(response.headers), response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def trace_of(site: Site, marker: str) -> dict[str, Any]:
    """The finished trace of the request that carried this marker."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        _, _, rows = fetch(f"{site.url}/__visualizer__/traces/")
        for part in rows.decode().split('data-trace="')[1:]:
            _, _, text = fetch(f"{site.url}/__visualizer__/traces/{part[:16]}.json")
            trace: dict[str, Any] = json.loads(text)
            if ["x-marker", marker] in [[n.lower(), v] for n, v in trace["request"]["headers"]] and trace[
                "duration_ns"
            ]:
                return trace
        time.sleep(0.05)
    raise AssertionError(f"no trace with the marker {marker}")


def test_a_page_is_traced_from_server_to_server(server: tuple[str, Site]) -> None:
    name, site = server
    status, headers, body = fetch(f"{site.url}{PRODUCT}", **{"X-Marker": "page", "Accept-Encoding": "gzip"})
    trace = trace_of(site, "page")
    jsonschema.Draft202012Validator(SCHEMA).validate(trace)
    assert status == trace["response"]["status"] == 200
    assert headers["Content-Encoding"] == "gzip"
    assert trace["response"]["body_bytes"] == len(body)
    assert trace["outcome"] == {"kind": "completed", "by": "config.shop.views.product_detail", "view_ran": True}
    assert re.fullmatch(rf"{SOFTWARE[name]}[\d.]+\w*", trace["process"]["server"])
    assert trace["process"]["interface"] == ("asgi" if name in ASGI else "wsgi")
    assert [event["stage"] for event in trace["events"]][0] == "client_request"
    assert trace["events"][-1]["kind"] == "server"
    assert trace["events"][-1]["phase"] == "exit"


def test_the_server_s_side_of_a_request_is_told(server: tuple[str, Site]) -> None:
    name, site = server
    fetch(
        f"{site.url}/products/%77ireless-headphones/?page=2", **{"X-Marker": "facts", "X-First": "1", "X-Second": "2"}
    )
    trace = trace_of(site, "facts")
    facts = one(trace, "server", "enter")["detail"]
    assert (facts["http_version"], facts["scheme"]) == ("1.1", "http")
    assert facts["client"].startswith("127.0.0.1")
    assert facts["server"].endswith(site.url.rpartition(":")[2])
    # Django's own development server decodes the path and forgets what was sent.
    assert facts["raw_path"] == (None if name == "runserver" else "/products/%77ireless-headphones/")
    order = [header.title() for header, _ in trace["request"]["headers"]]
    assert order.index("X-Marker") < order.index("X-First") < order.index("X-Second")
    if name in ASGI:
        assert facts["asgi"] == "3.0"
        assert "environ" not in facts
    else:
        view = dict(facts["environ"])
        assert (view["REQUEST_METHOD"], view["QUERY_STRING"], view["HTTP_X_FIRST"]) == ("GET", "page=2", "1")
        assert "PATH" not in view and "DJANGO_DB" not in view
        assert facts["multithread"] is (name != "gunicorn-sync")
    assert not of(trace, "proxy")


def test_a_body_is_seen_coming_in_piece_by_piece(server: tuple[str, Site]) -> None:
    name, site = server
    body = b"padding=" + b"x" * 100_000
    status, _, _ = fetch(f"{site.url}/cart/add/", body, **{"X-Marker": "body", "Cookie": f"csrftoken={'a' * 32}"})
    trace = trace_of(site, "body")
    assert status == 403
    pieces = of(trace, "server", "point", "http.request" if name in ASGI else "wsgi.input")
    assert sum(piece["detail"]["bytes"] for piece in pieces) == len(body)
    assert all(piece["detail"]["wait_ns"] >= 0 for piece in pieces)
    assert trace["events"][0]["detail"]["body_bytes"] == len(body)
    if name in ASGI:
        assert {piece["stage"] for piece in pieces} == {"server_request"}
        assert [piece["detail"]["more"] for piece in pieces].count(False) == 1
    else:
        # It is the CSRF check that looks for its token in the form.
        assert {piece["stage"] for piece in pieces} == {"url_resolver"}
        assert pieces[-1]["detail"]["left"] == 0


def test_the_way_out_ends_with_the_close_and_what_came_after_it(server: tuple[str, Site]) -> None:
    name, site = server
    fetch(f"{site.url}{PRODUCT}", **{"X-Marker": "out"})
    trace = trace_of(site, "out")
    sent = ["http.response.start", "http.response.body"] if name in ASGI else ["start_response"]
    points = [event for event in of(trace, "server", "point") if event["stage"] == "server_response"]
    assert [event["name"] for event in points] == [*sent, "close", "closed"]
    waits = [event["detail"]["wait_ns"] for event in points if "wait_ns" in event["detail"]]
    assert waits and all(0 <= wait < trace["duration_ns"] for wait in waits)


def test_a_client_that_stops_reading_a_stream_and_goes_away_is_told(server: tuple[str, Site]) -> None:
    name, site = server
    host, port = site.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as client:
        client.sendall(b"GET /stream/ HTTP/1.1\r\nHost: localhost\r\nX-Marker: gone\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
        time.sleep(0.6)
    trace = trace_of(site, "gone")
    waits = [event["detail"].get("wait_ns") or 0 for event in of(trace, "server", "point")]
    # Daphne takes all that it is given, whether the client reads it or not; the others let the application wait.
    assert name == "daphne" or max(waits) > 300_000_000
    assert trace["outcome"] == {"kind": "disconnected", "by": "client", "view_ran": True}
    assert trace["response"]["body_bytes"] < len(PART) * PARTS
    if name in ASGI:
        assert one(trace, "server", "point", "http.disconnect")
    else:
        assert one(trace, "server", "point", "close")["detail"]["early"] is True


def test_a_proxy_in_front_is_told_with_the_time_it_took(server: tuple[str, Site], proxied: str) -> None:
    _, site = server
    status, _, _ = fetch(f"{proxied}{PRODUCT}", **{"X-Marker": "proxied"})
    trace = trace_of(site, "proxied")
    assert status == 200
    assert [event["kind"] for event in trace["events"][:3]] == ["client", "proxy", "server"]
    facts = one(trace, "proxy")["detail"]
    assert (facts["hops"], facts["for"], facts["scheme"]) == (["nginx"], ["127.0.0.1"], "http")
    assert facts["host"] == proxied.removeprefix("http://")
    assert (facts["started_by"], facts["clock"]) == ("X-Request-Start", "shared")
    assert 0 <= facts["queued_ns"] < 30_000_000_000
    assert facts["exact_to_ns"] == 1_000_000
    assert one(trace, "server", "enter")["detail"]["http_version"] == "1.0"


def test_a_request_that_waits_for_a_busy_server_waits_at_the_proxy(server: tuple[str, Site], proxied: str) -> None:
    _, site = server
    fetch(f"{site.url}{PRODUCT}", **{"X-Marker": "pid"})
    pid = trace_of(site, "pid")["process"]["pid"]
    with ThreadPoolExecutor(1) as pool:
        os.kill(pid, signal.SIGSTOP)
        try:
            waiting = pool.submit(fetch, f"{proxied}{PRODUCT}", **{"X-Marker": "queued"})
            time.sleep(0.5)
        finally:
            os.kill(pid, signal.SIGCONT)
        assert waiting.result()[0] == 200
    trace = trace_of(site, "queued")
    assert 300_000_000 < one(trace, "proxy")["detail"]["queued_ns"] < 30_000_000_000


def test_an_unknown_address_is_traced_as_not_found(server: tuple[str, Site]) -> None:
    _, site = server
    status, _, _ = fetch(f"{site.url}/no/such/", **{"X-Marker": "lost"})
    trace = trace_of(site, "lost")
    assert status == 404
    assert trace["outcome"] == {"kind": "not_found", "by": "url_resolver", "view_ran": False}


def test_the_own_pages_answer_and_are_in_no_trace(server: tuple[str, Site]) -> None:
    _, site = server
    for path in ("/", "/__visualizer__/", "/__visualizer__/traces/"):
        status, headers, _ = fetch(f"{site.url}{path}", **{"X-Marker": "own"})
        assert status == 200
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    _, _, rows = fetch(f"{site.url}/__visualizer__/traces/")
    assert "__visualizer__" not in rows.decode()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP"])
def test_a_client_behind_a_proxy_is_not_admitted(server: tuple[str, Site], header: str) -> None:
    _, site = server
    status, _, body = fetch(f"{site.url}/__visualizer__/traces/", **{header: "203.0.113.9"})
    assert status == 403
    assert b"data-trace" not in body
