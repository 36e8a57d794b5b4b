"""Routes for projects that route their WebSockets with Channels: add `websocket_urlpatterns` to your URLRouter."""

from django.urls import path

from visualizer.conf import get_settings
from visualizer.live.consumer import LiveConsumer

websocket_urlpatterns = [
    path(f"{get_settings().mount.lstrip('/')}live/", LiveConsumer.as_asgi()),
]
