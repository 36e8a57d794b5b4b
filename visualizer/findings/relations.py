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

from visualizer.findings.select import Column, Select

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Relation:
    """A field of `source`, called `name`, by which Django asks for rows of `target`: one row, or many.

    `column` is the source's own, whose value becomes the parameter; `lookup` is the relation's name inside queries.
    """

    source: str
    target: str
    name: str
    lookup: str
    leads_to: Literal["one", "many"]
    column: Column
    target_table: str


@dataclass(frozen=True)
class _Path:
    """A relation and the statement that following it makes: the table read, the one joined to it, the condition."""

    table: str
    joined: str | None
    condition: Column
    relation: Relation


class Relations:
    """The relations of these models."""

    def __init__(self, models: Iterable[type[Model]]) -> None:
        own = [model for model in models if not model._meta.proxy]
        shared = Counter(model._meta.db_table for model in own)
        # Of two models on one table nobody can say for which one a query was.
        self._by_table = {model._meta.db_table: model for model in own if shared[model._meta.db_table] == 1}
        self._paths = [path for model in self._by_table.values() for path in _paths_of(model)]

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

    def leading_to(self, select: Select) -> list[Relation]:
        """The relations by which Django would ask for just these rows."""
        if select.has_joins and select.joined is None:
            return []
        known = [path for path in self._paths if path.table in self._by_table]
        asked = (select.table, select.joined, select.only_condition)
        return [path.relation for path in known if (path.table, path.joined, path.condition) == asked]


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


def _by_key(model: type[Model], field: Any) -> Iterator[_Path]:
    """A foreign key both ways."""
    other, target = field.related_model, field.target_field
    own, far = (model._meta.db_table, str(field.column)), (other._meta.db_table, str(target.column))
    forward = Relation(model._meta.label, other._meta.label, field.name, field.name, "one", own, far[0])
    yield _Path(far[0], None, far, forward)
    accessor = field.remote_field.get_accessor_name()
    if accessor and not field.remote_field.hidden:
        leads_to: Literal["one", "many"] = "one" if field.one_to_one else "many"
        lookup = accessor if leads_to == "one" else field.related_query_name()
        back = Relation(other._meta.label, model._meta.label, accessor, lookup, leads_to, far, own[0])
        yield _Path(own[0], None, own, back)


def _by_many(model: type[Model], field: "ManyToManyField[Any, Any]") -> Iterator[_Path]:
    """A many-to-many field both ways."""
    other: Any = field.related_model
    between = field.m2m_db_table()
    ends: Any = field
    own = (model._meta.db_table, _column(model, ends.m2m_target_field_name()))
    far = (other._meta.db_table, _column(other, ends.m2m_reverse_target_field_name()))
    forward = Relation(model._meta.label, other._meta.label, field.name, field.name, "many", own, far[0])
    yield _Path(far[0], between, (between, ends.m2m_column_name()), forward)
    accessor = ends.remote_field.get_accessor_name()
    if accessor and not ends.remote_field.hidden:
        back = Relation(other._meta.label, model._meta.label, accessor, field.related_query_name(), "many", far, own[0])
        yield _Path(own[0], between, (between, ends.m2m_reverse_name()), back)


def _column(model: type[Model], name: str) -> str:
    return str(model._meta.get_field(name).column)  # type: ignore[union-attr]
