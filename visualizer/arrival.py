"""A request that has just come in: what its trace begins with, most of it read only once the response has gone."""

from typing import Any, NamedTuple

from visualizer import proxy, wire
from visualizer.events import Detail
from visualizer.native import compiled


class Arrival(NamedTuple):
    """What is known of a request before the handler is called; `peer` is the address that connected, if it has one."""

    title: str
    handler: str
    interface: str
    server: str | None
    read: wire.Read
    told: dict[str, Any]
    facts: Detail
    came_by_proxy: bool
    peer: str | None


def from_environ(handler: str, interface: str, server: str | None, environ: dict[str, Any]) -> Arrival:
    """What a WSGI environ says: it is copied, for the application may change it and a server use it again."""
    copied = environ.copy()
    title = title_of(copied)
    facts = (wire.environ_facts, handler, interface, copied)
    by_proxy, peer = proxy.is_told_in_environ(copied), copied.get("REMOTE_ADDR")
    return Arrival(title, handler, interface, server, wire.read_environ, copied, facts, by_proxy, peer)


def title_of(environ: dict[str, Any]) -> str:
    """Method and path of a WSGI request."""
    return f"{environ.get('REQUEST_METHOD', '')} {wire.path_of(environ)}"


def from_scope(handler: str, interface: str, server: str | None, scope: dict[str, Any]) -> Arrival:
    """What an ASGI scope says; it is copied likewise."""
    copied, client = dict(scope), scope.get("client")
    title = f"{copied.get('method', '')} {copied['path']}"
    facts = (wire.scope_facts, handler, copied)
    by_proxy, peer = proxy.is_told_in_scope(copied), client[0] if client else None
    return Arrival(title, handler, interface, server, wire.read_scope, copied, facts, by_proxy, peer)


if compiled is not None:
    compiled.connect(
        read_environ=wire.read_environ,
        environ_facts=wire.environ_facts,
        read_scope=wire.read_scope,
        scope_facts=wire.scope_facts,
        title_of_other_environ=title_of,
        proxy_keys=tuple(proxy.IN_ENVIRON),
        proxy_names=proxy.IN_SCOPE,
    )
