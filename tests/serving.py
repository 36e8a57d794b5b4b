"""Starts the demonstration site under a real server on a free port of this machine, and stops it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE_SECONDS = 60

COMMANDS = {
    "daphne": ["-m", "daphne", "-b", "127.0.0.1", "-p", "{port}", "--no-server-name", "config.asgi:application"],
    "gunicorn": ["-m", "gunicorn", "-b", "127.0.0.1:{port}", "--threads", "4", "config.wsgi:application"],
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
    """Run the site under `daphne`, `gunicorn` or `runserver`, with a copy of a database of its own."""
    copy = folder / f"{server}.sqlite3"
    shutil.copy(database, copy)
    port = _free_port()
    command = [part.format(port=port) for part in COMMANDS[server]]
    site = Site(f"http://127.0.0.1:{port}", folder / f"{server}.log")
    with site.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=_environment(copy) | environment, stdout=log, stderr=log
        )
        try:
            _wait(process, port, site.log)
            yield site
        finally:
            process.terminate()
            process.wait(timeout=_PATIENCE_SECONDS)


def _environment(database: Path) -> dict[str, str]:
    return os.environ | {
        "DJANGO_DB": str(database),
        "DJANGO_DEBUG": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"The server did not open port {port}:\n{log.read_text()}")
