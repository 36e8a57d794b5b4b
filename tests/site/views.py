"""Views for the cases that the shop has no use for."""

import asyncio
import io
import threading
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.test import Client
from django.views import View

from tests.site.calls import calls

CHUNKS = [b"one ", b"two ", b"three"]


def one_query(text: str = "") -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", [text])
        return cursor.fetchone()[0]


def plain(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    calls.append("view plain")
    return HttpResponse(f"plain {request.method}", headers={"X-View": "plain"})


async def async_plain(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    calls.append("view async_plain")
    await asyncio.sleep(0)
    return HttpResponse("async plain")


class ClassView(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("from a class")


class CallableView:
    """An instance as a view."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("from an instance")


def raises(request: HttpRequest) -> HttpResponse:
    calls.append("view raises")
    secret_password = "in-a-local-variable"  # noqa: F841
    raise ValueError("the view went wrong")


async def async_raises(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0)
    raise ValueError("the async view went wrong")


def raises_404(request: HttpRequest) -> HttpResponse:
    raise Http404("no such thing")


def denies(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("not you")


def returns_none(request: HttpRequest) -> None:
    return None


def tells_thread(request: HttpRequest) -> HttpResponse:
    calls.append(f"view in {threading.current_thread().name.partition('-')[0]}")
    return HttpResponse()


def warns(request: HttpRequest) -> HttpResponse:
    warnings.warn("old fashioned", DeprecationWarning, stacklevel=1)
    return HttpResponse("warned")


def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body)


def ignores_body(request: HttpRequest) -> HttpResponse:
    return HttpResponse("not read")


def template(request: HttpRequest) -> TemplateResponse:
    return TemplateResponse(request, "page.html", {"word": "hello"})


def broken_template(request: HttpRequest) -> TemplateResponse:
    return TemplateResponse(request, "broken.html", {"explode": _explode})


def _explode() -> str:
    raise ZeroDivisionError("in the template")


def queries(request: HttpRequest, text: str = "") -> HttpResponse:
    one_query(text)
    return HttpResponse(text)


def counts_itself(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        count = cursor.fetchone()[0]
    return HttpResponse(count)


def bad_query(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT word FROM nowhere")
    return HttpResponse()


def many_queries(request: HttpRequest) -> HttpResponse:
    for number in range(50):
        one_query(str(number))
    return HttpResponse("50")


@transaction.atomic
def in_transaction(request: HttpRequest) -> HttpResponse:
    one_query("inside")
    return HttpResponse("committed")


def rolled_back(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        one_query("inside")
        transaction.set_rollback(True)
    return HttpResponse("rolled back")


async def gathers(request: HttpRequest) -> HttpResponse:
    """Several tasks at once, each with a hop into the thread and a query."""

    async def ask(text: str) -> None:
        await asyncio.sleep(0)
        await sync_to_async(one_query)(text)

    await asyncio.gather(*(ask(f"task {number}") for number in range(5)))
    return HttpResponse("gathered")


def in_a_bare_thread(request: HttpRequest) -> HttpResponse:
    def work() -> None:
        one_query("nobody's")
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return HttpResponse("worked")


def asks_itself(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Client().get("/plain/").content)


# Streams.


def _parts() -> Iterator[bytes]:
    calls.append("stream began")
    yield from CHUNKS
    calls.append("stream ended")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(_parts())


def text_stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter(["é", memoryview(b"ab"), b"c"]), content_type="text/plain; charset=utf-8")


def object_stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([1, 22]))


def query_stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(one_query(f"row {number}") for number in range(3))


def broken_stream(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[bytes]:
        yield b"good so far"
        raise ValueError("broken in the middle")

    return StreamingHttpResponse(parts())


async def async_stream(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        for part in CHUNKS:
            await asyncio.sleep(0)
            yield part

    return StreamingHttpResponse(parts())


async def async_query_stream(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        for number in range(3):
            yield (await sync_to_async(one_query)(f"row {number}")).encode()

    return StreamingHttpResponse(parts())


async def broken_async_stream(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"good so far"
        raise ValueError("broken in the middle")

    return StreamingHttpResponse(parts())


def file(request: HttpRequest) -> FileResponse:
    return FileResponse(io.BytesIO(b"0123456789" * 1000), filename="numbers.txt")


# What a client does not wait for.

started = threading.Event()
let_go = threading.Event()


async def waits(request: HttpRequest) -> HttpResponse:
    started.set()
    await asyncio.sleep(60)
    return HttpResponse("too late")


def waits_in_thread(request: HttpRequest) -> HttpResponse:
    started.set()
    let_go.wait(10)
    return HttpResponse("too late")


async def waits_elsewhere(request: HttpRequest) -> HttpResponse:
    """Leaves a thread behind that nobody waits for once the client has gone."""

    def wait() -> str:
        started.set()
        let_go.wait(10)
        return "too late"

    render = sync_to_async(render_to_string, thread_sensitive=False)
    return HttpResponse(await render("part.html", {"word": wait}))


def naps(request: HttpRequest, number: int) -> HttpResponse:
    one_query(f"before {number}")
    time.sleep(0.005)
    one_query(f"after {number}")
    return HttpResponse(f"{number}")


async def async_naps(request: HttpRequest, number: int) -> HttpResponse:
    await sync_to_async(one_query)(f"before {number}")
    await asyncio.sleep(0.005)
    await asyncio.gather(*(sync_to_async(one_query)(f"after {number}") for _ in range(2)))
    return HttpResponse(f"{number}")
