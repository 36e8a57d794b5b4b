"""What decided the fate of a request, gathered by the probes and judged at its end."""

from types import CodeType
from typing import Any, NamedTuple

from django.http import Http404

from visualizer.application_secrets import Held, held_by_frames
from visualizer.events import Detail, error_facts
from visualizer.frames import causes_of, django_class_of, frame_facts, take_frames


class Raised(NamedTuple):
    """Where an exception was first seen: `by` is the view, middleware or template, file and line its last frame."""

    # Of an exception that was swallowed, another one may have the id; keeping it would keep alive all that its frames
    # hold. Together with class and last frame the id tells them apart.
    error: tuple[int, type, str, int]
    by: str
    stage: str

    @property
    def file(self) -> str:
        return self.error[2]

    @property
    def line(self) -> int:
        return self.error[3]


def _identify(error: BaseException) -> tuple[int, type, str, int]:
    tb = error.__traceback__
    while tb is not None and tb.tb_next is not None:
        tb = tb.tb_next
    file, line = (tb.tb_frame.f_code.co_filename, tb.tb_lineno) if tb else ("", 0)
    return id(error), type(error), file, line


def exception_facts(error: BaseException, raised: Raised | None, by: str | None, status: int | None) -> Detail:
    """The detail of an `exception` event: what was raised where, handled by whom and turned into which status.

    Nothing of it holds the error, its traceback or a frame; the frames are told after the response has gone.
    """
    facts = {**error_facts(error), "raised_in": raised.by if raised else None}
    facts |= {"file": raised.file if raised else None, "line": raised.line if raised else None}
    facts |= {"django_class": django_class_of(error), "causes": causes_of(error)}
    return _told, {**facts, "handled_by": by, "status": status}, *take_frames(error)


def _told(facts: dict[str, Any], count: int, frames: tuple[tuple[CodeType, int], ...]) -> dict[str, Any]:
    return {**facts, "frames": frame_facts(frames), "frames_omitted": count - len(frames)}


class Outcome:
    """Notes of one request; `decide()` turns them into `{kind, by, view_ran}`."""

    view: str | None = None
    answered_by: str | None = None
    replaced_by: str | None = None
    rescued_by: str | None = None
    failure: tuple[str, str] | None = None
    raised: Raised | None = None
    disconnected = False

    def __init__(self, handler: str) -> None:
        self.handler = handler
        self.frames: list[Held] = []

    def see_raised(self, error: BaseException, by: str, stage: str) -> None:
        """Note who raised; layers further out see the same error again and change nothing."""
        if self.raised_by(error) is None:
            self.raised = Raised(_identify(error), by, stage)
            self.frames += held_by_frames(error)

    def raised_by(self, error: BaseException) -> Raised | None:
        """Where this very error was first seen, if it was."""
        return self.raised if self.raised is not None and self.raised.error == _identify(error) else None

    def see_failure(self, error: BaseException) -> None:
        """Note that Django's own error handling made the response."""
        seen = self.raised_by(error)
        self.failure = (
            "not_found" if issubclass(type(error), Http404) else "failed",
            seen.by if seen else self.handler,
        )
        self.replaced_by = None

    def see_answered(self, by: str) -> None:
        """Note that a middleware answered instead of passing the request on; the innermost one did it."""
        if self.answered_by is None:
            self.answered_by = by

    def see_rescued(self, error: BaseException, by: str) -> Raised | None:
        """Note that a middleware turned an exception into a response; return where it was raised."""
        self.rescued_by = by
        return self.raised_by(error)

    def see_replaced(self, by: str) -> None:
        """Note that a middleware put another response in the place of the one it got."""
        self.replaced_by = by

    def decide(self) -> dict[str, Any]:
        kind, by = self._kind_and_author()
        return {"kind": kind, "by": by, "view_ran": self.view is not None}

    def _kind_and_author(self) -> tuple[str, str]:
        if self.disconnected:
            return "disconnected", "client"
        if self.failure is not None:
            # Only a response that replaced the error's own speaks for a middleware here: one that replaced
            # a good response (304 for 200) leaves the request completed.
            if self.replaced_by is not None:
                return ("rescued" if self.view is not None else "stopped"), self.replaced_by
            return self.failure
        if self.rescued_by is not None:
            return "rescued", self.rescued_by
        if self.answered_by is not None:
            return "stopped", self.answered_by
        return "completed", self.view or self.handler
