"""The inspector's tabs: only those that have something in them for this step."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Tab(NamedTuple):
    """One tab; `things` is how many things are in it, where that says something."""

    id: str
    label: str
    template: str
    things: int = 0

    @property
    def counted(self) -> str:
        return f"{self.things:,}" if self.things else ""


def tabs_of(context: Mapping[str, Any]) -> list[Tab]:
    """The tabs of a step by what `inspector_context` found for it. The first and the last are always there."""
    statement, queries, exception = context["statement"], context["queries"], context["exception"]
    like = statement["like"] if statement else None
    asked = queries["count"] if queries else like["count"] if like else 0
    frames = exception["frames"] if exception else []
    found = (
        (True, Tab("overview", "Overview", _in("overview"))),
        (context["excerpt"] or frames, Tab("source", "Source", _in("source"))),
        (asked, Tab("queries", "Queries", _in("queries"), asked)),
        (context["rendering"], Tab("template", "Template", _in("rendering"))),
        (context["headers"], Tab("headers", "Headers", _in("headers"))),
        (True, Tab("raw", "Raw", _in("raw"))),
    )
    return [tab for is_there, tab in found if is_there]


def _in(name: str) -> str:
    return f"visualizer/inspector/{name}.html"
