"""The composition root: what this one line in INSTALLED_APPS sets going."""

import sys
from types import ModuleType

from django.apps import AppConfig

from visualizer.conf import is_enabled
from visualizer.errors import SettingsError
from visualizer.probes import (
    cache,
    database,
    form,
    hop,
    inclusion,
    middleware,
    outbound,
    request_body,
    resolver,
    response,
    server,
    signal,
    streaming,
    template,
    view,
)

FIRST_PROBES = [
    server.PROBE,
    request_body.PROBE,
    streaming.PROBE,
    middleware.PROBE,
    resolver.PROBE,
    view.PROBE,
    response.PROBE,
    database.PROBE,
    cache.PROBE,
    signal.PROBE,
    outbound.PROBE,
    form.PROBE,
    template.PROBE,
    inclusion.PROBE,
    hop.PROBE,
]


class VisualizerConfig(AppConfig):
    """Installs what needs no models when Django makes this object, the rest in `ready()`.

    A handler that an earlier app builds in its own `ready()` is seen too.
    """

    name = "visualizer"
    label = "visualizer"
    verbose_name = "Django cycle visualizer"

    def __init__(self, app_name: str, app_module: ModuleType | None) -> None:
        super().__init__(app_name, app_module)
        # A wrong setting is reported by the system check, which can name it; nothing is recorded until it is right.
        self.enabled = _is_enabled_safely()
        if self.enabled:
            _install_first()

    def ready(self) -> None:
        from visualizer import checks

        checks.register()
        if self.enabled:
            self.start_recording()
            signal.learn_names()
            self._open_page()

    def start_recording(self) -> None:
        """Install every probe, also where the settings do not ask for it: for handlers that are made from now on."""
        from django.apps import apps

        from visualizer.probes import test_client

        _install_first()
        test_client.PROBE.install()
        if apps.is_installed("django.contrib.auth"):
            from visualizer.probes import permission, visitor

            permission.PROBE.install()
            visitor.PROBE.install()
        # Django's test client imports Jinja2 wherever it is installed.
        if sys.modules.get("jinja2"):
            from visualizer.probes import jinja

            jinja.PROBE.install()

        if apps.is_installed("django.contrib.messages"):
            from visualizer.probes import message

            message.PROBE.install()

    def _open_page(self) -> None:
        from visualizer.idle import idle
        from visualizer.live.hub import hub
        from visualizer.page.front import Front
        from visualizer.page.templates import render_row
        from visualizer.recorder import add_sink
        from visualizer.stores.memory import store

        hub.row_renderer = render_row
        for sink in (store, hub):
            add_sink(sink)
            idle.tidy_by(sink.tidy)
        server.set_front(Front())


def _install_first() -> None:
    for probe in FIRST_PROBES:
        probe.install()


def _is_enabled_safely() -> bool:
    try:
        return is_enabled()
    except SettingsError:
        return False
