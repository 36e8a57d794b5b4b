"""Looks into a project's own Channels routers for the way to our socket."""

from typing import Any

from visualizer.live.consumer import LiveConsumer


def lacks_route(application: Any) -> bool:
    """Whether an ASGI application is a Channels router through which our socket cannot be reached."""
    mapping = getattr(application, "application_mapping", None)
    return isinstance(mapping, dict) and not _leads_here(mapping.get("websocket"))


def _leads_here(application: Any) -> bool:
    if application is None:
        return False
    if getattr(application, "consumer_class", None) is LiveConsumer:
        return True
    # OriginValidator has `application`, Channels' BaseMiddleware `inner`, URLRouter `routes`.
    inner = [getattr(application, name, None) for name in ("application", "inner")]
    inner += [getattr(route, "callback", None) for route in getattr(application, "routes", ())]
    return any(_leads_here(each) for each in inner)
