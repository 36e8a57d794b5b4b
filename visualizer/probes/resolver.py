"""Sees the URL resolver look for the view.

Replaces `BaseHandler.resolve_request`, checked for Django 5.2 to 6.1.
"""

from typing import Any

from django.core.handlers.base import BaseHandler
from django.urls import get_urlconf
from django.urls.resolvers import LocalePrefixPattern, RegexPattern, RoutePattern

from visualizer import events as ev
from visualizer import stages
from visualizer.application_secrets import Held
from visualizer.events import error_facts
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, clock, current
from visualizer.redaction import cut, safe_text, safe_value
from visualizer.secret_paths import learn_routes

_STAGE = stages.URL_RESOLVER


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
            _see_failure(trace, span, error)
            raise
        finally:
            current.set(here)
        t = clock()
        _hold_captured(trace, match)
        trace.exit(t, span, _STAGE, (_match_facts, match, get_urlconf()))
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
        trace.holdings.captured += [Held(name, value) for name, value in match.kwargs.items() if type(value) is str]
    except Exception as fault:
        trace.fault("resolver", fault)


def _see_failure(trace: Trace, span: int, error: BaseException) -> None:
    t = clock()
    trace.outcome.see_raised(error, "url_resolver", _STAGE)
    first = error.args[0] if error.args else None
    tried = first.get("tried", []) if type(first) is dict else []
    trace.exit(t, span, _STAGE, (_failure_facts, tried, get_urlconf(), error_facts(error)))


def _match_facts(match: Any, urlconf: Any) -> dict[str, Any]:
    learn_routes(urlconf)
    captured = [_capture(name, value) for name, value in match.kwargs.items()]
    captured += [_capture(str(index), value) for index, value in enumerate(match.args)]
    return {
        "matched": True,
        "route": match.route,
        "url_name": match.url_name,
        "namespaces": list(match.namespaces),
        "view": match._func_path,
        "captured": captured,
        "tried": _tried_until_match(match.tried or []),
        "urlconf": _urlconf_name(urlconf),
    }


def _tried_until_match(tried: Any) -> list[dict[str, Any]]:
    # Django's own list ends with the pattern that matched.
    found = [_tried(patterns) for patterns in tried]
    return [*found[:-1], {**found[-1], "matched": True}] if found else []


def _failure_facts(tried: Any, urlconf: Any, error: dict[str, Any]) -> dict[str, Any]:
    return {
        "matched": False,
        "tried": [_tried(patterns) for patterns in tried or []],
        "urlconf": _urlconf_name(urlconf),
        "error": error,
    }


def _capture(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "value": safe_value(name, value), "type": type(value).__name__}


def _tried(patterns: Any) -> dict[str, Any]:
    """One thing that was tried: the patterns from the outermost `include` to the innermost, joined."""
    text = "".join(_pattern_text(item.pattern) for item in patterns)
    name = getattr(patterns[-1], "name", None) if patterns else None
    return {"pattern": cut(text), "name": name if type(name) is str else None, "matched": False}


def _pattern_text(pattern: Any) -> str:
    # str(pattern) may be the application's own code.
    if isinstance(pattern, RoutePattern):
        return str(vars(pattern)["_route"])
    if isinstance(pattern, RegexPattern):
        return str(vars(pattern)["_regex"])
    if isinstance(pattern, LocalePrefixPattern):
        return "<language>/"
    return f"<{type(pattern).__name__}>"


def _urlconf_name(urlconf: Any) -> str | None:
    if urlconf is None or type(urlconf) is str:
        return urlconf
    return getattr(urlconf, "__name__", None) or safe_text(urlconf)


PROBE = Probe("resolver", [Patch(BaseHandler, "resolve_request", _resolve_request)])
