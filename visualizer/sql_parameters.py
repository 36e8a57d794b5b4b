"""The parameters of a query as safe texts, hidden where the column they go to or are compared with is a secret's."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from visualizer.redaction import HIDDEN, safe_text
from visualizer.sql_placeholders import Placeholder, placeholders

_MOST_PARAMETERS = 100
IMMUTABLE = frozenset(
    {str, int, float, bool, type(None), bytes, Decimal, UUID, datetime.date, datetime.time, datetime.timedelta}
)

Taken = tuple[Any, ...] | dict[str, Any]
"""Parameters in order or by key. Of too many the first, and last how many more there were."""


class _More(int):
    """How many parameters were left out."""


def take_parameters(params: Any, many: bool = False) -> Taken:
    """Copy parameters inside the request: plain values themselves, of anything else only its safe text."""
    kind = type(params)
    if kind is tuple and not many and len(params) <= _MOST_PARAMETERS and IMMUTABLE.issuperset(map(type, params)):
        return params  # type: ignore[no-any-return]
    if issubclass(kind, dict):
        kept = list(dict.items(params))[:_MOST_PARAMETERS]
        return {str(key): _take(value) for key, value in kept}
    # Anything else, an iterator perhaps, is the database's to read.
    if not issubclass(kind, list | tuple):
        return ()
    count = list.__len__(params) if issubclass(kind, list) else tuple.__len__(params)
    if many:
        return (_More(count),)
    if count <= _MOST_PARAMETERS:
        return tuple(map(_take, params))
    return (*[_take(value) for value in params[:_MOST_PARAMETERS]], _More(count - _MOST_PARAMETERS))


def _take(value: Any) -> Any:
    return value if type(value) in IMMUTABLE else safe_text(value)


def parameter_texts(sql: str, taken: Taken, many: bool = False) -> list[str]:
    """The parameters in order as short texts; those of hidden columns are `********`."""
    if many:
        return [f"{taken[0]} rows of parameters" if taken else "rows of parameters"]  # type: ignore[index]
    if not taken:
        return []
    if isinstance(taken, dict):
        return _texts_by_key(placeholders(sql), taken)
    return _texts_in_order(placeholders(sql), taken)


def _texts_in_order(found: Sequence[Placeholder], taken: tuple[Any, ...]) -> list[str]:
    hidden = {number for number, place in enumerate(found) if place.is_hidden}
    return [HIDDEN if number in hidden else _text(value) for number, value in enumerate(taken)]


def _texts_by_key(found: Sequence[Placeholder], taken: dict[str, Any]) -> list[str]:
    hidden = {place.key for place in found if place.is_hidden}
    return [f"{key}={HIDDEN if key in hidden else _text(value)}" for key, value in taken.items()]


def _text(value: Any) -> str:
    return f"… and {value:d} more" if type(value) is _More else safe_text(value)
