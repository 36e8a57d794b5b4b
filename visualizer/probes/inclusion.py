"""Sees inclusion tags as a whole: the tag's own function runs first, then the template that shows what it gave.

Replaces `InclusionNode.render`, checked for Django 5.2 to 6.1; the admin's own node calls it as well. The template
inside is seen by the probe for templates.
"""

from types import FunctionType
from typing import Any

from django.template.library import InclusionNode

from visualizer import stages
from visualizer.events import TEMPLATE, error_facts
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current

_STAGE = stages.TEMPLATE


def _inclusion_node(original: Any) -> Any:
    def render(self: Any, context: Any) -> Any:
        here = current.get()
        if here is None:
            return original(self, context)
        t = clock()
        span = 0
        try:
            span = here[0].enter(t, here[1], _STAGE, TEMPLATE, _name_of(self), (_facts, self))
        except Exception as fault:
            here[0].fault("inclusion", fault)
        if not span:
            return original(self, context)
        current.set((here[0], span, _STAGE))
        error: BaseException | None = None
        text = None
        try:
            text = original(self, context)
            return text
        except BaseException as raised:
            raised.__traceback__ = raised.__traceback__ and raised.__traceback__.tb_next
            error = raised
            raise
        finally:
            _leave(here, span, text, error)
            error = None

    return render


def _leave(here: tuple[Trace, int, str], span: int, text: Any, error: BaseException | None) -> None:
    t = clock()
    current.set(here)
    facts: dict[str, Any] = {"bytes": str.__len__(text) if isinstance(text, str) else None}
    here[0].exit(t, span, _STAGE, {**facts, "error": error_facts(error)} if error else facts)


def _name_of(node: Any) -> str:
    token = getattr(node, "token", None)
    return token.contents.split(maxsplit=1)[0] if token is not None and token.contents else "inclusion tag"


def _facts(node: Any) -> dict[str, Any]:
    origin, token = getattr(node, "origin", None), getattr(node, "token", None)
    function = node.func
    return {
        "node": "tag",
        "engine": "django",
        "template": origin.template_name if origin else None,
        "file": origin.name if origin else None,
        "line": token.lineno if token else None,
        "function": f"{function.__module__}.{function.__qualname__}" if type(function) is FunctionType else None,
        "context": [],
        "types": {},
    }


PROBE = Probe("inclusion", [Patch(InclusionNode, "render", _inclusion_node)])
