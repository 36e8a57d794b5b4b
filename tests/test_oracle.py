"""Law 3: order and nesting of a trace are those in which the interpreter made the calls; see tests/witness.py."""

import asyncio
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler

from tests.driving import INTERFACES, ask_asgi, ask_wsgi, observe, of, probes_off, sign_in
from tests.witness import Witness, nesting_of, nesting_told_by, told_by

pytestmark = pytest.mark.usefixtures("shop")


def send(interface: str, path: str, headers: Any) -> list[tuple[str, str, str]]:
    """Send the request before the witness, and return what was seen."""
    handler = WSGIHandler() if interface == "wsgi" else ASGIHandler()
    witness = Witness(path)

    def run() -> Any:
        with witness:
            return ask_wsgi(path, handler=handler, headers=headers)

    async def run_async() -> Any:
        with witness:
            return await ask_asgi(path, handler=handler, headers=headers)

    observe(run if interface == "wsgi" else lambda: asyncio.run(run_async()))
    return witness.seen


PAGES = {
    "/products/wireless-headphones/": "john",
    "/products/": "mallory",
    "/reports/average-order/": "john",
    "/api/products/1/": None,
    "/categories/audio/": None,
}


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("path", PAGES)
def test_the_order_and_nesting_of_a_trace_are_those_of_the_calls(path, interface, traces):
    headers = (sign_in(PAGES[path]),) if PAGES[path] else ()
    seen = send(interface, path, headers)
    trace = traces.only
    assert len(seen) > 20
    assert told_by(trace) == seen
    assert nesting_told_by(trace) == nesting_of(seen)


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("path", PAGES)
def test_the_order_of_the_calls_is_the_same_without_probes(path, interface, traces):
    headers = (sign_in(PAGES[path]),) if PAGES[path] else ()
    recorded = send(interface, path, headers)
    with probes_off():
        assert send(interface, path, headers) == recorded


@pytest.mark.parametrize("interface", INTERFACES)
def test_john_s_product_page_passes_every_layer_in_and_out(interface, traces):
    seen = send(interface, "/products/wireless-headphones/", (sign_in("john"),))
    layers = [name for phase, kind, name in seen if (phase, kind) == ("enter", "middleware")]
    assert layers == settings.MIDDLEWARE
    assert [name for phase, kind, name in seen if (phase, kind) == ("exit", "middleware")] == layers[::-1]
    positions = [event["detail"]["position"] for event in of(traces.only, "middleware", "enter")]
    assert positions == list(range(1, len(layers) + 1))
