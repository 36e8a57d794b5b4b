"""Runs programs that listen on a port, waits until they do, and stops them."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 60
# Where Debian keeps programs that are not for everybody's PATH.
_MORE_FOLDERS = ("usr/sbin", "usr/lib/postgresql/*/bin")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, package: str) -> str:
    """The path of a program. Raises RuntimeError naming Debian's package of it if it is not here."""
    found = [
        shutil.which(name),
        *(str(file) for folder in _MORE_FOLDERS for file in Path("/").glob(f"{folder}/{name}"[1:])),
    ]
    for path in found:
        if path:
            return path
    raise RuntimeError(f"{name} is not installed and the tests need it; `make test` installs it: Debian's {package}.")


def wait_for_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until a process listens. Raises RuntimeError with its log if it ends instead or takes too long."""
    end = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"The server did not open port {port}:\n{log.read_text()}")


@contextmanager
def running(
    command: list[str], log: Path, stop: int = signal.SIGTERM, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program that writes to a log, and stop it with a signal; options are those of `Popen`."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, **options)
        try:
            yield process
        finally:
            process.send_signal(stop)
            process.wait(timeout=PATIENCE_SECONDS)
