"""Sees templates render: each template with the line that included it, the tree of extends and blocks.

Replaces `Template.render`, `ExtendsNode.render` and `BlockNode.render`, and from Django 6.0 on `PartialTemplate.render`
and `PartialDefNode.render`; checked for Django 5.2 to 6.1. Not `Template._render`, which test environments replace.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.template import base, defaulttags
from django.template.base import Template
from django.template.context import ContextDict, RenderContext
from django.template.library import InclusionNode
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockContext, BlockNode, ExtendsNode, IncludeNode
from django.utils.safestring import SafeString

from visualizer import stages
from visualizer.context_names import context_facts
from visualizer.events import TEMPLATE, Detail, error_facts
from visualizer.native import compiled, watch_compiled
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current
from visualizer.redaction import safe_text

_STAGE = stages.TEMPLATE
_INCLUDE = IncludeNode.render.__code__
_INCLUSION_TAG = InclusionNode.render.__code__
# Django 6.0 and later.
_PartialTemplate: Any = getattr(base, "PartialTemplate", None)
_PARTIAL_TAG = defaulttags.PartialNode.render.__code__ if hasattr(defaulttags, "PartialNode") else None
_UNNAMED = "(from a text)"

# Name and detail of what renders; no name for what is not the project's.
Look = Callable[[Any, Any], tuple[str | None, Detail]]
# The names in the layers of a context, each followed by the type of its value.
Names = tuple[Any, ...]
_CONSTANTS = frozenset({"True", "False", "None"})
_TEXTS = frozenset({str, SafeString})


def _watch(look: Look) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        def render(self: Any, context: Any) -> Any:
            here = current.get()
            if here is None:
                return original(self, context)
            t = clock()
            trace, span, name = here[0], 0, None
            try:
                name, detail = look(self, context)
                if name is not None:
                    span = trace.enter(t, here[1], _STAGE, TEMPLATE, name, detail)
            except Exception as fault:
                trace.fault("template", fault)
            if not span:
                return original(self, context)
            current.set((trace, span, _STAGE))
            try:
                text = original(self, context)
            except BaseException as error:
                error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
                _leave_raising(here, span, name or "", error)
                raise
            t = clock()
            current.set(here)
            trace.exit(t, span, _STAGE, _text_facts, len(text) if type(text) in _TEXTS else None)
            return text

        return render

    return make


def _compile(what: str, look: Look) -> Callable[[Any], Any]:
    return watch_compiled(what, _watch(look))


def _leave_raising(here: tuple[Trace, int, str], span: int, name: str, error: BaseException) -> None:
    t = clock()
    current.set(here)
    here[0].outcome.see_raised(error, name, _STAGE)
    here[0].exit(t, span, _STAGE, {"bytes": None, "error": error_facts(error)})


def _text_facts(length: int | None) -> dict[str, Any]:
    return {"bytes": length}


def _look_at_template(template: Any, context: Any) -> tuple[str | None, Detail]:
    name = template.name
    # This function's own frame, the wrapper's, and then who asked for the template.
    caller = sys._getframe(2)
    title = name if type(name) is str else _title_of(name, caller)
    if title is None:
        return None, None
    code = caller.f_code
    if code is _INCLUDE or code is _INCLUSION_TAG:
        # The names of the template around it are told there; these are what it was given besides.
        given = _names_of(context.dicts, len(context.dicts) - 1)
        facts = _include_facts if code is _INCLUDE else _inclusion_facts
        return title, (facts, template.origin, given, caller.f_locals["self"])
    return title, (_template_facts, template.origin, _names_of(context.dicts))


def _title_of(name: Any, caller: FrameType) -> str | None:
    """What a template is called whose name is no plain text; None for one that is not the project's."""
    if name is None and caller.f_globals.get("__name__", "").startswith("django.views."):
        # Django's own error pages, drawn from texts of its own.
        return None
    return str.__str__(name) if isinstance(name, str) else _UNNAMED if name is None else safe_text(name)


def _names_of(layers: list[dict[Any, Any]], first: int = 0) -> Names:
    """The names in a context from one layer on, each with the type of its value, which is not looked at otherwise."""
    return tuple(each for layer in layers[first:] for name, value in layer.items() for each in (name, type(value)))


