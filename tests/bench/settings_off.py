"""The visualizer is installed, and switched off."""

from tests.bench.settings_base import *  # noqa: F403 - a settings module is a list of names
from tests.bench.settings_base import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "visualizer"]
VISUALIZER = {"ENABLED": False}
