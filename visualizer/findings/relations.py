"""What Django's model metadata says of tables: whose they are, and which field leads from one to another.

The one module of the findings that knows Django; it reads metadata only and runs no query.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from django.apps import apps
from django.db.models import ManyToManyField, Model
from django.db.models.fields.related import ForeignKey

from visualizer.findings.select import Column, Join, Select

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Relation:
    """A field of `source`, called `name`, by which Django asks for rows of `target`: one row, or many.

    `column` is the source's own, whose value becomes the parameter; `lookup` is the relation's name inside queries, and
    `manager` that of the target's manager. A generic one leads to whichever model its row names.
    """

    source: str
    target: str
    name: str
    lookup: str
    leads_to: Literal["one", "many"]
    column: Column
    target_table: str
    manager: str = "objects"
    is_generic: bool = False


@dataclass(frozen=True)
class Following:
    """A relation that a statement follows; `is_plain` where it asks nothing more than Django does to follow it.

    `reads` is the model whose rows are read, where those are not the relation's own but joined to them.
    """

    relation: Relation
    is_plain: bool
    reads: str = ""


@dataclass(frozen=True)
class _Path:
    """A relation and the statement that following it makes: the table read, the one joined to it, the conditions."""

    table: str
    joined: str | None
    condition: Column
    relation: Relation
    # The content type of a generic relation.
    further: Column | None = None


class Relations:
    """The relations of these models."""

    def __init__(self, models: Iterable[type[Model]]) -> None:
        own = [model for model in models if not model._meta.proxy]
        shared = Counter(model._meta.db_table for model in own)
        # Of two models on one table nobody can say for which one a query was.
        self._by_table = {model._meta.db_table: model for model in own if shared[model._meta.db_table] == 1}
        found = (path for model in self._by_table.values() for path in _paths_of(model))
        self._paths = [path for path in found if path.table in self._by_table]
        self._generic = [key for model in self._by_table.values() for key in _generic_keys(model)]

    def model_of(self, table: str) -> str | None:
        """The label of the model whose table this is: shop.Product."""
        model = self._by_table.get(table)
        return model._meta.label if model else None

    def unique_columns(self, table: str) -> frozenset[Column]:
        """The columns of a table of which each value belongs to one row."""
        model = self._by_table.get(table)
        fields = model._meta.local_fields if model else ()
        return frozenset((table, str(field.column)) for field in fields if field.unique)

    def field_of(self, table: str, column: str) -> str | None:
        """The name of the field that a column keeps."""
        model = self._by_table.get(table)
        fields = model._meta.local_fields if model else ()
        return next((field.name for field in fields if field.column == column), None)

    def leading_to(self, select: Select, place: int) -> list[Following]:
        """The relations that this statement follows, if the parameter at this place is what differs."""
        condition = select.compared_at(place)
        if condition is None:
            return []
        direct = [_plainly(path, select) for path in self._paths if _asks(path, select, condition)]
        return [*direct, *self._generic_to(select, condition)] or list(self._joined(select, condition))

    def _generic_to(self, select: Select, condition: Column) -> Iterator[Following]:
        model = self._by_table.get(select.table)
        if model is None or condition != (select.table, model._meta.pk.column):
            return
        is_plain = select.conditions == 1 and not select.joins
        for source, name, column in self._generic:
            to = model._meta.label
            relation = Relation(source, to, name, name, "one", column, select.table, is_generic=True)
            yield Following(relation, is_plain)

    def _joined(self, select: Select, condition: Column) -> Iterator[Following]:
        """Rows of another table that are joined towards the rows whose value the parameter is."""
        reads, joins = self.model_of(select.table), [join for join in select.joins if join is not None]
        if reads is None or condition[0] not in {join.table for join in joins}:
            return
        for path in (path for path in self._paths if path.joined is None and path.further is None):
            if (path.table, path.condition) == (condition[0], condition):
                # Through the rows that the relation leads to.
                yield Following(path.relation, is_plain=False, reads=reads)
            elif path.table == select.table and self._is_of_source(path, joins, condition):
                yield Following(path.relation, is_plain=False)

    def _is_of_source(self, path: _Path, joins: list[Join], condition: Column) -> bool:
        """Whether the relation's own source is joined, and one row of it picked out."""
        source = path.relation.column[0]
        ends = frozenset({path.condition, path.relation.column})
        is_joined = any(join.table == source and join.columns == ends for join in joins)
        return is_joined and condition[0] == source and condition in self.unique_columns(source)


