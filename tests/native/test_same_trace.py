"""What is compiled and what it stands for in Python tell the same of the same request."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.serving import ROOT, make_database

REQUESTS = [
    ["--scenario", "John's product page", "--wsgi"],
    ["--scenario", "John's product page", "--asgi"],
    ["--scenario", "Banned user"],
    ["--scenario", "Error in a view", "--asgi"],
    ["--scenario", "Into the cart: POST, redirect, page"],
    ["--scenario", "Rescued by a middleware"],
    ["--scenario", "Async view under a sync-only middleware", "--asgi"],
    ["--scenario", "Jinja2 page"],
    ["--scenario", "The admin"],
    ["--scenario", "Streaming CSV"],
]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    file = tmp_path_factory.mktemp("native") / "db.sqlite3"
    make_database(file)
    return file


def trace(database, native, arguments):
    environment = {**os.environ, "DJANGO_DB": str(database), "DJANGO_SETTINGS_MODULE": "config.settings"}
    printed = subprocess.run(
        [sys.executable, "manage.py", "trace", *arguments, "--format", "json"],
        cwd=ROOT,
        env={**environment, "VISUALIZER_NATIVE": native, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(printed.stdout)


def without_chance(value):
    """Without what differs from one run to the next: times, numbers of threads, random texts and their sizes."""
    if isinstance(value, dict):
        return {key: without_chance(each) for key, each in value.items() if not is_chance(key)}
    if isinstance(value, list):
        return [without_chance(each) for each in value]
    return re.sub(r"asyncio_\d+", "asyncio", value) if isinstance(value, str) else value


BY_CHANCE = {
    "id",
    "started_at",
    "pid",
    "params",
    "value",
    "was",
    "headers",
    "bytes",
    "body_bytes",
    "environ",
    "expires",
}


def is_chance(key):
    return key.endswith("_ns") or key in BY_CHANCE


@pytest.mark.parametrize("arguments", REQUESTS, ids=lambda arguments: " ".join(arguments))
def test_the_compiled_part_tells_what_python_tells(arguments, database):
    compiled, plain = (without_chance(trace(database, native, arguments)) for native in ("1", "0"))
    assert compiled == plain
