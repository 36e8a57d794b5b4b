"""The same with the app: worker.py puts it into INSTALLED_APPS, as Django's tests list these in code."""

from tests.django_suite.settings_without import *  # noqa: F403

# With ACCESS the app's own system checks have nothing to say.
VISUALIZER = {"ENABLED": True, "ACCESS": "tests.django_suite.recording.admit_nobody"}
TEST_RUNNER = "tests.django_suite.recording.RecordingRunner"
