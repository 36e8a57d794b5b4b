"""Which models a fixture must hold so that a request of a trace finds the rows that it read."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model

from visualizer.lessons.kinds.sql import verb_of
from visualizer.lessons.reading import Reading, detail

_TABLES = re.compile(r'\b(?:FROM|JOIN)\s+["`\[]?([\w$]+)', re.IGNORECASE)
# Made by migrate in every test database, or of no use in one.
_LEFT_OUT = {"auth.permission", "contenttypes.contenttype", "sessions.session", "admin.logentry"}


def models_read(reading: Reading) -> list[str]:
    """Labels of the models whose rows the request read, with those that their rows point at."""
    sqls = {str(detail(event).get("sql") or "") for event in reading.of_kind("database")}
    tables = {table for sql in sqls if verb_of(sql) == "SELECT" for table in _TABLES.findall(sql)}
    known = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    models = _with_targets(known[table] for table in sorted(tables) if table in known)
    labels = {_owner(model)._meta.label_lower for model in models}
    return sorted(labels - _LEFT_OUT)


def _with_targets(models: Iterable[type[Model]]) -> set[type[Model]]:
    """These models and all to which their foreign keys and many-to-many fields lead."""
    found: set[type[Model]] = set()
    waiting = list(models)
    while waiting:
        model = waiting.pop()
        if model not in found and model._meta.managed:
            found.add(model)
            waiting.extend(_targets(model))
    return found


def _targets(model: type[Model]) -> Iterator[type[Model]]:
    for field in (*model._meta.fields, *model._meta.many_to_many):
        target = field.related_model
        if isinstance(target, type):
            yield target


def _owner(model: type[Model]) -> type[Model]:
    """The model whose rows a fixture has; a table between two models is written with the one that declares it."""
    # A flag by its name and its stubs; of such a table it is the model.
    created: Any = model._meta.auto_created
    return created if isinstance(created, type) else model
