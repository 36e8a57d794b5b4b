"""Builds small traces by hand, as docs/trace-format.md describes them."""

from typing import Any

LAYER = "shop.middleware.BannedUserMiddleware"
VIEW = "shop.views.product_detail"


class Sample:
    """A trace in the making: `enter`, `exit` and `point` return the number of the event; time passes by itself."""

    def __init__(self, **head: Any) -> None:
        self.head = {
            "schema": 1,
            "id": "00ff00ff00ff00ff",
            "started_at": "2026-11-23T10:00:00.000000+00:00",
            "process": {"server": "daphne/4.2", "interface": "asgi", "django": "5.2.19", "python": "3.11.9", "pid": 1},
            "request": {"method": "GET", "path": "/products/1/", "query_string": "", "headers": []},
            "response": None,
            "outcome": {"kind": None, "by": None, "view_ran": False},
            "duration_ns": None,
            "held_ns": 0,
            "overhead_ns": 0,
            "omitted": {},
            **head,
        }
        self.events: list[dict[str, Any]] = []
        self._open: list[dict[str, Any]] = []
        self._t_ns = 0

    def enter(self, kind: str, name: str, stage: str = "view", **detail: Any) -> int:
        span = len(self.events) + 1
        self._open.append(self._add("enter", kind, name, stage, detail, span))
        return self.events[-1]["seq"]

    def exit(self, stage: str | None = None, *, after_ns: int = 1_000, **detail: Any) -> int:
        opened = self._open.pop()
        self._t_ns += after_ns
        self._add("exit", opened["kind"], opened["name"], stage or opened["stage"], detail, opened["span"])
        return self.events[-1]["seq"]

    def point(self, kind: str, name: str, stage: str = "view", **detail: Any) -> int:
        self._add("point", kind, name, stage, detail, None)
        return self.events[-1]["seq"]

    def span(self, kind: str, name: str, left: dict[str, Any] | None = None, stage: str = "view", **detail: Any) -> int:
        """A whole span with nothing inside."""
        seq = self.enter(kind, name, stage, **detail)
        self.exit(stage, **(left or {}))
        return seq

    def _add(
        self, phase: str, kind: str, name: str, stage: str, detail: dict[str, Any], span: int | None
    ) -> dict[str, Any]:
        parent = self._open[-1]["span"] if self._open else None
        event = {"seq": len(self.events), "t_ns": self._t_ns, "span": span, "parent": parent, "phase": phase}
        event |= {"stage": stage, "kind": kind, "name": name, "thread": "MainThread", "detail": detail}
        self.events.append(event)
        return event

    def ended(self, kind: str, by: str, status: int | None = 200, *, view_ran: bool = True) -> "Sample":
        """Let the request be over."""
        self.head["outcome"] = {"kind": kind, "by": by, "view_ran": view_ran}
        self.head["duration_ns"] = 6_400_000
        headers = [["Content-Type", "text/html; charset=utf-8"]]
        if status:
            facts = {"status": status, "headers": headers, "content_type": headers[0][1]}
            self.head["response"] = {**facts, "body_bytes": 5_200, "streaming": False}
        return self

    def as_dict(self) -> dict[str, Any]:
        return {**self.head, "events": self.events}
