"""The wheel carries all that the page needs, and works in a project that has nothing else of ours."""

import hashlib
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import pytest

from visualizer.native.build import target

ROOT = Path(__file__).resolve().parent.parent
VENDORS = pytest.mark.parametrize("vendor", [ROOT / "frontend" / "vendor", ROOT / "tests" / "browser" / "vendor"])


@VENDORS
def test_vendored_files_are_those_of_their_packages(vendor):
    wanted = dict(reversed(line.split()) for line in (vendor / "CHECKSUMS").read_text().splitlines())
    found = {name: hashlib.sha256((vendor / name).read_bytes()).hexdigest() for name in wanted}
    assert found == wanted


@VENDORS
def test_every_vendored_file_has_a_checksum(vendor):
    listed = {line.split()[1] for line in (vendor / "CHECKSUMS").read_text().splitlines()}
    assert {file.name for file in vendor.iterdir()} == listed | {"CHECKSUMS", "README.md"}


def test_make_run_installs_what_the_package_declares():
    declared = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    assert declared <= set((ROOT / "requirements" / "run.in").read_text().splitlines())


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda lock: lock.name)
def test_every_locked_package_has_hashes(lock):
    packages = re.split(r"^(?=\w)", lock.read_text(), flags=re.MULTILINE)[1:]
    assert packages
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    _run("-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder), cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with the wheel installed, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    _run("-m", "pip", "install", "-qq", "--no-deps", "--no-index", "--target", str(folder), str(wheel), cwd=folder)
    return folder


@pytest.fixture
def blank_project(installed, tmp_path):
    """Django's own new project, with one line added to INSTALLED_APPS."""
    _run("-m", "django", "startproject", "blank", ".", cwd=tmp_path)
    settings = tmp_path / "blank" / "settings.py"
    settings.write_text(settings.read_text().replace("INSTALLED_APPS = [\n", 'INSTALLED_APPS = [\n    "visualizer",\n'))
    return tmp_path


@pytest.mark.slow
def test_the_wheel_carries_the_front_end_and_the_templates(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("frontend", "templates/visualizer"):
        files = [file.relative_to(ROOT) for file in (ROOT / folder).rglob("*") if file.is_file()]
        assert files
        assert {f"visualizer/{file.as_posix()}" for file in files} <= inside


@pytest.mark.slow
def test_the_wheel_carries_what_was_compiled_for_this_python(wheel):
    assert f"visualizer/native/{target().name}" in zipfile.ZipFile(wheel).namelist()
    assert "-none-any" not in wheel.name


@pytest.mark.slow
def test_the_wheel_carries_nothing_of_the_demonstration_site_or_the_tests(wheel):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"visualizer", *(top for top in tops if top.endswith(".dist-info"))}


@pytest.mark.slow
def test_one_line_in_a_blank_project_gives_the_page_and_all_it_loads(blank_project, installed):
    with _runserver(blank_project, installed) as address:
        page = urljoin(address, "/__visualizer__/")
        html = _get(page)
        assets = re.findall(r"""<(?:link|script)\b[^>]*\b(?:href|src)="([^"]+)\"""", html)
        assert any(asset.endswith(".js") for asset in assets)
        assert any(asset.endswith(".css") for asset in assets)
        for asset in assets:
            assert _get(urljoin(page, asset)), asset


@pytest.mark.slow
def test_one_line_in_a_blank_project_records_its_requests(blank_project, installed):
    with _runserver(blank_project, installed) as address:
        assert "The install worked successfully" in _get(address)
        assert _get(urljoin(address, "/__visualizer__/traces/")).count("data-trace=") == 1


@contextmanager
def _runserver(project: Path, installed: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-W", "error", "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with (project / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=project, env=_environment(installed), stdout=log, stderr=log)
    try:
        _wait_for(server, port, project / "server.log")
        yield address
    finally:
        server.terminate()
        server.wait()


def _wait_for(server: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"no answer within a minute\n{log.read_text()}")


def _get(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=30) as response:
            return response.read().decode()
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{address} answered {error.code}: {error.read()[:2000]!r}") from error


def _run(*arguments: str, cwd: Path) -> None:
    process = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=_environment(), capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stdout + process.stderr


def _environment(*path: Path) -> dict[str, str]:
    """This environment, less what names this project's settings, with `path` to import from."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTHON"))}
    return {**kept, "PYTHONPATH": os.pathsep.join(map(str, path))}
