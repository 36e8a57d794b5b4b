"""What Django's makers test with on SQLite, and a runner that writes down how each test ended."""

from test_sqlite import *  # noqa: F403 - Django's own settings for its tests

TEST_RUNNER = "tests.django_suite.runner.OutcomeRunner"
