"""Law 9, mix nothing: overlapping requests each get their own trace."""

import asyncio
import re
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started

from config.shop.models import Product
from tests.conftest import Traces
from tests.driving import ask_asgi, ask_wsgi, assert_well_formed, of, one, sign_in

MANY = 50


def _senders() -> list[tuple[int, str, tuple[str, str]]]:
    """For each of many requests: the key of its own user, the slug of its product, its Cookie header."""
    slugs = list(Product.objects.order_by("pk").values_list("slug", flat=True))
    users = [get_user_model().objects.create(username=f"visitor{number}") for number in range(MANY)]
    return [(user.pk, slugs[number % len(slugs)], sign_in(user.username)) for number, user in enumerate(users)]


def _assert_own(trace: dict[str, Any], number: int, user: int, slug: str) -> None:
    assert_well_formed(trace)
    assert trace["request"]["path"] == f"/products/{slug}/"
    assert trace["request"]["query_string"] == f"n={number}"
    assert trace["response"]["status"] == 200
    resolved = one(trace, "resolver", "exit")["detail"]["captured"]
    assert [item["value"] for item in resolved] == [slug]
    queries = [event["detail"] for event in of(trace, "database", "enter")]
    loaded = [q["params"] for q in queries if re.search(r'"shop_product"\."slug" = %s', q["sql"])]
    assert loaded
    assert all(slug in params for params in loaded)
    asked_for = [q["params"] for q in queries if 'FROM "auth_user" WHERE' in q["sql"]]
    assert [params[0] for params in asked_for] == [str(user)]
    assert len(of(trace, "middleware", "enter")) == len(settings.MIDDLEWARE)
    assert len(of(trace, "view", "enter")) == 1


@pytest.mark.usefixtures("shop")
def test_fifty_overlapping_asgi_requests_make_fifty_traces(traces: Traces) -> None:
    senders = _senders()

    async def send_all() -> int:
        handler, running = ASGIHandler(), asyncio.Semaphore(MANY)
        most = 0

        async def send(number: int, slug: str, cookie: tuple[str, str]) -> None:
            nonlocal most
            async with running:
                most = max(most, MANY - running._value)
                await ask_asgi(f"/products/{slug}/?n={number}", handler=handler, headers=(cookie,))

        await asyncio.gather(*(send(number, slug, cookie) for number, (_, slug, cookie) in enumerate(senders)))
        return most

    assert asyncio.run(send_all()) == MANY
    assert len(traces) == MANY
    assert len({trace.id for trace in traces}) == MANY
    _assert_all_own(traces, senders)
    _assert_overlapped(traces)


@pytest.mark.usefixtures("shop")
def test_wsgi_requests_in_many_threads_make_as_many_traces(traces: Traces) -> None:
    senders, handler = _senders(), WSGIHandler()
    together = threading.Barrier(MANY)

    def wait_for_all(**kwargs: Any) -> None:
        # Inside each request, so that they overlap however busy the machine is.
        together.wait()

    def send(number: int, slug: str, cookie: tuple[str, str]) -> None:
        ask_wsgi(f"/products/{slug}/?n={number}", handler=handler, headers=(cookie,))

    # The interpreter changes threads more often than it would, so that the requests really run into each other.
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 20)
    request_started.connect(wait_for_all)
    try:
        _in_threads([lambda args=(n, slug, cookie): send(*args) for n, (_, slug, cookie) in enumerate(senders)])
    finally:
        request_started.disconnect(wait_for_all)
        sys.setswitchinterval(usual)
    _assert_all_own(traces, senders)
    _assert_overlapped(traces)
    for trace in traces:
        assert len({event["thread"] for event in trace.events()}) == 1


def _in_threads(calls: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _assert_all_own(traces: Traces, senders: list[tuple[int, str, tuple[str, str]]]) -> None:
    by_number = {int(trace.head()["request"]["query_string"][2:]): trace.as_dict() for trace in traces}
    assert sorted(by_number) == list(range(MANY))
    for number, (user, slug, _) in enumerate(senders):
        _assert_own(by_number[number], number, user, slug)


def _assert_overlapped(traces: Traces) -> None:
    """Otherwise the test above shows nothing."""
    spans = [(t.started_epoch_ns, t.started_epoch_ns + t.head()["duration_ns"]) for t in traces]
    first_end = min(end for _, end in spans)
    assert sum(begin < first_end for begin, _ in spans) > MANY // 2


@pytest.mark.usefixtures("shop")
async def test_async_views_on_one_loop_keep_their_own_traces(traces: Traces) -> None:
    # The stock API is async; three of its requests on one loop share nothing but the loop.
    handler = ASGIHandler()
    pks = [pk async for pk in Product.objects.order_by("pk").values_list("pk", flat=True)[:3]]
    await asyncio.gather(*(ask_asgi(f"/api/products/{pk}/stock/", handler=handler) for pk in pks))
    assert len(traces) == len(pks)
    for trace in traces:
        told = trace.as_dict()
        assert_well_formed(told)
        key = told["request"]["path"].split("/")[3]
        captured = one(told, "resolver", "exit")["detail"]["captured"]
        assert [item["value"] for item in captured] == [key]
