"""Starts a real PostgreSQL, Redis or nginx in a folder of its own, on a free port or a socket, and stops it."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.processes import PATIENCE_SECONDS, free_port, program, running, wait_for_port


@contextmanager
def redis() -> Iterator[str]:
    """An empty Redis; yields its URL."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        with running([program("redis-server", "redis-server"), *options], log) as process:
            wait_for_port(process, port, log)
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def nginx(upstream: str) -> Iterator[str]:
    """An nginx that hands all requests on to `host:port` and says so in its headers; yields its URL."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        log, config = Path(folder) / "log", Path(folder) / "nginx.conf"
        config.write_text(_NGINX.format(port=port, upstream=upstream))
        command = [program("nginx", "nginx"), "-e", "stderr", "-p", folder, "-c", str(config)]
        with running(command, log) as process:
            wait_for_port(process, port, log)
            yield f"http://127.0.0.1:{port}"


# One process: as root, nginx would give its workers to a user who may not read the folder.
_NGINX = """
daemon off;
master_process off;
pid nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://{upstream};
            proxy_set_header Host $http_host;
            proxy_set_header Via "1.1 nginx";
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Request-Start "t=${{msec}}";
        }}
    }}
}}
"""


@contextmanager
def postgresql() -> Iterator[dict[str, str]]:
    """A new PostgreSQL on a socket in its own folder; yields what Django needs to connect to its empty database."""
    # It refuses to be root; and root's own temporary folders are closed to others.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp())
    try:
        if user:
            shutil.chown(folder, user)
        yield from _serve_postgresql(folder, user)
    finally:
        shutil.rmtree(folder)


def _serve_postgresql(folder: Path, user: str | None) -> Iterator[dict[str, str]]:
    programs = Path(program("initdb", "postgresql")).resolve().parent
    log, data = folder / "log", folder / "data"
    options: dict[str, Any] = {"cwd": folder, "user": user, "extra_groups": [] if user else None}
    making = [str(programs / "initdb"), "-D", str(data), "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
    with log.open("ab") as output:
        subprocess.run(making, stdout=output, stderr=output, check=True, **options)
    command = [str(programs / "postgres"), "-D", str(data), "-F", "-k", str(folder), "-c", "listen_addresses="]
    # SIGINT ends its sessions too.
    with running(command, log, signal.SIGINT, **options) as process:
        _wait_for_postgresql(process, folder, log)
        yield {"ENGINE": "django.db.backends.postgresql", "HOST": str(folder), "USER": "tests", "NAME": "postgres"}


def _wait_for_postgresql(process: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            psycopg.connect(host=str(folder), user="tests", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.02)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