def _asks(path: _Path, select: Select, condition: Column) -> bool:
    """Whether following this relation makes such a statement, whatever else that one asks."""
    is_joined = path.joined is None or path.joined in {join.table for join in select.joins if join}
    has_further = path.further is None or path.further in select.equal
    return (path.table, path.condition) == (select.table, condition) and is_joined and has_further


def _plainly(path: _Path, select: Select) -> Following:
    conditions = 1 if path.further is None else 2
    joins = 0 if path.joined is None else 1
    return Following(path.relation, (select.conditions, len(select.joins)) == (conditions, joins))


def installed_relations() -> Relations:
    """The relations of the models of this project, those that Django made for many-to-many fields included."""
    return _relations(tuple(apps.get_models(include_auto_created=True)))


@lru_cache(maxsize=2)
def _relations(models: tuple[type[Model], ...]) -> Relations:
    return Relations(models)


def _paths_of(model: type[Model]) -> Iterator[_Path]:
    for field in model._meta.local_fields:
        if isinstance(field, ForeignKey) and isinstance(field.related_model, type):
            yield from _by_key(model, field)
    for many in model._meta.local_many_to_many:
        if isinstance(many.related_model, type):
            yield from _by_many(model, many)
    for own in model._meta.private_fields:
        if hasattr(own, "object_id_field_name") and isinstance(own.related_model, type):
            yield _by_generic(model, own)


def _by_key(model: type[Model], field: Any) -> Iterator[_Path]:
    """A foreign key both ways."""
    other, target = field.related_model, field.target_field
    own, far = (model._meta.db_table, str(field.column)), (other._meta.db_table, str(target.column))
    forward = _relation(model, other, field.name, field.name, "one", own)
    yield _Path(far[0], None, far, forward)
    accessor = field.remote_field.get_accessor_name()
    if accessor and not field.remote_field.hidden:
        leads_to: Literal["one", "many"] = "one" if field.one_to_one else "many"
        lookup = accessor if leads_to == "one" else field.related_query_name()
        yield _Path(own[0], None, own, _relation(other, model, accessor, lookup, leads_to, far))


def _by_many(model: type[Model], field: "ManyToManyField[Any, Any]") -> Iterator[_Path]:
    """A many-to-many field both ways."""
    other: Any = field.related_model
    between = field.m2m_db_table()
    ends: Any = field
    own = (model._meta.db_table, _column(model, ends.m2m_target_field_name()))
    far = (other._meta.db_table, _column(other, ends.m2m_reverse_target_field_name()))
    forward = _relation(model, other, field.name, field.name, "many", own)
    yield _Path(far[0], between, (between, ends.m2m_column_name()), forward)
    accessor = ends.remote_field.get_accessor_name()
    if accessor and not ends.remote_field.hidden:
        back = _relation(other, model, accessor, field.related_query_name(), "many", far)
        yield _Path(own[0], between, (between, ends.m2m_reverse_name()), back)


def _by_generic(model: type[Model], field: Any) -> _Path:
    """A GenericRelation: the rows that name this model and this row of it."""
    other, pk = field.related_model, model._meta.pk
    table = other._meta.db_table
    own = (model._meta.db_table, str(pk.column))
    relation = _relation(model, other, field.name, field.name, "many", own, is_generic=True)
    further = (table, _column(other, field.content_type_field_name))
    return _Path(table, None, (table, _column(other, field.object_id_field_name)), relation, further)


def _generic_keys(model: type[Model]) -> Iterator[tuple[str, str, Column]]:
    """The GenericForeignKeys of a model: its label, their name, and the column that keeps a row's number."""
    table = model._meta.db_table
    for field in model._meta.private_fields:
        number = getattr(field, "fk_field", None)
        if number is not None and model._meta.get_field(number) in model._meta.local_fields:
            yield model._meta.label, field.name, (table, _column(model, number))


def _relation(
    source: type[Model],
    target: type[Model],
    name: str,
    lookup: str,
    leads_to: Literal["one", "many"],
    column: Column,
    *,
    is_generic: bool = False,
) -> Relation:
    labels, table = (source._meta.label, target._meta.label), target._meta.db_table
    manager = str(target._default_manager.name)
    return Relation(*labels, name, lookup, leads_to, column, table, manager, is_generic)


def _column(model: type[Model], name: str) -> str:
    return str(model._meta.get_field(name).column)  # type: ignore[union-attr]
