"""What would have asked for all rows at once, as code; named only where the line that asked shows that it would do."""

import ast
import re
from dataclasses import dataclass
from typing import Any

from visualizer.findings.relations import Following, Relation, Relations
from visualizer.findings.select import Select
from visualizer.lessons.wording import short

_FUNCTIONS = {"AVG": "Avg", "COUNT": "Count", "MAX": "Max", "MIN": "Min", "SUM": "Sum"}
# What gives a queryset of the same model again, which can be prefetched.
_KEEPING = frozenset({"all", "distinct", "exclude", "filter", "order_by", "reverse", "select_related"})
# How what was chosen may be called.
_CHOOSING = {"exclude": "filtered", "filter": "filtered", "order_by": "ordered", "reverse": "ordered"}
# What means the same wherever it stands: no name of the line's own function.
_LITERAL = (ast.Constant, ast.keyword, ast.Tuple, ast.List, ast.Set, ast.UnaryOp, ast.BinOp, ast.Call, ast.Attribute)
_SIGNS = (ast.Expression, ast.Load, ast.USub, ast.UAdd, ast.Invert, ast.BitAnd, ast.BitOr, ast.BitXor)
_LOOKUPS = frozenset({"_", "F", "Q"})


@dataclass(frozen=True)
class Cure:
    """A queryset's method as code; `instead` is what is to be read then, `read` what was before, if another."""

    code: str
    instead: str = ""
    read: str = ""


def works_on(cure: Cure, line: str) -> bool:
    """Whether it would work on the query that this line asked for: `iterator()` prefetches by chunks, or not at all."""
    return "prefetch" not in cure.code or re.search(r"\ba?iterator\(", line) is None


def cure_of(
    select: Select, following: Following, path: tuple[Relation, ...], relations: Relations, line: str
) -> Cure | None:
    """The cure of statements that follow a relation, the last one of the path, where the line tells enough."""
    name = path[-1].name
    # What rows of several models are followed to further on depends on all of them.
    if following.reads or any(step.is_generic and step.leads_to == "one" for step in path[:-1]):
        return None
    if path[-1].leads_to == "one":
        is_read = following.is_plain and _is_one_row(select) and names(line, name)
        return Cure(_related(path)) if is_read else None
    if select.aggregate is not None:
        whole = _annotated(select, path, relations) if names(line, name) else None
        return whole if following.is_plain or whole is None else _filtered(whole, select, path[-1], line)
    if select.asks_whether or select.limit is not None:
        return None
    if _reads_all(line, name) and (following.is_plain or _is_named_once(line, name)):
        return Cure(_related(path))
    return _chosen(path, line)


def names(line: str, name: str) -> bool:
    """Whether a line reads an attribute of this name."""
    return re.search(rf"\.{re.escape(name)}\b", line) is not None


def _is_named_once(line: str, name: str) -> bool:
    return len(re.findall(rf"\.{re.escape(name)}\b", line)) == 1


def _is_one_row(select: Select) -> bool:
    return select.aggregate is None and not select.asks_whether


def _reads_all(line: str, name: str) -> bool:
    """Whether the line reads all of the relation and asks nothing more of it: what is prefetched answers only that."""
    return re.search(rf"\.{re.escape(name)}\.all\b(?:\(\))?(?![.\[(\w])", line) is not None


def _lookup(path: tuple[Relation, ...]) -> str:
    return "__".join(step.name for step in path)


def _related(path: tuple[Relation, ...]) -> str:
    is_joined = all(step.leads_to == "one" and not step.is_generic for step in path)
    return f'{"select_related" if is_joined else "prefetch_related"}("{_lookup(path)}")'


def _annotated(select: Select, path: tuple[Relation, ...], relations: Relations) -> Cure | None:
    function, column = select.aggregate or ("", None)
    field = relations.field_of(select.table, column) if column else None
    if len(path) > 1 or (column and field is None) or select.joins or (not column and function != "COUNT"):
        return None
    return Cure(f'annotate({_FUNCTIONS[function]}("{"__".join([path[0].lookup, *([field] if field else [])])}"))')


def _filtered(whole: Cure, select: Select, relation: Relation, line: str) -> Cure | None:
    """The same of those rows only that `filter()` leaves, if all its conditions are this line's."""
    lookups = _lookups_of_filter(line, relation)
    if not lookups or select.conditions != len(lookups) + (2 if relation.is_generic else 1):
        return None
    own = f"filtered_{relation.name}"
    aggregate = whole.code.removeprefix("annotate(").removesuffix("))")
    return Cure(f"annotate({own}={aggregate}, filter=Q({', '.join(lookups)})))", own, f"{relation.name}.filter(…)")


def _lookups_of_filter(line: str, relation: Relation) -> list[str]:
    """The keyword arguments of the one `filter()` before an aggregate, as lookups from the relation's other end."""
    rest = _after(line, relation.name) if _is_named_once(line, relation.name) else ""
    end = _end_of_call(rest, 0) if rest.startswith(".filter(") else 0
    if not end or not re.match(r"\.a?(?:count|aggregate)\(", rest[end:]):
        return []
    call: Any = ast.parse(f"_{rest[:end]}", mode="eval").body
    try:
        return [f"{relation.lookup}__{each.arg}={ast.literal_eval(each.value)!r}" for each in call.keywords if each.arg]
    except ValueError:
        return []


def _chosen(path: tuple[Relation, ...], line: str) -> Cure | None:
    """Some of a relation's rows, or in another order: Django keeps those apart, under a name of their own."""
    relation = path[-1]
    calls = _calls_on(line, relation.name) if _is_named_once(line, relation.name) else ""
    if not calls:
        return None
    chosen = next((word for method, word in _CHOOSING.items() if f".{method}(" in calls), "prefetched")
    own = f"{chosen}_{relation.name}"
    queryset = f"{short(relation.target)}.{relation.manager}{calls}"
    code = f'prefetch_related(Prefetch("{_lookup(path)}", queryset={queryset}, to_attr="{own}"))'
    return Cure(code, instead=own, read=f"{relation.name}{calls}")


def _after(line: str, name: str) -> str:
    """What stands behind an attribute in a line that reads it."""
    return re.split(rf"\.{re.escape(name)}\b", line, maxsplit=1)[1]


def _calls_on(line: str, name: str) -> str:
    """The calls that a line makes on a related manager, if their arguments mean the same elsewhere; else empty."""
    rest, end = _after(line, name), 0
    while re.match(r"\.\w+\(", rest[end:]):
        end = _end_of_call(rest, end)
        if not end:
            return ""
    is_all = not re.match(r"[.\[(\w]", rest[end:])
    return rest[:end] if end and is_all and _means_the_same_elsewhere(rest[:end]) else ""


def _end_of_call(text: str, start: int) -> int:
    """Where the call ends that begins at `start`; 0 if this line does not hold all of it."""
    for closing in re.finditer(r"\)", text[start:]):
        end = start + closing.end()
        if _parsed(text[:end]) is not None:
            return end
    return 0


def _parsed(calls: str) -> ast.Expression | None:
    try:
        return ast.parse(f"_{calls}", mode="eval")
    except (SyntaxError, ValueError):
        return None


def _means_the_same_elsewhere(calls: str) -> bool:
    parsed = _parsed(calls)
    return parsed is not None and all(_is_literal(node) for node in ast.walk(parsed))


def _is_literal(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in _KEEPING
    return node.id in _LOOKUPS if isinstance(node, ast.Name) else isinstance(node, (*_LITERAL, *_SIGNS))
