"""System checks: what is wrong with this program's settings and surroundings, told at start with a hint."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.urls import get_resolver
from django.utils.module_loading import import_string

from visualizer.conf import get_settings
from visualizer.control.scenarios import load_scenarios
from visualizer.errors import SettingsError
from visualizer.live.routers import lacks_route

TAG = "visualizer"


def register() -> None:
    """Make Django run the checks. Calling it twice registers them once."""
    checks.register(check_settings, TAG)
    checks.register(check_surroundings, TAG)
    checks.register(check_deployment, TAG, deploy=True)


def check_settings(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check the keys and values of `VISUALIZER`, and what they name."""
    try:
        access = get_settings().access
    except SettingsError as error:
        return [_error("E001", str(error), f"Correct VISUALIZER[{error.key!r}] in the settings.")]
    return [*_check_access(access), *_check_scenarios()]


def check_surroundings(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check that the page and its socket can be reached."""
    try:
        mount, enabled = get_settings().mount, get_settings().enabled
    except SettingsError:
        return []
    found = [*_check_mount(mount), *_check_routes()]
    if enabled and not settings.DEBUG and get_settings().access is None:
        hint = "Set VISUALIZER['ACCESS'] to a test of the request, or VISUALIZER['ENABLED'] to None."
        found.append(_warning("W001", "Requests are recorded, but nobody may see them: DEBUG is off.", hint))
    return found


def check_deployment(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check, with `check --deploy`, that the app is in production on purpose."""
    try:
        is_idle = not settings.DEBUG and get_settings().access is None and not get_settings().enabled
    except SettingsError:
        return []
    hint = "Take 'visualizer' out of INSTALLED_APPS there, or set VISUALIZER['ENABLED'] and VISUALIZER['ACCESS']."
    message = "The app is installed but does nothing: DEBUG is off and VISUALIZER['ACCESS'] is not set."
    return [_warning("W002", message, hint)] if is_idle else []


def _check_access(access: str | None) -> Iterator[checks.CheckMessage]:
    if access is None:
        return
    hint = "It must be the dotted path of a callable(request) -> bool. Until then nobody is admitted."
    try:
        test = import_string(access)
    # Importing runs the project's code, which may raise anything.
    except Exception as error:
        yield _error("E002", f"VISUALIZER['ACCESS']: {access!r} cannot be imported: {error}.", hint)
        return
    if not callable(test):
        yield _error("E002", f"VISUALIZER['ACCESS']: {access!r} is not callable.", hint)


def _check_scenarios() -> Iterator[checks.CheckMessage]:
    hint = "See visualizer.control.scenarios.Scenario for the keys. Until then generic samples are offered."
    try:
        load_scenarios()
    except SettingsError as error:
        yield _warning("W005", str(error), hint)
    except Exception as error:
        yield _warning("W005", f"VISUALIZER['SCENARIOS']: importing it raised {type(error).__name__}: {error}", hint)


def _check_mount(mount: str) -> Iterator[checks.CheckMessage]:
    try:
        route = get_resolver().resolve(mount).route
    # A broken URLconf is reported by Django's own checks.
    except Exception:
        return
    # A pattern that matches everything is not meant for this path in particular.
    if route.lstrip("^/").startswith(mount.strip("/")):
        hint = "Set VISUALIZER['MOUNT'] to another path, such as '/__cycle__/'."
        message = f"The project's own pattern {route!r} is hidden by VISUALIZER['MOUNT'] ({mount!r})."
        yield _warning("W003", message, hint)


def _check_routes() -> Iterator[checks.CheckMessage]:
    dotted_path = getattr(settings, "ASGI_APPLICATION", None)
    if not dotted_path:
        return
    try:
        application = import_string(dotted_path)
    # Whoever starts the server sees why it cannot be imported.
    except Exception:
        return
    if lacks_route(application):
        message = f"The page's WebSocket cannot be reached through the Channels router {dotted_path}."
        hint = "Add visualizer.live.routing.websocket_urlpatterns to the URLRouter of its 'websocket' entry."
        yield _warning("W004", message, hint)


def _error(number: str, message: str, hint: str) -> checks.CheckMessage:
    return checks.Error(message, hint=hint, id=f"visualizer.{number}")


def _warning(number: str, message: str, hint: str) -> checks.CheckMessage:
    return checks.Warning(message, hint=hint, id=f"visualizer.{number}")
