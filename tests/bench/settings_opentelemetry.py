"""OpenTelemetry's instrumentation of Django and SQLite, which tests/bench/variants.py switches on."""

from tests.bench.settings_base import *  # noqa: F403 - a settings module is a list of names
