"""Starts the demonstration site under a real server on a free port of this machine, and stops it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.processes import free_port, running, wait_for_port

ROOT = Path(__file__).resolve().parent.parent

COMMANDS = {
    "daphne": ["-m", "daphne", "-b", "127.0.0.1", "-p", "{port}", "--no-server-name", "config.asgi:application"],
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "--lifespan", "off", "config.asgi:application"],
    "gunicorn": ["-m", "gunicorn", "-b", "127.0.0.1:{port}", "--threads", "4", "config.wsgi:application"],
    "gunicorn-sync": ["-m", "gunicorn", "-b", "127.0.0.1:{port}", "config.wsgi:application"],
    "uwsgi": [
        *("-c", "import pyuwsgi; pyuwsgi.run()", "--http-socket", "127.0.0.1:{port}", "--module", "config.wsgi"),
        *("--pythonpath", ".", "--threads", "4", "--need-app", "--die-on-term"),
    ],
    "runserver": ["manage.py", "runserver", "--noreload", "127.0.0.1:{port}"],
}


@dataclass(frozen=True)
class Site:
    """A running site: where it is, and where its log is."""

    url: str
    log: Path


def make_database(file: Path) -> None:
    """Make the demonstration site's database with its sample data."""
    for command in (["migrate", "-v0"], ["load_sample_data", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=_environment(file), check=True)


@contextmanager
def serve(server: str, database: Path, folder: Path, **environment: str) -> Iterator[Site]:
    """Run the site under one of the servers of `COMMANDS`, with a copy of a database of its own."""
    copy = folder / f"{server}.sqlite3"
    shutil.copy(database, copy)
    port = free_port()
    command = [sys.executable, *(part.format(port=port) for part in COMMANDS[server])]
    site = Site(f"http://127.0.0.1:{port}", folder / f"{server}.log")
    with running(command, site.log, cwd=ROOT, env=_environment(copy) | environment) as process:
        wait_for_port(process, port, site.log)
        yield site


def _environment(database: Path) -> dict[str, str]:
    return os.environ | {
        "DJANGO_DB": str(database),
        "DJANGO_DEBUG": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
    }
