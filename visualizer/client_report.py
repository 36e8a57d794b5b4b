"""What a browser measured of a request it sent itself, as events of the stages 1 and 10."""

from dataclasses import dataclass, fields
from typing import Any

from visualizer import events as ev
from visualizer import stages
from visualizer.redaction import cut, safe_url

_MOST_SUBREQUESTS = 100
# What a 64-bit number holds; JSON encoders refuse more.
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ClientReport:
    """One browser's timings, in nanoseconds; `start_epoch_ns` counts from 1970."""

    start_epoch_ns: int
    queued_ns: int
    connect_ns: int
    first_byte_ns: int
    download_ns: int
    total_ns: int
    protocol: str
    transfer_bytes: int
    body_bytes: int
    decoded_bytes: int
    status: int
    rendered: str
    subrequests: list[dict[str, Any]]

    @classmethod
    def from_dict(cls, given: Any) -> "ClientReport":
        """Check a report; raise ValueError naming the key that is missing, unknown or of the wrong type."""
        if not isinstance(given, dict):
            raise ValueError(f"The report must be an object, not {type(given).__name__}.")
        kinds: dict[str, Any] = {f.name: (list if f.name == "subrequests" else f.type) for f in fields(cls)}
        for key, kind in kinds.items():
            if key not in given:
                raise ValueError(f"The report lacks {key!r}.")
            value: Any = given[key]
            if type(value) is not kind or (kind is int and not 0 <= value <= _LARGEST):
                raise ValueError(f"The report's {key!r} must be a {_words[kind]}, not {value!r}.")
        taken: dict[str, Any] = {key: cut(given[key]) if kind is str else given[key] for key, kind in kinds.items()}
        return cls(**taken)

    def events(self, started_epoch_ns: int, sent_ns: int) -> list[dict[str, Any]]:
        """The two events, without their `seq`; times count from the moment at which the handler was called.

        `sent_ns` is when the handler had handed over all of the response.
        """
        start_ns, shared = self._place(self.start_epoch_ns - started_epoch_ns, sent_ns)
        clock = "shared" if shared else "estimated"
        sent = {
            "start_ns": self.start_epoch_ns,
            "queued_ns": self.queued_ns,
            "connect_ns": self.connect_ns,
            "protocol": self.protocol,
            "clock": clock,
        }
        got = {name: getattr(self, name) for name in _RESPONSE_FIELDS}
        got |= {"subrequests": [_subrequest(item) for item in self.subrequests[:_MOST_SUBREQUESTS]], "clock": clock}
        return [
            _event(stages.CLIENT_REQUEST, start_ns, sent),
            _event(stages.CLIENT_RESPONSE, start_ns + self.total_ns, got),
        ]

    def _place(self, start_ns: int, sent_ns: int) -> tuple[int, bool]:
        # Browser and server read one clock only on one machine. Where their readings contradict each other by more
        # than a browser's coarse clock explains, the browser's span is laid around the server's, in the middle.
        if start_ns <= _COARSE_NS and start_ns + self.total_ns >= sent_ns - _COARSE_NS:
            return min(0, start_ns), True
        return min(0, (sent_ns - self.total_ns) // 2), False


# Browsers round their clocks, to 100 µs or more outside isolated pages, and ours is read after the server's work.
_COARSE_NS = 1_000_000
_RESPONSE_FIELDS = (
    "first_byte_ns",
    "download_ns",
    "total_ns",
    "transfer_bytes",
    "body_bytes",
    "decoded_bytes",
    "status",
    "rendered",
)
_words = {int: "whole number of at least 0", str: "text", list: "list"}


def _subrequest(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise ValueError(f"A subrequest must be an object, not {type(item).__name__}.")
    return {
        "path": safe_url(_text(item, "path"))[:500],
        "initiator": _text(item, "initiator")[:40],
        "duration_ns": _int(item, "duration_ns"),
        "status": _int(item, "status"),
    }


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key, "")
    if type(value) is not str:
        raise ValueError(f"A subrequest's {key!r} must be a text, not {value!r}.")
    return value


def _int(item: dict[str, Any], key: str) -> int:
    value = item.get(key, 0)
    if type(value) is not int or not 0 <= value <= _LARGEST:
        raise ValueError(f"A subrequest's {key!r} must be a whole number, not {value!r}.")
    return value


def _event(stage: str, t_ns: int, detail: dict[str, Any]) -> dict[str, Any]:
    facts = {"t_ns": t_ns, "span": None, "parent": None, "phase": ev.POINT, "stage": stage, "kind": ev.CLIENT}
    return {**facts, "name": "browser", "thread": "", "detail": detail}
