"""The settings of this program: one dict `VISUALIZER` in the project's settings, one frozen object here."""

import difflib
import re
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

from visualizer.editors import EDITORS, is_template
from visualizer.errors import SettingsError


def _setting(default: Any, kinds: tuple[type, ...], help_text: str, unit: str = "") -> Any:
    return field(default=default, metadata={"kinds": kinds, "help": help_text, "unit": unit})


@dataclass(frozen=True, slots=True)
class Settings:
    """What `VISUALIZER` may say. A field's upper-case name is its key."""

    enabled: bool | None = _setting(
        None, (bool, type(None)), "Record requests? None records where the project's DEBUG is on."
    )
    mount: str = _setting("/__visualizer__/", (str,), "Path below which the page and its socket are served.")
    page_at_root: bool = _setting(False, (bool,), "Serve the page at / as well (for demonstration sites).")
    access: str | None = _setting(
        None,
        (str, type(None)),
        "Dotted path of a callable(request) -> bool that admits users. None admits local clients while DEBUG is on.",
    )
    ignore: tuple[str, ...] = _setting(("/favicon.ico",), (tuple, list), "Path prefixes that are never recorded.")
    hide: tuple[str, ...] = _setting(
        (), (tuple, list), "Names whose values are secrets too: regular expressions, found anywhere, in any case."
    )
    scenarios: str | None = _setting(
        None, (str, type(None)), "Dotted path of a list of sample requests for the form's menu."
    )
    editor: str | None = _setting(
        None,
        (str, type(None)),
        "Editor that source opens in: vscode, pycharm, sublime or another by name, or a URL with {file} and {line}.",
    )
    max_events: int = _setting(20_000, (int,), "Events kept of one trace; more are counted.", "events")
    max_value_bytes: int = _setting(2_000, (int,), "Longest text kept of one value; more is cut.", "characters")
    max_traces: int = _setting(200, (int,), "Traces kept in memory; the oldest go first.", "traces")


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Read and check `settings.VISUALIZER`; raise SettingsError naming the key that is wrong."""
    given = getattr(settings, "VISUALIZER", {})
    if not isinstance(given, dict):
        raise SettingsError("VISUALIZER", f"VISUALIZER must be a dict, not {type(given).__name__}.")
    known = {f.name.upper(): f for f in fields(Settings)}
    values = {}
    for key, value in given.items():
        if key not in known:
            raise SettingsError(str(key), _unknown_key(str(key), list(known)))
        values[key.lower()] = _checked(key, value, known[key].metadata["kinds"])
    return Settings(**values)


def is_enabled() -> bool:
    """Whether requests of this process are to be recorded."""
    enabled = get_settings().enabled
    return bool(settings.DEBUG) if enabled is None else enabled


def _unknown_key(key: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(key.upper(), known, n=1)
    hint = f"Did you mean {nearest[0]!r}? " if nearest else ""
    return f"VISUALIZER has no key {key!r}. {hint}The keys are: {', '.join(sorted(known))}."


def _checked(key: str, value: Any, kinds: tuple[Any, ...]) -> Any:
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        expected = " or ".join("None" if kind is type(None) else kind.__name__ for kind in kinds)
        raise SettingsError(key, f"VISUALIZER[{key!r}] must be {expected}, not {value!r}.")
    if isinstance(value, int) and not isinstance(value, bool) and value < 1:
        raise SettingsError(key, f"VISUALIZER[{key!r}] must be at least 1, not {value!r}.")
    if key == "MOUNT" and not (value.startswith("/") and value.endswith("/") and len(value) > 2):
        raise SettingsError(key, f"VISUALIZER['MOUNT'] must begin and end with a slash, not {value!r}.")
    if key == "HIDE":
        _check_expressions(key, value)
    if key == "EDITOR" and value is not None and value not in EDITORS and not is_template(value):
        names = ", ".join(EDITORS)
        message = f"VISUALIZER['EDITOR'] must be one of {names}, or a URL with {{file}} and {{line}}, not {value!r}."
        raise SettingsError(key, message)
    return tuple(value) if isinstance(value, list) else value


def _check_expressions(key: str, values: Any) -> None:
    for value in values:
        try:
            re.compile(value)
        except (TypeError, re.error) as error:
            message = f"VISUALIZER[{key!r}]: {value!r} is not a regular expression: {error}."
            raise SettingsError(key, message) from error


def _forget(*, setting: str, **_: Any) -> None:
    if setting in ("VISUALIZER", None):
        get_settings.cache_clear()


setting_changed.connect(_forget, dispatch_uid="visualizer.conf")
