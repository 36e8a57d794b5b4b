"""The same site under real servers, by ASGI and by WSGI: what each of them is seen to do."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

import jsonschema
import pytest

from tests.serving import ROOT, Site

SCHEMA = json.loads((ROOT / "visualizer" / "trace.schema.json").read_text())
PRODUCT = "/products/wireless-headphones/"


def fetch(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, dict(response.headers), response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def trace_of(site: Site, path: str, marker: str) -> dict[str, Any]:
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
    raise AssertionError(f"no trace of {path} with the marker {marker}")


def test_a_page_is_traced_from_server_to_server(server: tuple[str, Site]) -> None:
    name, site = server
    status, headers, body = fetch(f"{site.url}{PRODUCT}", **{"X-Marker": "page", "Accept-Encoding": "gzip"})
    trace = trace_of(site, PRODUCT, "page")
    jsonschema.Draft202012Validator(SCHEMA).validate(trace)
    assert status == trace["response"]["status"] == 200
    assert headers["Content-Encoding"] == "gzip"
    assert trace["response"]["body_bytes"] == len(body)
    assert trace["outcome"] == {"kind": "completed", "by": "config.shop.views.product_detail", "view_ran": True}
    # `manage.py runserver` is Django's own server here: the demonstration site does not list daphne as an app.
    expected = {"daphne": "daphne/", "gunicorn": "gunicorn/", "runserver": "WSGIServer/"}[name]
    assert trace["process"]["server"].startswith(expected)
    assert trace["process"]["interface"] == ("asgi" if name == "daphne" else "wsgi")
    assert [event["stage"] for event in trace["events"]][0] == "client_request"
    assert trace["events"][-1]["kind"] == "server"
    assert trace["events"][-1]["phase"] == "exit"


def test_an_unknown_address_is_traced_as_not_found(server: tuple[str, Site]) -> None:
    _, site = server
    status, _, _ = fetch(f"{site.url}/no/such/", **{"X-Marker": "lost"})
    trace = trace_of(site, "/no/such/", "lost")
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
