"""What is seen of a Jinja2 template that renders: by whom it was asked, where that stands, the names that it was given.

Found on the stack of frames: those of compiled templates have their template among their globals.
"""

import dis
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import jinja2
from jinja2.environment import Template, TemplateModule

from visualizer.context_names import context_facts
from visualizer.events import Detail
from visualizer.origin import line_of_code, line_of_compiled
from visualizer.redaction import safe_text

# The template in which something stands, and the instruction of its compiled code.
Place = tuple[Any, CodeType, int]
# What renders: its name, who is to blame for an exception in it, its facts.
Look = tuple[str, str, Detail]

TEMPLATE_OF_MODULE = "__jinja_template__"
_BETWEEN = (str(Path(jinja2.__file__).parent), str(Path(__file__).parent))
_UNNAMED = "(from a text)"
_DEFAULT_MODULES = frozenset({Template._get_default_module.__code__, Template._get_default_module_async.__code__})
_MODULES = _DEFAULT_MODULES | {
    TemplateModule.__init__.__code__,
    Template.make_module.__code__,
    Template.make_module_async.__code__,
}


def look_at_root(template: Any, context: Any, node: str, place: Place | None) -> Look:
    name = name_of(template)
    given = context.parent
    names = {} if node == "extends" else dict(zip(given, map(type, given.values()), strict=True))
    return name, name, (_root_facts, node, template, place, names, context.globals_keys)


def relation(context: Any, caller: FrameType) -> tuple[str, Place | None]:
    """By whom a template was asked to render: a line of another one, or somebody outside of templates."""
    if TEMPLATE_OF_MODULE in caller.f_globals:
        # Of the two only a child hands its own context on.
        return ("extends" if caller.f_locals.get("context") is context else "include"), place_of(caller)
    frame: FrameType | None = caller
    node = "import"
    while frame is not None and frame.f_code in _MODULES:
        if frame.f_code in _DEFAULT_MODULES and frame.f_locals["ctx"] is None:
            # An include without context takes the whole text of the module that an import takes the names of.
            node = "include"
        frame = frame.f_back
    place = place_of(frame) if frame is not None else None
    return (node, place) if place and frame is not caller else ("template", None)


def _root_facts(
    node: str, template: Any, place: Place | None, names: dict[Any, type], globals_keys: set[str]
) -> dict[str, Any]:
    facts = {**_place_facts(place), "node": node}
    if node == "extends" and place is not None:
        return {**facts, "line": _line_of_extends(place)}
    facts |= {"file": _file_of(template), **context_facts(names, globals_keys)}
    return facts if place else {**facts, "template": name_of(template)}


def _line_of_extends(place: Place) -> int | None:
    """The line of the tag: compiled code only notes the parent there, and renders it at its own end."""
    template, code, _ = place
    stores = [
        each for each in dis.get_instructions(code) if each.argval == "parent_template" and "STORE" in each.opname
    ]
    # The first says that there is no parent so far; several others are tags under conditions.
    return line_of_compiled(template, code, stores[1].offset) if len(stores) == 2 else None


def look_at_block(name: str, function: Any, place: Place | None) -> Look:
    filler = function.__globals__.get(TEMPLATE_OF_MODULE)
    return name, name_of(filler), (_block_facts, place, filler)


def _block_facts(place: Place | None, filler: Any) -> dict[str, Any]:
    facts = _reference_facts(place, filler)
    return {**facts, "line": _line_of_block(place)} if place else facts


def look_at_reference(reference: Any, place: Place | None) -> Look:
    """What `super()` and `self.block()` show."""
    filler = reference._stack[reference._depth].__globals__.get(TEMPLATE_OF_MODULE)
    return reference.name, name_of(filler), (_reference_facts, place, filler)


def _reference_facts(place: Place | None, filler: Any) -> dict[str, Any]:
    return {**_place_facts(place), "node": "block", "filled_by": name_of(filler)}


def _line_of_block(place: Place) -> int:
    """The line of the tag: async and buffered code notes it with the loop over the pieces, two lines below the call."""
    template, code, instruction = place
    line = line_of_code(code, instruction)
    here = (each for each in dis.get_instructions(code) if each.positions and each.positions.lineno == line)
    if all(each.opname != "GET_YIELD_FROM_ITER" for each in here):
        looped = [source for source, compiled in template.debug_info if compiled == line + 2]
        if looped:
            return int(looped[0])
    return line_of_compiled(template, code, instruction)


def look_at_macro(macro: Any, place: Place | None) -> Look:
    home = macro._func.__globals__.get(TEMPLATE_OF_MODULE)
    # The body of a call block is a macro without a name.
    return macro.name or "caller", name_of(home), (_macro_facts, place, home)


def _macro_facts(place: Place | None, home: Any) -> dict[str, Any]:
    return {**_place_facts(place), "node": "macro", "defined_in": name_of(home)}


def _place_facts(place: Place | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "engine": "jinja2",
        "template": None,
        "line": None,
        "file": None,
        "context": [],
        "types": {},
    }
    if place is None:
        return facts
    template, code, instruction = place
    line = line_of_compiled(template, code, instruction)
    return {**facts, "template": name_of(template), "line": line, "file": _file_of(template)}


def place_of(frame: FrameType) -> Place | None:
    template = frame.f_globals.get(TEMPLATE_OF_MODULE)
    return None if template is None else (template, frame.f_code, frame.f_lasti)


def place_around(frame: FrameType | None) -> Place | None:
    """The line of a template that called, through Jinja2's own functions only."""
    while frame is not None and frame.f_code.co_filename.startswith(_BETWEEN):
        frame = frame.f_back
    return place_of(frame) if frame is not None else None


def name_of(template: Any) -> str:
    name = None if template is None else template.name
    return str.__str__(name) if isinstance(name, str) else _UNNAMED if name is None else safe_text(name)


def _file_of(template: Any) -> str | None:
    file = template.filename
    return file if isinstance(file, str) and not file.startswith("<") else None