def _template_facts(origin: Any, given: Names) -> dict[str, Any]:
    every = iter(given)
    types = dict(zip(every, every, strict=True))
    return {
        "node": "template",
        "engine": "django",
        "template": origin.template_name,
        "file": origin.name,
        "line": None,
        **context_facts(types, _CONSTANTS),
    }


def _include_facts(origin: Any, given: Names, node: Any) -> dict[str, Any]:
    return {**_template_facts(origin, given), **_place_of(node), "file": origin.name, "node": "include"}


def _inclusion_facts(origin: Any, given: Names, node: Any) -> dict[str, Any]:
    tag = node.token.contents.split(maxsplit=1)[0] if node.token else None
    return {**_include_facts(origin, given, node), "node": "inclusion", "tag": tag}


def _look_at_partial(partial: Any, context: Any) -> tuple[str, Detail]:
    caller = sys._getframe(2)
    if caller.f_code is _PARTIAL_TAG:
        return partial.name, (_node_facts, "partial", caller.f_locals["self"])
    if caller.f_code is _INCLUDE:
        name = f"{partial.origin.template_name}#{partial.name}"
        given = _names_of(context.dicts, len(context.dicts) - 1)
        return name, (_include_facts, partial.origin, given, caller.f_locals["self"])
    # Somebody asked the engine for this part of a template only.
    return partial.name, (_partial_facts, partial.origin, _names_of(context.dicts))


def _partial_facts(origin: Any, given: Names) -> dict[str, Any]:
    return {**_template_facts(origin, given), "node": "partial"}


def _look_at_extends(node: Any, context: Any) -> tuple[str, Detail]:
    parent = node.parent_name.var
    name = str.__str__(parent) if issubclass(type(parent), str) else node.parent_name.token
    return name, (_extends_facts, node)


def _extends_facts(node: Any) -> dict[str, Any]:
    return _node_facts("extends", node)


def _look_at_block(node: Any, context: Any) -> tuple[str, Detail]:
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    filler = blocks.get_block(node.name) if blocks is not None else None
    return node.name, (_block_facts, node, filler or node)


def _block_facts(node: Any, filler: Any) -> dict[str, Any]:
    """A block stands in one template; its content may come from another that extends it."""
    return {**_node_facts("block", node), "filled_by": _place_of(filler)["template"]}


def _node_facts(kind: str, node: Any) -> dict[str, Any]:
    return {"node": kind, "engine": "django", **_place_of(node), "context": [], "types": {}}


def _place_of(node: Any) -> dict[str, Any]:
    origin, token = getattr(node, "origin", None), getattr(node, "token", None)
    return {
        "template": origin.template_name if origin else None,
        "file": origin.name if origin else None,
        "line": token.lineno if token else None,
    }


def _look_at_definition(node: Any, context: Any) -> tuple[str | None, Detail]:
    # Where it is not shown at once, nothing renders there.
    return (node.partial_name, (_node_facts, "partial", node)) if node.inline else (None, None)


def _partial_patches() -> list[Patch]:
    if _PartialTemplate is None:
        return []
    definition: Any = vars(defaulttags)["PartialDefNode"]
    return [
        Patch(_PartialTemplate, "render", _watch(_look_at_partial)),
        Patch(definition, "render", _watch(_look_at_definition)),
    ]


if compiled is not None:
    compiled.connect(
        stage_template=_STAGE,
        kind_template=TEMPLATE,
        template_facts=_template_facts,
        include_facts=_include_facts,
        inclusion_facts=_inclusion_facts,
        text_facts=_text_facts,
        extends_facts=_extends_facts,
        block_facts=_block_facts,
        code_include=_INCLUDE,
        code_inclusion=_INCLUSION_TAG,
        look_at_unnamed=_title_of,
        names_of_other=_names_of,
        leave_raising=_leave_raising,
        block_key=BLOCK_CONTEXT_KEY,
        kind_of_render_context=RenderContext,
        kind_of_layer=ContextDict,
        kind_of_blocks=BlockContext,
        safe_string=SafeString,
    )

PROBE = Probe(
    "template",
    [
        Patch(Template, "render", _compile("template", _look_at_template)),
        Patch(ExtendsNode, "render", _compile("extends", _look_at_extends)),
        Patch(BlockNode, "render", _compile("block", _look_at_block)),
        *_partial_patches(),
    ],
)
