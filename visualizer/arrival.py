"""A request that has just come in: what its trace begins with, most of it read only once the response has gone."""

from typing import Any, NamedTuple

from visualizer import proxy, wire
from visualizer.events import Detail

# A named tuple's own constructor takes three times as long.
_new = tuple.__new__


class Arrival(NamedTuple):
    """What is known of a request before the handler is called; `peer` is the address that connected, if it has one."""

    title: str
    handler: str
    interface: str
    server: str | None
    source: wire.RequestSource
    facts: Detail
    came_by_proxy: bool
    peer: str | None


def from_environ(handler: str, interface: str, server: str | None, environ: dict[str, Any]) -> Arrival:
    """What a WSGI environ says: it is copied, for the application may change it and a server use it again."""
    copied = environ.copy()
    title = f"{copied.get('REQUEST_METHOD', '')} {wire.path_of(copied)}"
    facts = (wire.environ_facts, handler, interface, copied)
    by_proxy, peer = proxy.is_told_in_environ(copied), copied.get("REMOTE_ADDR")
    return _new(Arrival, (title, handler, interface, server, wire.from_environ(copied), facts, by_proxy, peer))


def from_scope(handler: str, interface: str, server: str | None, scope: dict[str, Any]) -> Arrival:
    """What an ASGI scope says; it is copied likewise."""
    client = scope.get("client")
    title = f"{scope.get('method', '')} {scope['path']}"
    facts = (wire.scope_facts, handler, dict(scope))
    by_proxy, peer = proxy.is_told_in_scope(scope), client[0] if client else None
    return _new(Arrival, (title, handler, interface, server, wire.from_scope(scope), facts, by_proxy, peer))
