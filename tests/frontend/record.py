"""Writes the traces that the tests of the front end read: `python -m tests.frontend.record [NAME ...]`.

Each is a real trace, made by `manage.py trace`; only the folders of this machine are taken out of the names of files.
"""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.serving import ROOT, make_database

FOLDER = Path(__file__).parent / "fixtures"
REQUESTS = {
    "product": ["GET", "/products/wireless-headphones/", "--user", "john"],
    "list": ["GET", "/products/"],
    "unknown": ["GET", "/no/such/page/"],
    "slash": ["GET", "/products/wireless-headphones"],
    "banned": ["GET", "/products/", "--user", "mallory"],
    "csrf": ["POST", "/cart/add/", "--user", "john", "--body", "product=1"],
    "error": ["GET", "/reports/average-order/"],
    "api": ["GET", "/api/products/1/"],
    "gather": ["GET", "/api/products/1/summary/"],
    "stream": ["GET", "/reports/reviews.csv", "--user", "sarah"],
    "cache": ["GET", "/about/"],
    "rescued": ["--scenario", "Rescued by a middleware"],
}
# Of a sample of the page, the traces of all that it sends, in order.
SCENARIOS = {
    "Whole-page cache: miss, then hit": ["miss", "hit"],
    "Three awaits gathered": ["gathered"],
    "No such product": ["missing"],
}


def main(wanted: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        database = Path(folder) / "shop.sqlite3"
        make_database(database)
        for name, request in REQUESTS.items():
            if name in wanted or not wanted:
                _write(name, _first(json.loads(_run(database, request))))
        for scenario, names in SCENARIOS.items():
            if wanted and not {*names} & {*wanted}:
                continue
            for name, trace in zip(names, json.loads(_run(database, ["--scenario", scenario])), strict=False):
                _write(name, trace)


def _write(name: str, trace: dict[str, Any]) -> None:
    text = json.dumps(_without_folders(trace), separators=(",", ":"), ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
    print(f"{name}: {len(trace['events'])} events, {trace['outcome']['kind']}")


def _first(traces: Any) -> dict[str, Any]:
    """A scenario may be a sequence."""
    return traces[0] if isinstance(traces, list) else traces


def _run(database: Path, request: list[str]) -> bytes:
    command = [sys.executable, "manage.py", "trace", *request, "--format", "json"]
    environment = os.environ | {"DJANGO_DB": str(database)}
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout


def _without_folders(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_folders(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_folders(each) for each in value]
    if isinstance(value, str) and value.startswith("/"):
        for folder in (f"{ROOT}/", f"{sysconfig.get_path('stdlib')}/"):
            value = value.removeprefix(folder)
        return value.rpartition("/site-packages/")[2]
    return value


if __name__ == "__main__":
    main(sys.argv[1:])
