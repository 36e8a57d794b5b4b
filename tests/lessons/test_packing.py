"""An async stream behind GZipMiddleware: what a client unpacks that stops where the first gzip file ends."""

import zlib

import django
import pytest
from django.http import HttpResponse, StreamingHttpResponse

from tests.driving import INTERFACES, ask, handler_for, of, one
from tests.lessons.sample import Sample
from tests.site.settings import site
from visualizer.lessons.packing import GZIP, is_packed_in_parts
from visualizer.lessons.reading import Reading
from visualizer.lessons.sentences import sentence_for

LINES = ["the first line\n", "the second line\n", "the third line\n"]
pytestmark = pytest.mark.usefixtures("shop")

SAID = "It compresses each part of the async stream by itself, and browsers unpack only the first"


async def alines():
    for line in LINES:
        yield line


VIEWS = {
    "async": lambda request: StreamingHttpResponse(alines()),
    "sync": lambda request: StreamingHttpResponse(iter(LINES)),
    "whole": lambda request: HttpResponse("".join(LINES) * 20),
}


def as_browsers_unpack(body):
    """The first of the gzip files in it; what comes after is thrown away."""
    return zlib.decompressobj(wbits=31).decompress(body).decode()


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")
@pytest.mark.parametrize("form", VIEWS)
@pytest.mark.parametrize("interface", INTERFACES)
def test_it_is_said_just_where_a_browser_would_lose_the_rest(interface, form, traces):
    with site(GZIP):
        headers = (("Accept-Encoding", "gzip"),)
        reply = ask(interface, "/", handler=handler_for(VIEWS[form], interface), headers=headers)
    read = as_browsers_unpack(reply.body)
    is_lost = "third" not in read
    assert is_lost == (form == "async" and django.VERSION < (6, 0))
    assert is_packed_in_parts(Reading(traces.only)) is is_lost
    layer = one(traces.only, "middleware", "exit")
    assert (SAID in sentence_for(traces.only, layer["seq"])) is is_lost


def test_what_the_client_does_not_accept_packed_is_not(traces):
    with site(GZIP):
        ask("asgi", "/", handler=handler_for(VIEWS["async"], "asgi"))
    assert not is_packed_in_parts(Reading(traces.only))
    assert len([e for e in of(traces.only, "server", "point", "http.response.body") if e["detail"]["bytes"]]) > 1


@pytest.mark.parametrize(("version", "told"), [("5.2.19", True), ("6.0", False), ("6.1.2", False)])
def test_from_django_6_on_nothing_is_lost(version, told):
    sample = Sample(process={"django": version, "interface": "asgi"})
    sample.enter("middleware", GZIP, "request_middleware")
    sample.point("response", "StreamingHttpResponse", "response", streaming=True, is_async=True)
    changed = [{"op": "add", "what": "header Content-Encoding", "value": "gzip", "was": None}]
    sample.exit("response_middleware", result="passed", changed=changed)
    for _ in range(2):
        sample.point("server", "http.response.body", "server_response", bytes=40, more=True)
    browser = sample.point("client", "browser", "client_response", first_byte_ns=5)
    assert ("of which browsers unpack only the first" in sentence_for(sample.as_dict(), browser)) is told
