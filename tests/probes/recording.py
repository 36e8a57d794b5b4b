"""Records what runs inside a view, and takes one probe out."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse

from tests.driving import Reply, Seen, ask, ask_asgi, handler_for, observe
from tests.site.settings import site
from visualizer.patching import Probe


def record(run: Callable[[], Any], interface: str = "wsgi") -> Seen:
    """Run something as a view, whose answer is what it returns."""

    def view(request: Any) -> HttpResponse:
        return HttpResponse(str(run()))

    with site():
        return observe(lambda: ask(interface, "/", handler=handler_for(view, interface)))


async def arecord(run: Callable[[], Awaitable[Any]]) -> Reply:
    """Await something in an async view."""

    async def view(request: Any) -> HttpResponse:
        return HttpResponse(str(await run()))

    with site():
        return await ask_asgi("/", handler=handler_for(view, "asgi"))


@contextmanager
def without(probe: Probe) -> Iterator[None]:
    """All but this probe."""
    probe.uninstall()
    try:
        yield
    finally:
        probe.install()
