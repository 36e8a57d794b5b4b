"""The demonstration site on a PostgreSQL that the tests have started."""

import json
import os

from config.settings import *  # noqa: F403 - all of them, and another database

DATABASES = {"default": json.loads(os.environ["TESTS_POSTGRESQL"])}
