"""The socket of an open page. Needs no channel layer, and channels not in INSTALLED_APPS."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

import orjson
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import close_old_connections

from visualizer.access import admits, request_of_socket, same_origin
from visualizer.live.hub import hub
from visualizer.live.watcher import Watcher

logger = logging.getLogger("visualizer.live")

_MAX_MESSAGE_CHARACTERS = 1000


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Serves one watcher of the hub: sends its frames, reads what the page confirms and asks for again."""

    # The project's own layer, if it has one, is not to be touched: it may well be down.
    channel_layer_alias = "visualizer"

    _watcher: Watcher | None = None
    _sender: asyncio.Task[None] | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle a message without the parent's hop to another thread to close database connections."""
        handler = getattr(self, message["type"].replace(".", "_"))
        await handler(message)

    async def connect(self) -> None:
        """Let in those whom the pages let in, if their own page asks."""
        request = request_of_socket(self.scope)
        if not same_origin(request) or not await _is_admitted(request):
            await self.close()
            return
        await self.accept()
        self._watcher, hello = hub.join()
        await self.send(text_data=hello)
        self._sender = asyncio.create_task(self._send_frames(self._watcher))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take `{"ack": n}` or `{"again": [from, to]}`; anything else is ignored."""
        message = _parse(text_data)
        if self._watcher is None:
            return
        match message:
            case {"ack": int(n)}:
                self._watcher.confirm(n)
            case {"again": [int(first), int(last)]}:
                for text in self._watcher.again(first, last):
                    await self.send(text_data=text)
            case _:
                logger.debug("A page sent what is not understood: %.100r", text_data)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """Leave the hub."""
        await self._stop()
        raise StopConsumer

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve the socket; however that ends, the watcher leaves the hub."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._stop()

    async def _send_frames(self, watcher: Watcher) -> None:
        while True:
            for text in await watcher.next():
                await self.send(text_data=text)
            # Daphne's send never waits: without this a long backlog would hold up everybody else.
            await asyncio.sleep(0)

    async def _stop(self) -> None:
        if self._watcher is not None:
            hub.leave(self._watcher)
            self._watcher = None
        if self._sender is not None:
            self._sender.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._sender
            self._sender = None


async def _is_admitted(request: Any) -> bool:
    # A thread of its own: the one that sync_to_async shares may be held up by the project.
    async with ThreadSensitiveContext():
        return await sync_to_async(_admits_and_closes)(request)


def _admits_and_closes(request: Any) -> bool:
    try:
        return admits(request)
    finally:
        close_old_connections()


def _parse(text: str | None) -> Any:
    if text is None or len(text) > _MAX_MESSAGE_CHARACTERS:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
