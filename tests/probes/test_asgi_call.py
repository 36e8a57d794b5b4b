"""The handler of ASGI being called: its trace begins when what it returns is awaited, and ends however that ends."""

import asyncio
import contextvars
import gc
import warnings

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.test import override_settings

from tests.driving import ask, ask_asgi, assert_well_formed, of, scope_of
from tests.site import views
from tests.site.settings import site
from visualizer.recorder import current

pytestmark = pytest.mark.usefixtures("shop")


async def receive_once():
    return {"type": "http.request", "body": b"", "more_body": False}


async def send_nothing(message):
    pass


def waiting_server():
    """`receive` and `send` of a client that stays."""
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive():
        return messages.pop() if messages else await asyncio.Event().wait()

    return receive, send_nothing


async def test_it_is_recorded_where_it_is_awaited(traces):
    with site():
        handler = ASGIHandler()
        call = handler(scope_of("/plain/"), *waiting_server())
        assert (list(traces), current.get()) == ([], None)
        context = contextvars.copy_context()
        await asyncio.create_task(call, context=context)
    assert (current.get(), current.seen_in(context)) == (None, None)
    assert traces.only["response"]["status"] == 200


async def test_one_that_nobody_awaits_says_so_and_is_no_trace(traces):
    with site(), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        ASGIHandler()(scope_of("/plain/"), receive_once, send_nothing)
        gc.collect()
    assert [str(warning.message) for warning in said] == ["coroutine 'ASGIHandler.__call__' was never awaited"]
    assert list(traces) == []


async def test_one_that_is_closed_before_it_began_is_no_trace(traces):
    with site():
        call = ASGIHandler()(scope_of("/plain/"), receive_once, send_nothing)
        call.close()
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await call
    assert list(traces) == []


async def test_one_that_is_cancelled_ends_its_trace(traces):
    with site():
        views.started.clear()
        task = asyncio.create_task(ASGIHandler()(scope_of("/waits/"), *waiting_server()))
        assert await asyncio.to_thread(views.started.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert current.get() is None
    assert traces[0].finished
    assert_well_formed(traces[0].as_dict())


async def test_a_server_whose_functions_return_no_coroutines_is_recorded_too(traces):
    class Server:
        def __init__(self):
            self.receive_of, _ = waiting_server()
            self.sent = []

        def receive(self):
            return asyncio.ensure_future(self.receive_of())

        def send(self, message):
            self.sent.append(message["type"])
            done = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done

    server = Server()
    with site():
        await ASGIHandler()(scope_of("/plain/"), server.receive, server.send)
    assert server.sent == ["http.response.start", "http.response.body"]
    names = [event["name"] for event in of(traces.only, "server", "point")]
    assert names[:1] == ["http.request"]
    assert [name for name in names if name.startswith("http.response")] == server.sent


async def test_requests_inside_each_other_are_told_apart(traces):
    async def asks_again(scope, receive, send):
        await ask_asgi("/plain/", handler=handler)
        await handler(scope, receive, send)
        assert current.get() is None

    with site():
        handler = ASGIHandler()
        await asks_again(scope_of("/template/"), *waiting_server())
    assert [trace.head()["request"]["path"] for trace in traces] == ["/plain/", "/template/"]


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_settings_that_change_hold_from_the_next_request_on(interface, traces):
    with site():
        ask(interface, "/plain/")
        with override_settings(VISUALIZER={"IGNORE": ["/plain/"], "MAX_EVENTS": 5}):
            ask(interface, "/plain/")
            ask(interface, "/template/")
        ask(interface, "/plain/")
    assert [trace.head()["request"]["path"] for trace in traces] == ["/plain/", "/template/", "/plain/"]
    assert [bool(trace.head()["omitted"]) for trace in traces] == [False, True, False]
