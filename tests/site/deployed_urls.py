"""The demonstration site's addresses, and a stream that ends only because its client goes away, or after a while."""

import asyncio
import time

from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.urls import path

from config.urls import urlpatterns as shop_urls

PART = b"x" * 65_536
PARTS = 1_000
PAUSE_SECONDS = 0.001


def _parts():
    for _ in range(PARTS):
        yield PART
        time.sleep(PAUSE_SECONDS)


async def _async_parts():
    for _ in range(PARTS):
        yield PART
        await asyncio.sleep(PAUSE_SECONDS)


def stream(request):
    return StreamingHttpResponse(_async_parts() if isinstance(request, ASGIRequest) else _parts())


urlpatterns = [path("stream/", stream), *shop_urls]
