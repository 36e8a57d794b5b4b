"""The curl command, sent by curl itself to a running site: what arrives is what the trace tells."""

import json
import re
import shlex
import subprocess
from urllib.request import urlopen

import pytest

from tests.lessons.sample import Sample
from tests.serving import make_database, serve
from visualizer.export.curl import curl_command
from visualizer.lessons.reading import Reading
from visualizer.redaction import HIDDEN

OF_THE_CONNECTION = {"host", "content-length", "connection", "expect"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("curl")
    make_database(folder / "made.sqlite3")
    with serve("daphne", folder / "made.sqlite3", folder) as running:
        yield running.url


def newest(site):
    """The trace of the latest request that the site answered."""
    with urlopen(f"{site}/__visualizer__/traces/") as response:
        trace_id = re.search(rb'data-trace="(\w+)"', response.read()).group(1).decode()
    with urlopen(f"{site}/__visualizer__/traces/{trace_id}.json") as response:
        return json.load(response)


def run(command):
    subprocess.run(["sh", "-c", f"{command.strip()} --silent --output /dev/null"], check=True, timeout=30)


def sent(trace):
    """What of the request has to arrive again: method, address, headers that are not of the connection, cookies."""
    request = trace["request"]
    headers = [tuple(each) for each in request["headers"] if each[0].lower() not in OF_THE_CONNECTION]
    return request["method"], request["path"], request["query_string"], sorted(headers)


REQUESTS = {
    "a page": ["/products/?page=2"],
    "no header of curl's own": ["/products/", "-H", "User-Agent:", "-H", "Accept:"],
    "quotes, spaces and dollars": ["/products/?q=it%27s+$HOME", "-H", 'X-Note: it\'s "so" $HOME `id` \\'],
    "brackets in the query": ["/products/?a[]=1&b={x,y}", "--globoff"],
    "an encoded path": ["/no/such/%7Epage%20x/caf%C3%A9/%2Fy/"],
    "dots in the path": ["/products/../about/", "--path-as-is"],
    "an empty header": ["/products/", "-H", "X-Empty;"],
    "compressed": ["/products/", "-H", "Accept-Encoding: gzip, br"],
    "head": ["/categories/audio/", "--head"],
    "options": ["/api/products/1/", "-X", "OPTIONS", "-H", "Origin: https://partner.example"],
    "delete": ["/api/products/1/", "-X", "DELETE"],
    "a cookie": ["/products/", "-b", "django_language=de"],
    "a form": ["/cart/add/", "--data-raw", "product=1"],
    "json": ["/api/products/1/", "-X", "PUT", "-H", "Content-Type: application/json", "--data-raw", '{"a": 1}'],
    "text": ["/api/products/1/", "-H", "Content-Type: text/plain", "--data-raw", "hello"],
}


@pytest.mark.parametrize("options", REQUESTS.values(), ids=REQUESTS.keys())
def test_what_arrives_is_what_the_trace_tells(options, site):
    path, *more = options
    run(f"curl {shlex.join([site + path, *more])}")
    first = newest(site)
    code = curl_command(Reading(first))
    run(code.text)
    second = newest(site)
    assert second["id"] != first["id"]
    assert sent(second) == sent(first)
    assert second["response"]["status"] == first["response"]["status"]


def test_with_secrets_and_body_filled_in_a_form_is_accepted(site):
    token = "a" * 32
    body = ["--data-raw", "product=1&quantity=1"]
    run(f"curl {shlex.join([f'{site}/cart/add/', *body, '-b', f'csrftoken={token}', '-H', f'X-CSRFToken: {token}'])}")
    first = newest(site)
    assert first["response"]["status"] == 302
    code = curl_command(Reading(first))
    assert token not in code.text
    assert any("the cookie csrftoken and x-csrftoken" in note for note in code.notes), code.notes
    assert any("The body, 20 bytes, is not in the trace" in note for note in code.notes)
    run(code.text)
    assert newest(site)["response"]["status"] == 403
    filled = code.text.replace("YOUR-CSRFTOKEN", token).replace("YOUR-X-CSRFTOKEN", token)
    run(filled.replace("YOUR-FIELD=YOUR-VALUE", body[1]))
    assert newest(site)["response"]["status"] == 302


def test_a_multipart_form_gets_a_boundary_of_its_own(site):
    token = "b" * 32
    headers = ["-b", f"csrftoken={token}", "-H", f"X-CSRFToken: {token}"]
    run(f"curl {shlex.join([f'{site}/cart/add/', '--form', 'product=1', '--form', 'quantity=1', *headers])}")
    code = curl_command(Reading(newest(site)))
    assert "boundary" not in code.text
    filled = code.text.replace("YOUR-CSRFTOKEN", token).replace("YOUR-X-CSRFTOKEN", token)
    run(filled.replace("--form 'YOUR-FIELD=YOUR-VALUE'", "--form product=1 --form quantity=1"))
    assert newest(site)["response"]["status"] == 302


# Without a server


def command(method="GET", path="/", query="", headers=(), raw_path=None, scheme="http", body_bytes=0):
    sample = Sample()
    sample.head["request"] = {"method": method, "path": path, "query_string": query, "headers": list(headers)}
    sample.point("client", f"{method} {path}", "client_request", body_bytes=body_bytes)
    sample.enter("server", "ASGIHandler", "server_request", raw_path=raw_path, scheme=scheme)
    return curl_command(Reading(sample.as_dict()))


def words(code):
    return shlex.split(code.text)


def test_the_address_has_scheme_and_host_of_the_request():
    code = command(path="/a b/", headers=[["host", "shop.example:8443"]], scheme="https")
    assert words(code)[1] == "https://shop.example:8443/a%20b/"


def test_every_secret_has_a_placeholder_of_its_name_and_is_told_of():
    headers = [
        ["authorization", f"Bearer {HIDDEN}"],
        ["cookie", f"theme=dark; sessionid={HIDDEN}"],
        ["x-api-key", HIDDEN],
    ]
    code = command(query=f"page=2&token={HIDDEN}", headers=headers, path=f"/reset/{HIDDEN}/")
    assert HIDDEN not in code.text
    assert words(code)[1] == "http://localhost/reset/YOUR-VALUE/?page=2&token=YOUR-TOKEN"
    assert "authorization: Bearer YOUR-AUTHORIZATION" in words(code)
    assert "theme=dark; sessionid=YOUR-SESSIONID" in words(code)
    assert "x-api-key: YOUR-X-API-KEY" in words(code)
    assert code.notes == [
        "Secrets are not in the trace: put your own in place of what begins with YOUR- "
        "(the cookie sessionid, authorization, x-api-key and the address)."
    ]


def test_a_request_without_secrets_and_body_needs_no_word():
    assert command(headers=[["accept", "*/*"]]).notes == []


def test_what_was_too_long_to_be_kept_is_told():
    assert command(headers=[["x-long", "abc…"]]).notes == ["Too long to be kept whole: x-long."]


def test_marks_of_the_page_s_own_form_are_left_out():
    assert "visualizer" not in command(headers=[["x-visualizer-request", "abc.1"]]).text.lower()
