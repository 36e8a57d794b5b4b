"""Nothing is installed: what the others are compared with."""

from tests.bench.settings_base import *  # noqa: F403 - a settings module is a list of names
