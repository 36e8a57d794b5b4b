"""Which names are those of secrets: by Django's own convention, by their part in a request, and by HIDE."""

import re
from functools import lru_cache
from typing import Any

from django.core.signals import setting_changed
from django.views.debug import SafeExceptionReporterFilter, get_default_exception_reporter_filter

from visualizer.conf import get_settings

HIDDEN = SafeExceptionReporterFilter.cleansed_substitute
# Django's filter knows settings; a request has these secrets besides.
_ALSO_HIDDEN = re.compile(r"session|cookie|csrf|nonce|credential", re.IGNORECASE)
# Asked about a name with this value, a project's filter that hides the name hands back another.
_SHOWN = "shown"


@lru_cache(maxsize=4096)
def is_hidden(name: str) -> bool:
    """Whether a value of this name is a secret: by Django's own convention, by its part in a request, or by HIDE.

    It may ask the project's own filter, so it is to be called once the response has gone.
    """
    return bool(_ALSO_HIDDEN.search(name)) or _is_hidden_by_project(name) or is_hidden_by_setting(name)


def _is_hidden_by_project(name: str) -> bool:
    try:
        return bool(_project_filter().cleanse_setting(name, _SHOWN) != _SHOWN)
    # What cannot be decided is a secret.
    except Exception:
        return True


@lru_cache(maxsize=1)
def _project_filter() -> SafeExceptionReporterFilter:
    try:
        project = get_default_exception_reporter_filter()
    # Django says so itself where it shows an error.
    except Exception:
        return SafeExceptionReporterFilter()
    return project if hasattr(project, "cleanse_setting") else SafeExceptionReporterFilter()


def is_hidden_by_setting(name: str) -> bool:
    """Whether HIDE names it."""
    # A header spells with hyphens what a field, a column or an attribute spells with underscores.
    spellings = (name, name.replace("-", "_"))
    return any(re.search(hide, each, re.IGNORECASE) for hide in get_settings().hide for each in spellings)


def _forget(*, setting: str, **_: Any) -> None:
    if setting in ("VISUALIZER", "DEFAULT_EXCEPTION_REPORTER_FILTER"):
        get_default_exception_reporter_filter.cache_clear()  # type: ignore[attr-defined]
        _project_filter.cache_clear()
        is_hidden.cache_clear()


setting_changed.connect(_forget, dispatch_uid="visualizer.redaction")
