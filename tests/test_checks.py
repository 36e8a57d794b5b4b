"""What is wrong is told at start, with an id and a hint."""

import subprocess
import sys
from types import ModuleType

import pytest
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core import checks as django_checks
from django.urls import include, path, re_path

from visualizer import checks
from visualizer.live.routing import websocket_urlpatterns


@pytest.fixture(autouse=True)
def _in_order(settings):
    settings.DEBUG = True
    settings.VISUALIZER = {}


@pytest.fixture
def module(monkeypatch):
    """Return a function that makes a module of a project with these attributes."""

    def made(**attributes):
        module = ModuleType("tests_checks_project")
        vars(module).update(attributes)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return module.__name__

    return made


def ids(messages):
    assert all(message.hint for message in messages)
    return [message.id for message in messages]


def view(request):
    raise NotImplementedError


def test_a_project_in_order_has_nothing_to_hear():
    assert checks.check_settings() == checks.check_surroundings() == checks.check_deployment() == []


def test_an_unknown_key_is_an_error_that_names_the_nearest(settings):
    settings.VISUALIZER = {"MUONT": "/x/"}
    [message] = checks.check_settings()
    assert message.id == "visualizer.E001"
    assert "'MOUNT'" in message.msg
    assert checks.check_surroundings() == checks.check_deployment() == []


def test_a_wrong_value_is_an_error(settings):
    settings.VISUALIZER = {"MAX_TRACES": "many"}
    assert ids(checks.check_settings()) == ["visualizer.E001"]


@pytest.mark.parametrize("hide", [["("], [1], "token"])
def test_what_cannot_hide_names_is_an_error(hide, settings):
    settings.VISUALIZER = {"HIDE": hide}
    [message] = checks.check_settings()
    assert message.id == "visualizer.E001"
    assert "VISUALIZER['HIDE']" in message.msg


def test_an_access_test_that_cannot_be_used_is_an_error(settings, module):
    settings.VISUALIZER = {"ACCESS": "no.such.test"}
    assert ids(checks.check_settings()) == ["visualizer.E002"]
    settings.VISUALIZER = {"ACCESS": f"{module(rule=7)}.rule"}
    assert ids(checks.check_settings()) == ["visualizer.E002"]
    settings.VISUALIZER = {"ACCESS": f"{module(rule=view)}.rule"}
    assert checks.check_settings() == []


def test_wrong_scenarios_are_a_warning(settings, module):
    settings.VISUALIZER = {"SCENARIOS": f"{module(SAMPLES=[{'nam': 'x'}])}.SAMPLES"}
    [message] = checks.check_settings()
    assert message.id == "visualizer.W005"
    assert "'nam'" in message.msg


def test_recording_what_nobody_may_see_is_a_warning(settings):
    settings.DEBUG = False
    settings.VISUALIZER = {"ENABLED": True}
    assert ids(checks.check_surroundings()) == ["visualizer.W001"]
    settings.VISUALIZER = {"ENABLED": True, "ACCESS": "some.test"}
    assert checks.check_surroundings() == []


def test_idling_in_production_is_a_warning_of_the_deployment_check(settings):
    settings.DEBUG = False
    assert checks.check_surroundings() == []
    assert ids(checks.check_deployment()) == ["visualizer.W002"]


@pytest.mark.parametrize(
    "pattern",
    [
        path("__visualizer__/", view),
        path("__visualizer__/", include([path("", view)])),
        re_path("^__visualizer__/$", view),
        path("__visualizer__/<path:rest>", view),
    ],
)
def test_a_pattern_below_the_mount_is_a_warning(settings, module, pattern):
    settings.ROOT_URLCONF = module(urlpatterns=[pattern, path("__visualizer__/", view)])
    assert ids(checks.check_surroundings()) == ["visualizer.W003"]


def test_a_pattern_that_matches_everything_is_none(settings, module):
    settings.ROOT_URLCONF = module(urlpatterns=[path("products/", view), path("<path:anything>", view)])
    assert checks.check_surroundings() == []


def test_a_broken_urlconf_is_left_to_djangos_own_checks(settings):
    settings.ROOT_URLCONF = "no_such_urlconf"
    assert checks.check_surroundings() == []


def test_a_channels_router_without_the_socket_is_a_warning_that_names_the_routes(settings, module):
    router = ProtocolTypeRouter({"http": view, "websocket": URLRouter([path("chat/", view)])})
    settings.ASGI_APPLICATION = f"{module(application=router)}.application"
    [message] = checks.check_surroundings()
    assert message.id == "visualizer.W004"
    assert "visualizer.live.routing" in message.hint


def test_a_channels_router_with_the_socket_is_fine(settings, module):
    router = ProtocolTypeRouter({"http": view, "websocket": URLRouter(websocket_urlpatterns)})
    settings.ASGI_APPLICATION = f"{module(application=router)}.application"
    assert checks.check_surroundings() == []


@pytest.mark.parametrize("dotted_path", [None, "no.such.application"])
def test_an_asgi_application_that_cannot_be_had_is_no_matter(settings, dotted_path):
    settings.ASGI_APPLICATION = dotted_path
    assert checks.check_surroundings() == []


def test_a_wrong_setting_is_told_by_the_command_instead_of_a_crash():
    script = """
from django.conf import settings
settings.configure(INSTALLED_APPS=["visualizer"], DEBUG=True, VISUALIZER={"MUONT": "/x/"})
import django
django.setup()
from django.core.management import call_command
call_command("check")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "visualizer.E001" in done.stderr
    assert "'MOUNT'" in done.stderr


def test_registering_twice_is_registering_once():
    checks.register()
    before = len(django_checks.registry.registry.get_checks(include_deployment_checks=True))
    checks.register()
    assert len(django_checks.registry.registry.get_checks(include_deployment_checks=True)) == before
