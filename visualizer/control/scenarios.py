"""The sample requests that the form offers: the project's own, or some that suit any project."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from visualizer.conf import get_settings
from visualizer.control.patterns import project_patterns
from visualizer.errors import SettingsError
from visualizer.lessons.tour.chapters import SAMPLES

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One sample request. `promise` says what is to be seen, `group` under which heading the menu has it.

    `user` is a username, "" for an anonymous visitor, None for whoever the browser is signed in as. With `token` the
    request carries a CSRF token. `then` lists what the same visitor asks for next, such as "GET /cart/"; redirects need
    not be listed. After `abort_after_ms` milliseconds the client goes away. `tour` names the part of the guided tour
    that walks through this request.
    `compare_with` names the sample that shows the most beside this one: the page offers to send it too, and lays the
    two beside each other.
    """

    name: str
    group: str = ""
    promise: str = ""
    method: str = "GET"
    path: str
    user: str | None = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    token: bool = False
    then: Sequence[str] = ()
    abort_after_ms: int | None = None
    tour: str = ""
    compare_with: str = ""


def load_scenarios() -> tuple[Scenario, ...]:
    """The scenarios of `VISUALIZER["SCENARIOS"]`, or generic ones; SettingsError names the entry that is wrong."""
    dotted_path = get_settings().scenarios
    if dotted_path is None:
        return generic_scenarios()
    try:
        entries = import_string(dotted_path)
    except ImportError as error:
        raise _wrong(f"{dotted_path!r} cannot be imported: {error}.") from error
    if isinstance(entries, (str, Mapping)) or not isinstance(entries, Iterable):
        raise _wrong(f"{dotted_path} must be a list, not {type(entries).__name__}.")
    found = tuple(_scenario(entry, f"{dotted_path}[{number}]") for number, entry in enumerate(entries))
    _check_twins(found, dotted_path)
    return found


def generic_scenarios() -> tuple[Scenario, ...]:
    """Sample requests for any project, made from its URLconf."""
    plain = [path for path in project_patterns().paths if "<" not in path]
    front = plain[0] if plain else "/"
    slashed = next((path for path in plain if len(path) > 1 and path.endswith("/")), None)
    found = [
        Scenario(name="First page", path=front, promise="The whole cycle of the first pattern.", tour="cycle"),
        Scenario(name="Unknown URL", path="/no-such-page/", promise="Every pattern is tried, none matches: 404."),
        Scenario(name="POST without a token", method="POST", path=front, promise="CsrfViewMiddleware stops it."),
    ]
    if slashed and settings.APPEND_SLASH:
        promise = "CommonMiddleware redirects to the path with the slash."
        found.append(Scenario(name="Missing slash", path=slashed.rstrip("/"), promise=promise))
    return tuple(found)


def _scenario(entry: Any, where: str) -> Scenario:
    scenario = entry if isinstance(entry, Scenario) else Scenario(**_checked_keys(entry, where))
    for each in fields(Scenario):
        _check_type(each.name, getattr(scenario, each.name), where)
    if scenario.method not in METHODS:
        raise _wrong(f"{where} has the method {scenario.method!r}; it must be one of {', '.join(METHODS)}.")
    if not scenario.path.startswith("/"):
        raise _wrong(f"{where} has the path {scenario.path!r}, which must begin with a slash.")
    for line in scenario.then:
        _check_then(line, where)
    if scenario.tour and scenario.tour not in SAMPLES:
        known = ", ".join(sorted(SAMPLES))
        raise _wrong(f"{where} has {scenario.tour!r} in tour; the parts of the guided tour are {known}.")
    return scenario


def _check_twins(scenarios: Sequence[Scenario], where: str) -> None:
    names = [scenario.name for scenario in scenarios]
    for number, scenario in enumerate(scenarios):
        twin = scenario.compare_with
        if twin and (twin not in names or twin == scenario.name):
            nearest = difflib.get_close_matches(twin, names, n=1)
            hint = f" Did you mean {nearest[0]!r}?" if nearest and nearest[0] != twin else ""
            raise _wrong(f"{where}[{number}] has compare_with {twin!r}, which is no other sample of the list.{hint}")


def _check_then(line: str, where: str) -> None:
    method, _, path = line.partition(" ")
    if method not in METHODS or not path.startswith("/"):
        raise _wrong(f"{where} has {line!r} in then; expected a method and a path, such as 'GET /cart/'.")


def _checked_keys(entry: Any, where: str) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        raise _wrong(f"{where} must be a dict or a Scenario, not {type(entry).__name__}.")
    known = {each.name: each.default is MISSING and each.default_factory is MISSING for each in fields(Scenario)}
    for key in entry:
        if key not in known:
            nearest = difflib.get_close_matches(str(key), known, n=1)
            hint = f"Did you mean {nearest[0]!r}? " if nearest else ""
            raise _wrong(f"{where} has the unknown key {key!r}. {hint}The keys are: {', '.join(known)}.")
    missing = [key for key, is_required in known.items() if is_required and key not in entry]
    if missing:
        raise _wrong(f"{where} lacks the key {missing[0]!r}.")
    return dict(entry)


def _check_type(key: str, value: Any, where: str) -> None:
    is_right, expected = _TYPES.get(key, (_is_text, "a text"))
    if not is_right(value):
        raise _wrong(f"{where} has a value of {key} that is not {expected}: {value!r}.")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_headers(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_is_text(text) for pair in value.items() for text in pair)


def _are_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(map(_is_text, value))


def _is_duration(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0)


_TYPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "user": (lambda value: value is None or _is_text(value), "a text"),
    "headers": (_are_headers, "a dict of texts"),
    "token": (lambda value: isinstance(value, bool), "True or False"),
    "then": (_are_texts, "a list of texts"),
    "abort_after_ms": (_is_duration, "a number of milliseconds"),
}


def _wrong(message: str) -> SettingsError:
    return SettingsError("SCENARIOS", f"VISUALIZER['SCENARIOS']: {message}")
