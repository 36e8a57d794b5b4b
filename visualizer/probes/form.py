"""Sees forms and formsets being validated: which fields were refused, and by the codes of their errors why.

Replaces `BaseForm.full_clean` and `BaseFormSet.full_clean`, checked for Django 5.2 to 6.1. Values are not looked at,
and no message is made into text: it may be lazy, and may quote what the user typed.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.forms import BaseForm
from django.forms.formsets import BaseFormSet

from visualizer import events as ev
from visualizer.events import error_facts
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current
from visualizer.redaction import attributes_of, cut

_MOST_FIELDS = 50
_MOST_CODES = 10


def _watch(read: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        def full_clean(self: Any) -> Any:
            here = current.get()
            # Without data there is nothing to validate.
            if here is None or attributes_of(self).get("is_bound") is not True:
                return original(self)
            span = _enter(here, type(self))
            try:
                result = original(self)
            except BaseException as error:
                error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
                _leave(here, span, {"valid": None, "errors": [], "error": error_facts(error)})
                raise
            _leave(here, span, _read(here[0], read, self))
            return result

        return full_clean

    return make


def _enter(here: tuple[Trace, int, str], kind: type) -> int:
    t = clock()
    trace, parent, stage = here
    span = trace.enter(t, parent, stage, ev.FORM, f"{kind.__module__}.{kind.__qualname__}")
    current.set((trace, span or parent, stage))
    return span


def _leave(here: tuple[Trace, int, str], span: int, facts: dict[str, Any]) -> None:
    t = clock()
    current.set(here)
    here[0].exit(t, span, here[2], facts)


def _read(trace: Trace, read: Callable[[dict[str, Any]], dict[str, Any]], form: Any) -> dict[str, Any]:
    try:
        return read(attributes_of(form))
    except Exception as fault:
        trace.fault("form", fault)
        return {"valid": None, "errors": []}


def _form_facts(held: dict[str, Any]) -> dict[str, Any]:
    errors = held["_errors"]
    fields = dict.items(errors)
    return {"valid": not dict.__len__(errors), "errors": list(_field_errors(fields)), "refused": dict.__len__(errors)}


def _formset_facts(held: dict[str, Any]) -> dict[str, Any]:
    """Of a formset its own errors; each of its forms is a span inside."""
    own = _codes(held["_non_form_errors"])
    refused = sum(1 for errors in held["_errors"] if dict.__len__(errors))
    errors = [{"field": NON_FIELD_ERRORS, "codes": own}] if own else []
    return {"valid": not own and not refused, "errors": errors, "forms": len(held["_errors"]), "refused": refused}


def _field_errors(fields: Iterable[tuple[str, Any]]) -> Iterator[dict[str, Any]]:
    for (field, errors), _ in zip(fields, range(_MOST_FIELDS), strict=False):
        yield {"field": cut(field) if type(field) is str else None, "codes": _codes(errors)}


def _codes(errors: Any) -> list[str | None]:
    """The codes of an `ErrorList`; null for an error that has none."""
    held = attributes_of(errors).get("data") or ()
    codes = [attributes_of(error).get("code") for error in held[:_MOST_CODES]]
    return [cut(code) if type(code) is str else None for code in codes]


PROBE = Probe(
    "form",
    [
        Patch(BaseForm, "full_clean", _watch(_form_facts)),
        Patch(BaseFormSet, "full_clean", _watch(_formset_facts)),
    ],
)
