"""Projects that route WebSockets with Channels can route ours."""

from asgiref.testing import ApplicationCommunicator
from channels.routing import ProtocolTypeRouter, URLRouter

from visualizer.live.routing import websocket_urlpatterns


async def test_the_routes_lead_to_the_socket(settings):
    settings.DEBUG = True
    router = ProtocolTypeRouter({"websocket": URLRouter(websocket_urlpatterns)})
    scope = {
        "type": "websocket",
        "path": "/__visualizer__/live/",
        "headers": [(b"host", b"localhost"), (b"origin", b"http://localhost")],
        "client": ("127.0.0.1", 1),
    }
    socket = ApplicationCommunicator(router, scope)
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(10))["type"] == "websocket.accept"
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait(10)
