"""Signals, who received them, and for how long."""

import asyncio
import time
from io import BytesIO

import pytest
from django.contrib.auth import get_user_model
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import got_request_exception, request_finished
from django.db.models.signals import post_init, post_save
from django.dispatch import Signal
from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from config.shop.models import Product
from tests.driving import (
    INTERFACES,
    ancestors,
    ask,
    ask_asgi,
    assert_well_formed,
    both_ways,
    exit_of,
    handler_for,
    of,
    one,
    plain,
    probes_off,
)
from tests.probes.recording import arecord, record, without
from tests.site.explosive import Explosive
from tests.site.settings import site
from visualizer.probes.signal import PROBE

order_placed = Signal()


def first(sender, **kwargs):
    return "first"


def second(sender, **kwargs):
    time.sleep(0.002)
    return "second"


def fails(sender, **kwargs):
    raise LookupError("the post office is closed")


async def awaits(sender, **kwargs):
    await asyncio.sleep(0.002)
    return "awaited"


async def awaits_and_fails(sender, **kwargs):
    raise LookupError("the post office is closed")


class Office:
    """Receives by a method, and by being called."""

    def __call__(self, sender, **kwargs):
        return "called"

    def receive(self, sender, **kwargs):
        return "method"


class FailingOffice:
    def __call__(self, sender, **kwargs):
        raise LookupError("closed")


@pytest.fixture
def connected():
    """Connect receivers to a signal for one test."""
    made = []

    def connect(signal, *receivers, **kwargs):
        for receiver in receivers:
            signal.connect(receiver, weak=False, **kwargs)
            made.append((signal, receiver, kwargs.get("sender")))

    yield connect
    for signal, receiver, sender in made:
        signal.disconnect(receiver, sender=sender)


def sent(trace, name="order_placed"):
    return one(trace, "signal", "enter", name)


def receivers(trace, name="order_placed"):
    return exit_of(trace, sent(trace, name))["detail"]["receivers"]


def names(trace, name="order_placed"):
    return [each["name"].rpartition(".")[2] for each in receivers(trace, name)]


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_signal_is_told_with_its_receivers_in_order_and_their_times(interface, traces, connected):
    connected(order_placed, first, second)
    record(lambda: order_placed.send(Office), interface)
    event = sent(traces.only)
    assert event["stage"] == "view"
    assert event["detail"] == {
        "module": __name__,
        "sender": f"{__name__}.Office",
        "method": "send",
        "count": 2,
    }
    told = receivers(traces.only)
    assert [each["name"] for each in told] == [f"{__name__}.first", f"{__name__}.second"]
    assert told[0]["file"] == __file__ and told[0]["line"] == first.__code__.co_firstlineno
    assert told[0]["duration_ns"] < 2_000_000 <= told[1]["duration_ns"]
    assert_well_formed(traces.only)


def test_what_send_returns_is_what_django_returns(traces, connected):
    office = Office()
    connected(order_placed, first, office, office.receive)
    got = []
    record(lambda: got.extend(order_placed.send(None) + order_placed.send_robust(None)))
    expected = [(first, "first"), (office, "called"), (office.receive, "method")]
    assert got == expected * 2
    assert got[0][0] is first and got[1][0] is office
    assert [event["detail"]["sender"] for event in of(traces.only, "signal", "enter", "order_placed")] == [None, None]


def test_methods_and_objects_are_named_by_their_class(traces, connected):
    office = Office()
    connected(order_placed, office, office.receive)
    record(lambda: order_placed.send("the till"))
    assert [each["name"] for each in receivers(traces.only)] == [f"{__name__}.Office", f"{__name__}.Office.receive"]
    assert sent(traces.only)["detail"]["sender"] == "the till"


def test_a_receiver_that_fails_ends_the_signal(traces, connected):
    connected(order_placed, first, fails, second)
    assert record(lambda: order_placed.send(None)).reply.status == 500
    told = receivers(traces.only)
    assert told[1]["error"]["message"] == "the post office is closed"
    assert [each["duration_ns"] is None for each in told] == [False, False, True]
    assert exit_of(traces.only, sent(traces.only))["detail"]["error"]["type"] == "LookupError"
    assert_well_formed(traces.only)


