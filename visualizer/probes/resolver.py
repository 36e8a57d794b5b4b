"""Sees the URL resolver look for the view.

Replaces `BaseHandler.resolve_request`, checked for Django 5.2 to 6.1.
"""

from contextvars import ContextVar
from types import ModuleType
from typing import Any

import asgiref.local
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.utils.translation import get_language, trans_real

from visualizer import events as ev
from visualizer import stages
from visualizer.events import error_facts
from visualizer.native import compiled, watch_compiled
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current
from visualizer.redaction import safe_text, safe_value
from visualizer.secret_paths import learn_routes
from visualizer.url_likeness import close_facts
from visualizer.url_search import in_language, search_facts

_STAGE = stages.URL_RESOLVER

Where = tuple[str, Any, Any]
"""Path, URLconf of the request's own and language: what the search went by.

What is compiled notes the translation that is active in place of the language's name.
"""


def _resolve_request(original: Any) -> Any:
    def resolve_request(self: Any, request: Any) -> Any:
        here = current.get()
        if here is None:
            return original(self, request)
        t = clock()
        trace, parent, _ = here
        span = _enter(t, trace, parent, request)
        try:
            match = original(self, request)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _see_failure(here, span, request, error)
            raise
        finally:
            current.set(here)
        t = clock()
        _hold_captured(trace, match)
        trace.exit(t, span, _STAGE, _match_facts, match, _where(request))
        return match

    return resolve_request


def _enter(t: int, trace: Trace, parent: int, request: Any) -> int:
    try:
        trace.holdings.request = request
        span = trace.enter(t, parent, _STAGE, ev.RESOLVER, request.path_info)
        current.set((trace, span or parent, _STAGE))
        return span
    except Exception as fault:
        return trace.fault("resolver", fault)


def _hold_captured(trace: Trace, match: Any) -> None:
    try:
        if match.kwargs:
            trace.holdings.captured.append(match.kwargs.copy())
    except Exception as fault:
        trace.fault("resolver", fault)


def _where(request: Any) -> Where:
    try:
        return request.path_info, request.__dict__.get("urlconf"), get_language()
    except Exception:
        return "", None, None


def _language_of(active: Any) -> str | None:
    """As `get_language` has it of the translation that is active."""
    if active is None or type(active) is str:
        return active
    try:
        language: str | None = active.to_language()
    except AttributeError:
        return str(settings.LANGUAGE_CODE)
    return language


def _variable_of(active: Any) -> ContextVar[Any] | None:
    """Where asgiref keeps the active translation in the context; None where it is not as we know it."""
    variable = getattr(getattr(active, "_storage", None), "_data", None)
    return variable if isinstance(variable, ContextVar) and hasattr(asgiref.local, "_Storage") else None


def _see_failure(here: tuple[Trace, int, str], span: int, request: Any, error: BaseException) -> None:
    t = clock()
    trace = here[0]
    current.set(here)
    trace.outcome.see_raised(error, "url_resolver", _STAGE)
    first = error.args[0] if error.args else None
    tried = first.get("tried", []) if type(first) is dict else []
    trace.exit(t, span, _STAGE, _failure_facts, tried, error_facts(error), _where(request))


def _match_facts(match: Any, where: Where) -> dict[str, Any]:
    path, urlconf, active = where
    language = _language_of(active)
    urlconf = _root_urlconf() if urlconf is None else urlconf
    learn_routes(urlconf)
    captured = [_capture(name, value, name in match.extra_kwargs) for name, value in match.kwargs.items()]
    captured += [_capture(str(index), value) for index, value in enumerate(match.args)]
    return {
        "matched": True,
        "route": match.route,
        "url_name": match.url_name,
        "namespaces": list(match.namespaces),
        "view": match._func_path,
        "captured": captured,
        **in_language(language, search_facts, path, match.tried or [], True),
        **_urlconf_facts(urlconf),
        "language": language,
    }


def _failure_facts(tried: Any, error: dict[str, Any], where: Where) -> dict[str, Any]:
    path, urlconf, language = where
    urlconf = _root_urlconf() if urlconf is None else urlconf
    is_404 = error["type"] == "Resolver404"
    return {
        "matched": False,
        **in_language(language, search_facts, path, tried or [], False),
        **({"close": in_language(language, close_facts, path, urlconf)} if is_404 else {}),
        **_urlconf_facts(urlconf),
        "language": language,
        "error": error,
    }


def _urlconf_facts(urlconf: Any) -> dict[str, Any]:
    name = _urlconf_name(urlconf)
    return {"urlconf": name, "is_root": name == _root_urlconf()}


def _root_urlconf() -> Any:
    return getattr(settings, "ROOT_URLCONF", None)


def _capture(name: str, value: Any, is_given: bool = False) -> dict[str, Any]:
    """A captured value; `is_given` if the pattern itself gives it instead of taking it from the path."""
    facts = {"name": name, "value": safe_value(name, value), "type": type(value).__name__}
    return {**facts, "is_given": True} if is_given else facts


def _urlconf_name(urlconf: Any) -> str:
    if isinstance(urlconf, ModuleType):
        return urlconf.__name__
    return safe_text(urlconf)


if compiled is not None:
    compiled.connect(
        kind_resolver=ev.RESOLVER,
        get_language=get_language,
        trans_real=trans_real,
        variable_of_language=_variable_of,
        match_facts=_match_facts,
        leave_resolver_raising=_see_failure,
    )

PROBE = Probe("resolver", [Patch(BaseHandler, "resolve_request", watch_compiled("resolver", _resolve_request))])
