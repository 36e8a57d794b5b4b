"""The demonstration site as every variant of the bench runs it: no DEBUG, quiet."""

from config.settings import *  # noqa: F403 - a settings module is a list of names
from config.settings import INSTALLED_APPS

DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [app for app in INSTALLED_APPS if app.partition(".")[0] != "visualizer"]
LOGGING = {"version": 1, "disable_existing_loggers": False}
