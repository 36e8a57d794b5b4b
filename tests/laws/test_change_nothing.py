"""Law 1: all that can be seen of a request is the same with the probes and without them."""

import gzip
import warnings
from wsgiref.util import FileWrapper

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client

from tests.driving import INTERFACES, ask, both_ways, plain, probes_off, sign_in
from tests.site.calls import calls
from tests.site.settings import site

pytestmark = pytest.mark.usefixtures("shop", "traces")

HANDLERS = {"wsgi": WSGIHandler, "asgi": ASGIHandler}
MIXED = ["AllHooks", "Slots", "function", "sync_only", "both", "NotUsed", "async_only", "MarkedAsync", "AsyncHooks"]
PATHS = [
    "/plain/",
    "/async-plain/",
    "/class/",
    "/instance/",
    "/raises/",
    "/async-raises/",
    "/raises-404/",
    "/denies/",
    "/returns-none/",
    "/warns/",
    "/template/",
    "/broken-template/",
    "/queries/",
    "/bad-query/",
    "/in-transaction/",
    "/gathers/",
    "/members/",
    "/nested/deeper/word/",
    "/nothing/",
    "/plain",
]


def assert_the_same(run):
    """Compare the two runs of a request, and return what was seen."""
    order = []

    def noting():
        calls.clear()
        try:
            return run()
        finally:
            order.append(list(calls))

    recorded, without = both_ways(noting)
    assert recorded.raised == without.raised
    assert recorded.logged == without.logged
    assert recorded.warned == without.warned
    assert order[0] == order[1]
    if without.reply is not None:
        assert recorded.reply.status == without.reply.status
        assert recorded.reply.reason == without.reply.reason
        assert plain(recorded.reply.text) == plain(without.reply.text)
        assert recorded.reply.headers == without.reply.headers
    return without


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("path", PATHS)
def test_a_request_answers_logs_warns_and_calls_the_same(path, interface):
    with site("AllHooks", "Slots", "function"):
        assert_the_same(lambda: ask(interface, path))


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("path", PATHS)
def test_the_debug_page_is_the_same_word_for_word(path, interface):
    with site("AllHooks", "Slots", "function", DEBUG=True):
        assert_the_same(lambda: ask(interface, path))


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("path", ["/plain/", "/raises/", "/async-plain/", "/async-raises/", "/template/"])
@pytest.mark.parametrize("is_debug", [True, False])
def test_every_form_of_middleware_runs_as_it_does_without_probes(path, interface, is_debug):
    with site(*MIXED, DEBUG=is_debug):
        assert_the_same(lambda: ask(interface, path))


@pytest.mark.parametrize("path", ["/plain/", "/raises/", "/template/"])
def test_an_async_call_that_is_not_marked_is_awaited(path):
    with site("MarkedAsync", "UnmarkedAsync", "async_only"):
        assert_the_same(lambda: ask("asgi", path))


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(
    "layer",
    [
        "StopsIn",
        "StopsInView",
        "Rescues",
        "RaisesIn",
        "RaisesOut",
        "RaisesInHook",
        "Replaces",
        "RescuesOutside",
        "Changes",
    ],
)
@pytest.mark.parametrize("path", ["/plain/", "/raises/"])
def test_a_middleware_that_interferes_does_so_alike(path, layer, interface):
    with site("AllHooks", layer, "function", DEBUG=True):
        assert_the_same(lambda: ask(interface, path))


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_hook_that_returns_nothing_is_named_alike(interface):
    with site("TemplateHookReturnsNone", DEBUG=True):
        seen = assert_the_same(lambda: ask(interface, "/template/"))
    assert "TemplateHookReturnsNone.process_template_response didn&#x27;t return" in seen.reply.text


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(
    ("layer", "error"),
    [("returns_none", ImproperlyConfigured), ("RaisesWhenMade", ValueError), ("Neither", RuntimeError)],
)
def test_a_chain_that_cannot_be_built_fails_alike(layer, error, interface):
    with site("function", layer):
        with pytest.raises(error):
            HANDLERS[interface]()
        seen = assert_the_same(HANDLERS[interface])
    assert seen.raised


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_shop_s_pages_are_the_same(interface):
    john = sign_in("john")
    ask(interface, "/products/wireless-headphones/", headers=(john,))  # what the session remembers from now on
    for path in [
        "/products/wireless-headphones/",
        "/products/",
        "/checkout/",
        "/no/such/page/",
        "/api/products/1/stock/",
    ]:
        assert_the_same(lambda path=path: unsalted(ask(interface, path, headers=(john,))))


def unsalted(reply):
    """A reply without the CSRF token, which is masked anew in each response."""
    text = reply.text.split("csrfmiddlewaretoken")
    reply.chunks = [part[part.find(">") :].encode() for part in text]
    reply.headers = [(name, value.split("=")[0]) for name, value in reply.headers if name != "Content-Length"]
    return reply


@pytest.mark.parametrize("path", ["/raises/", "/async-raises/", "/bad-query/", "/broken-template/", "/members/"])
def test_the_test_client_raises_the_same_with_the_same_traceback(path):
    with site("AllHooks", "Slots", "function"):
        assert_the_same(lambda: Client().get(path))


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_warning_names_the_same_line(interface):
    def places():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            ask(interface, "/warns/")
        return [(str(each.message), each.filename, each.lineno) for each in caught]

    with site("function"):
        recorded = places()
        with probes_off():
            assert recorded == places()


@pytest.mark.parametrize("interface", INTERFACES)
def test_each_part_runs_where_it_runs_without_probes(interface):
    with site("MarkedAsync", "TellsThread", "async_only", "TellsThread", "AllHooks"):
        assert_the_same(lambda: ask(interface, "/tells-thread/"))
    assert len([call for call in calls if "in, " in call or "view in" in call]) == 3


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(
    "path",
    ["/stream/", "/async-stream/", "/text-stream/", "/object-stream/", "/query-stream/", "/broken-stream/", "/file/"],
)
def test_streams_of_either_kind_are_sent_the_same_part_by_part(path, interface):
    with site("django.middleware.gzip.GZipMiddleware", "AllHooks"):
        seen = assert_the_same(lambda: ask(interface, path))
        zipped = assert_the_same(lambda: whole(ask(interface, path, headers=(("Accept-Encoding", "gzip"),))))
    assert (seen.reply is None) == (zipped.reply is None) == (path == "/broken-stream/")


def whole(reply):
    """Zipped parts hold random bytes, against attacks on what repeats; their text does not."""
    reply.chunks = (
        [gzip.decompress(reply.body)] if dict(reply.headers).get("Content-Encoding") == "gzip" else reply.chunks
    )
    return reply


def test_a_file_is_handed_to_the_server_the_same():
    results = []

    def handler(environ, start_response):
        results.append(WSGIHandler()(environ, start_response))
        return results[-1]

    with site():
        seen = assert_the_same(lambda: ask("wsgi", "/file/", handler=handler, **{"wsgi.file_wrapper": FileWrapper}))
    assert len(seen.reply.body) == 10_000
    assert [type(result) for result in results] == [FileWrapper, FileWrapper]
    assert results[0].blksize == results[1].blksize
