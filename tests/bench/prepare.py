"""Makes the database that every variant reads: the sample data, and john signed in."""

import os
import subprocess
import sys
from pathlib import Path

from tests.serving import make_database

SIGN_IN = """
import django
django.setup()
from django.contrib.auth import get_user_model
from django.test import Client
client = Client()
client.force_login(get_user_model().objects.get(username="john"))
print(client.cookies["sessionid"].value)
"""


def prepare_site(folder: Path) -> dict[str, str]:
    """Fill a database in `folder`; return the environment for the workers."""
    database = folder / "bench.sqlite3"
    make_database(database)
    environment = {"DJANGO_DB": str(database), "DJANGO_SETTINGS_MODULE": "tests.bench.settings_nothing"}
    signed_in = subprocess.run(
        [sys.executable, "-c", SIGN_IN],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {**environment, "BENCH_SESSION": signed_in.stdout.strip()}
