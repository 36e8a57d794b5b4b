"""Law 6: a secret planted in twelve places is found in none of store, socket frames, page and `trace` output."""

import asyncio
import io
import json
import re
import urllib.error
import urllib.request
from types import SimpleNamespace
from urllib.parse import quote, quote_plus, urlencode

import pytest
import websockets
from django.core.management import call_command
from django.test import override_settings

from tests.driving import INTERFACES, ask, observe
from tests.serving import make_database, serve
from tests.site import planted
from tests.site.planted import PLACES, found_in, secret
from tests.site.planted_settings import MIDDLEWARE
from tests.site.settings import TEMPLATES
from visualizer.page.inspector import inspector_context
from visualizer.page.templates import render, render_row

MOUNT = "/__visualizer__/"


def query():
    return f"page=2&token={quote_plus(secret('query string'))}"


def headers():
    userinfo = quote(secret("URL userinfo"), safe="")
    return {
        "Cookie": f"remember={secret('cookie')}; theme={secret('cookie')}",
        "X-Api-Key": secret("header"),
        "Authorization": f"Bearer {secret('header')}",
        "Referer": f"https://ann:{userinfo}@shop.example/?token={quote(secret('query string'))}",
    }


def requests():
    """Path, method, content type and body of three requests, which together have every place."""
    word = secret("form field")
    fields = urlencode({"name": "ann", "word": word, "password": word})
    return [
        (f"/form/?{query()}", "POST", "application/x-www-form-urlencoded", fields.encode()),
        (f"/document/?{query()}", "POST", "application/json", json.dumps({"password": secret("JSON body")}).encode()),
        (f"/quiet/?{query()}", "GET", "text/plain", b""),
    ]


def planted_site():
    settings = {"ROOT_URLCONF": "tests.site.planted", "MIDDLEWARE": MIDDLEWARE, "TEMPLATES": TEMPLATES}
    return override_settings(DEBUG=True, **settings)


STATUSES = [500, 500, 200]


def test_twelve_places_have_twelve_secrets_and_each_is_found_in_whatever_form():
    assert len({secret(place) for place in PLACES}) == 12
    for place in PLACES:
        for form in planted.forms(place):
            assert found_in(f"see {form}!") == {place: f"…see {form}!…"}


# In this process: store, page and rows.


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.usefixtures("shop")
def test_none_is_in_the_store_or_in_what_the_page_makes_of_it(interface, traces):
    with planted_site():
        replies = [send_here(interface, *request) for request in requests()]
    assert [reply.status for reply in replies] == STATUSES
    for trace in traces:
        assert found_in(json.dumps(trace.as_dict(), ensure_ascii=False)) == {}
        assert found_in(kept_bytes(trace)) == {}
        assert found_in(render_row(trace)) == {}
        for seq in range(len(trace.events())):
            html = render("visualizer/inspector/step.html", inspector_context(trace.as_dict(), seq))
            assert found_in(html) == {}


def send_here(interface, path, method, kind, body):
    pairs = (*headers().items(), ("Content-Type", kind))
    return observe(lambda: ask(interface, path, method=method, headers=pairs, body=body)).reply


def kept_bytes(trace):
    """The events as the store holds them."""
    return b"".join([written for _, written in trace._told.events._written]).decode()


# Under real servers: the socket's frames, and all that the page can fetch.


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    file = tmp_path_factory.mktemp("planted") / "site.sqlite3"
    make_database(file)
    return file


@pytest.fixture(scope="module", params=["daphne", "gunicorn"])
def server(request, database, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    with serve(request.param, database, folder, DJANGO_SETTINGS_MODULE="tests.site.planted_settings") as running:
        yield SimpleNamespace(url=running.url, has_socket=request.param == "daphne")


def fetch(url, method="GET", body=None, **more):
    request = urllib.request.Request(url, method=method, data=body or None, headers=more)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def send_all(url):
    return [
        fetch(f"{url}{path}", method, body, **headers(), **{"Content-Type": kind})[0]
        for path, method, kind, body in requests()
    ]


async def test_none_is_in_what_a_server_tells_a_page(server):
    frames = []
    if server.has_socket:
        live = f"{server.url.replace('http', 'ws')}{MOUNT}live/"
        async with websockets.connect(live, origin=server.url) as socket:
            statuses = await asyncio.to_thread(send_all, server.url)
            while "".join(frames).count('{"end":') < len(STATUSES):
                frames.append(await asyncio.wait_for(socket.recv(), 30))
        assert sum('"frame"' in frame for frame in frames) > 0
    else:
        statuses = await asyncio.to_thread(send_all, server.url)
    assert statuses == STATUSES
    assert found_in("".join(frames)) == {}
    told = await asyncio.to_thread(all_pages, server.url)
    assert len(told) > 100
    assert found_in("".join(told)) == {}


def all_pages(url):
    """The list, and of each of its traces the JSON and the text of every step."""
    rows = fetch(f"{url}{MOUNT}traces/")[1]
    found = [rows, fetch(f"{url}{MOUNT}")[1]]
    for trace_id in re.findall(r'data-trace="(\w+)"', rows):
        text = fetch(f"{url}{MOUNT}traces/{trace_id}.json")[1]
        found.append(text)
        for event in json.loads(text)["events"]:
            status, step = fetch(f"{url}{MOUNT}traces/{trace_id}/steps/{event['seq']}/")
            assert status == 200
            found.append(step)
    return found


# On the command line.


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("form", ["tree", "json"])
@pytest.mark.usefixtures("shop")
def test_none_is_in_what_the_command_prints(interface, form):
    for path, method, kind, body in requests():
        out = io.StringIO()
        given = [
            part for pair in (*headers().items(), ("Content-Type", kind)) for part in ("--header", ": ".join(pair))
        ]
        with planted_site():
            call_command(
                *("trace", method, path, *given, "--body", body.decode(), "--format", form, f"--{interface}"),
                stdout=out,
            )
        assert "api_key" in out.getvalue()
        assert found_in(out.getvalue()) == {}