def test_robust_signals_go_on_and_return_the_error(traces, connected):
    connected(order_placed, fails, second)
    got = []
    record(lambda: got.extend(order_placed.send_robust(None)))
    assert got[0][0] is fails and isinstance(got[0][1], LookupError) and got[1] == (second, "second")
    frames, traceback = [], got[0][1].__traceback__
    while traceback:
        frames.append(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    assert frames == ["send_robust", "fails"]
    assert [bool(each["error"]) for each in receivers(traces.only)] == [True, False]
    assert "error" not in exit_of(traces.only, sent(traces.only))["detail"]


@pytest.mark.parametrize("method", ["send", "send_robust"])
@pytest.mark.parametrize("receiver", [fails, FailingOffice(), awaits_and_fails], ids=["function", "object", "async"])
def test_errors_and_log_are_the_same_with_and_without_probes(method, receiver, connected):
    connected(order_placed, receiver)

    def view(request):
        return HttpResponse(str(getattr(order_placed, method)(None)))

    def run():
        with site(DEBUG=True):
            return ask("wsgi", "/orders/", handler=handler_for(view))

    recorded, bare = both_ways(run)
    assert recorded.logged == bare.logged and recorded.raised == bare.raised
    assert bare.logged and (recorded.reply.status, recorded.warned) == (bare.reply.status, bare.warned)
    assert plain(recorded.reply.text) == plain(bare.reply.text)


async def test_async_receivers_and_sending_are_told(traces, connected):
    connected(order_placed, awaits, first)
    reply = await arecord(lambda: order_placed.asend(Office))
    assert "awaited" in reply.text and "first" in reply.text
    assert names(traces.only) == ["first", "awaits"]
    assert receivers(traces.only)[1]["duration_ns"] >= 2_000_000
    assert sent(traces.only)["detail"]["method"] == "asend"
    assert_well_formed(traces.only)


async def test_async_robust_sending_returns_errors(traces, connected):
    connected(order_placed, awaits_and_fails, awaits)
    got = []

    async def run():
        got.extend(await order_placed.asend_robust(None))

    await arecord(run)
    assert [(each[0], type(each[1])) for each in got] == [(awaits_and_fails, LookupError), (awaits, str)]
    assert [bool(each["error"]) for each in receivers(traces.only)] == [True, False]


def test_async_receivers_of_a_sync_signal_are_told(traces, connected):
    connected(order_placed, awaits, first)
    got = []
    record(lambda: got.extend(order_placed.send(None)))
    assert got == [(first, "first"), (awaits, "awaited")]
    assert names(traces.only) == ["first", "awaits"]


def test_a_signal_that_a_receiver_sends_is_inside(traces, connected):
    inner = Signal()
    connected(inner, first)
    connected(order_placed, sends := lambda sender, **kwargs: inner.send(Office))
    record(lambda: order_placed.send(None))
    event = one(traces.only, "signal", "enter", f"a signal of {__name__}")
    assert event["detail"]["module"] is None
    assert ancestors(traces.only, event)[0] == "signal order_placed"
    assert sends.__qualname__ in receivers(traces.only)[0]["name"]


def test_django_s_own_receivers_frame_the_request(traces):
    record(lambda: "")
    [started, finished] = of(traces.only, "signal", "enter")
    assert (started["name"], started["stage"]) == ("request_started", "server_request")
    assert (finished["name"], finished["stage"]) == ("request_finished", "server_response")
    assert finished["detail"]["module"] == "django.core.signals"
    assert "django.core.cache.close_caches" in [each["name"] for each in receivers(traces.only, "request_finished")]
    sending = one(traces.only, "server", "point", "start_response")
    assert finished["seq"] > sending["seq"]


def asks(**kwargs):
    Product.objects.count()


async def asks_async(**kwargs):
    await Product.objects.acount()


FORMS = {
    "plain": lambda request: HttpResponse("x"),
    "stream": lambda request: StreamingHttpResponse(iter(["a", "b"])),
    "file": lambda request: FileResponse(BytesIO(b"x")),
}


@pytest.mark.usefixtures("shop")
# What Django says of a sync stream under ASGI.
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")
@pytest.mark.parametrize("receiver", [asks, asks_async])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("interface", INTERFACES)
def test_receivers_that_run_after_the_response_are_told_as_any_others(interface, form, receiver, traces, connected):
    connected(request_finished, receiver)
    with site():
        ask(interface, "/", handler=handler_for(FORMS[form], interface))
    trace = traces.only
    assert receiver.__name__ in names(trace, "request_finished")
    query = one(trace, "database", "enter")
    assert ancestors(trace, query)[0] == "signal request_finished"
    assert query["detail"]["origin"]["function"] == receiver.__name__
    assert query["seq"] > max(event["seq"] for event in of(trace, "server", "point", "close"))
    assert_well_formed(trace)


@pytest.mark.usefixtures("shop")
def test_model_signals_are_told_only_where_they_have_receivers(traces, connected):
    user = get_user_model()
    connected(post_save, first, sender=user)
    connected(post_init, second, sender=Office)

    def run():
        john = user.objects.get(username="john")
        john.save()
        john.save()

    record(run)
    saved = of(traces.only, "signal", "enter", "post_save")
    assert [event["detail"]["sender"] for event in saved] == ["django.contrib.auth.models.User"] * 2
    assert not of(traces.only, "signal", "enter", "post_init")


@pytest.mark.usefixtures("shop")
def test_queries_of_a_receiver_are_inside_its_signal(traces, connected):
    connected(order_placed, lambda sender, **kwargs: get_user_model().objects.count())
    record(lambda: order_placed.send(None))
    [query] = of(traces.only, "database", "enter")
    assert ancestors(traces.only, query)[0] == "signal order_placed"


def test_got_request_exception_is_told_where_it_has_receivers(traces, connected):
    connected(got_request_exception, first)
    record(lambda: 1 / 0)
    assert names(traces.only, "got_request_exception") == ["first"]


def test_senders_and_values_are_not_touched(traces, connected):
    connected(order_placed, first)
    record(lambda: order_placed.send(Office(), value=Explosive()) and "")
    assert sent(traces.only)["detail"]["sender"] == f"{__name__}.Office"


def test_a_sender_whom_nobody_heard_is_told_once_somebody_does(traces, connected):
    loaded = Signal(use_caching=True)
    connected(loaded, first, sender=Office)

    def run():
        loaded.send(FailingOffice)
        loaded.send(FailingOffice)
        connected(loaded, second, sender=FailingOffice)
        return len(loaded.send(sender=FailingOffice))

    assert record(run).reply.body == b"1"
    assert names(traces.only, f"a signal of {__name__}") == ["second"]


def test_many_receivers_are_counted_and_only_so_many_kept(traces, connected):
    connected(order_placed, *[(lambda sender, number=number, **kwargs: number) for number in range(60)])
    record(lambda: order_placed.send(None))
    assert sent(traces.only)["detail"]["count"] == 60 and len(receivers(traces.only)) == 50


async def test_overlapping_signals_do_not_mix(traces, connected):
    connected(order_placed, awaits)

    async def view(request):
        await order_placed.asend(request.path)
        return HttpResponse()

    with site():
        handler = ASGIHandler()
        handler.resolve_request = lambda request: (view, (), {})
        await asyncio.gather(*(ask_asgi(f"/r{number}/", handler=handler) for number in range(6)))
    assert [sent(trace.as_dict())["detail"]["sender"] for trace in traces] == [f"/r{number}/" for number in range(6)]


def test_a_signal_outside_of_requests_is_in_no_trace(traces, connected):
    connected(order_placed, first)
    assert order_placed.send(None) == [(first, "first")]
    assert order_placed.has_listeners()
    assert traces == []


def test_nothing_is_told_once_uninstalled(traces, connected):
    connected(order_placed, first)
    with probes_off():
        assert record(lambda: order_placed.send(None)).reply.status == 200
    assert traces == []
    with without(PROBE):
        record(lambda: order_placed.send(None))
    assert not of(traces.only, "signal")
