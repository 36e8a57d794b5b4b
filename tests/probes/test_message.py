"""Messages that are left for the user."""

import asyncio

import pytest
from django.contrib import messages
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from tests.driving import INTERFACES, ask, ask_asgi, assert_well_formed, handler_for, observe, of, one, probes_off
from tests.site.explosive import Explosive
from tests.site.settings import site
from visualizer.redaction import HIDDEN

pytestmark = pytest.mark.usefixtures("shop")
LAYERS = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
COOKIES = {"MESSAGE_STORAGE": "django.contrib.messages.storage.cookie.CookieStorage"}


def record(leave, interface="wsgi", **request):
    def view(request):
        leave(request)
        return HttpResponse()

    with site(*LAYERS, **COOKIES):
        return observe(lambda: ask(interface, "/", handler=handler_for(view, interface), **request))


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_message_is_told_with_its_level_and_text(interface, traces):
    seen = record(lambda request: messages.success(request, "Your order is on its way.", "mail"), interface)
    assert any(name == "Set-Cookie" for name, _ in seen.reply.headers)
    event = one(traces.only, "message")
    assert (event["name"], event["stage"], event["phase"]) == ("success", "view", "point")
    assert event["detail"] == {
        "level": messages.SUCCESS,
        "text": "Your order is on its way.",
        "length": 25,
        "type": "str",
        "tags": "mail",
        "kept": True,
    }
    assert_well_formed(traces.only)


def test_what_is_empty_or_below_the_recording_level_is_not_kept(traces):
    def leave(request):
        messages.debug(request, "a detail")
        messages.info(request, "")
        request._messages.add(level=37, message="of a level of one's own")

    record(leave)
    told = [(event["name"], event["detail"]["kept"]) for event in of(traces.only, "message")]
    assert told == [("debug", False), ("info", False), ("37", True)]


def test_lazy_and_marked_texts_are_not_made(traces):
    made = []

    class Lazy(Explosive):
        def __bool__(self):
            made.append("asked by Django")
            return False

    def leave(request):
        messages.info(request, gettext_lazy("Cart"))
        messages.info(request, mark_safe("<b>bold</b>"))
        messages.info(request, Lazy())

    assert record(leave).reply.status == 200
    lazy, marked, exploding = (event["detail"] for event in of(traces.only, "message"))
    assert (lazy["text"], lazy["length"], lazy["kept"]) == (None, None, True)
    assert (marked["text"], marked["type"]) == ("<b>bold</b>", "SafeString")
    assert (exploding["text"], exploding["type"], exploding["kept"]) == (None, "Lazy", False)
    assert made == ["asked by Django"]


def test_a_message_that_fails_is_told_with_its_error(traces):
    seen = record(lambda request: request._messages.add("high", "text"))
    assert seen.reply.status == 500
    event = one(traces.only, "message")
    assert (event["name"], event["detail"]["kept"]) == ("high", False)
    assert event["detail"]["error"]["type"] == "ValueError"


def test_a_secret_of_the_request_is_replaced_in_a_message(traces):
    headers = (("Authorization", "Bearer swordfish-1234"),)
    record(lambda request: messages.info(request, f"Hello {request.headers['Authorization'][7:]}"), headers=headers)
    assert one(traces.only, "message")["detail"]["text"] == f"Hello {HIDDEN}"


async def test_overlapping_messages_of_async_views_do_not_mix(traces):
    async def view(request):
        await asyncio.sleep(0)
        messages.info(request, request.path)
        await asyncio.sleep(0)
        return HttpResponse()

    with site(*LAYERS, **COOKIES):
        handler = ASGIHandler()
        handler.resolve_request = lambda request: (view, (), {})
        await asyncio.gather(*(ask_asgi(f"/r{number}/", handler=handler) for number in range(6)))
    texts = [one(trace.as_dict(), "message")["detail"]["text"] for trace in traces]
    assert texts == [f"/r{number}/" for number in range(6)]


def test_nothing_is_told_once_uninstalled(traces):
    with probes_off():
        assert record(lambda request: messages.info(request, "a")).reply.status == 200
    assert traces == []
