"""A project whose routers do not lead to the socket is told so."""

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from visualizer.live.routers import lacks_route
from visualizer.live.routing import websocket_urlpatterns


async def other(scope, receive, send):
    raise NotImplementedError


def router(websocket):
    return ProtocolTypeRouter({"http": other, "websocket": websocket})


def test_a_router_with_the_routes_lacks_nothing():
    routes = URLRouter([path("chat/", other), *websocket_urlpatterns])
    assert not lacks_route(router(routes))
    assert not lacks_route(router(AllowedHostsOriginValidator(AuthMiddlewareStack(routes))))
    assert not lacks_route(router(URLRouter([path("", routes)])))


def test_a_router_without_the_routes_lacks_them():
    assert lacks_route(ProtocolTypeRouter({"http": other}))
    assert lacks_route(router(URLRouter([path("chat/", other)])))
    assert lacks_route(router(other))


def test_an_application_that_is_no_router_lacks_nothing():
    assert not lacks_route(other)
