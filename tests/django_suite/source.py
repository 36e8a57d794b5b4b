"""Brings the tests that Django's makers wrote for the installed version: they are in its source archive only."""

import re
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

import django

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".django-suite"


class SourceError(Exception):
    """Django's source could not be had; says why."""


def tests_folder() -> Path:
    """The folder of Django's tests, downloaded and unpacked where that has not been done yet."""
    version = django.get_version()
    folder = CACHE / f"django-{version}" / "tests"
    if not folder.exists():
        CACHE.mkdir(exist_ok=True)
        # Unpacked beside it and moved: an interrupted start begins anew.
        with TemporaryDirectory(dir=CACHE) as unfinished:
            archive = _download(locked_requirement(version), Path(unfinished))
            _unpack(archive, Path(unfinished))
            folder.parent.mkdir(exist_ok=True)
            next(Path(unfinished).glob("*/tests")).rename(folder)
    return folder


def locked_requirement(version: str) -> str:
    """Django's own lines, with their hashes, of the lock that names this version."""
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    for lock in locks:
        found = re.search(rf"^django=={re.escape(version)} \\\n(?:    --hash=\S+(?: \\)?\n)+", lock.read_text(), re.M)
        if found:
            return found[0]
    raise SourceError(f"Django {version} is installed, but none of {', '.join(lock.name for lock in locks)} locks it.")


def _download(requirement: str, folder: Path) -> Path:
    wanted = folder / "wanted.txt"
    wanted.write_text(requirement)
    # Not `--no-binary :all:`: what pip builds the archive's metadata with may be a wheel.
    options = ["--no-binary", "django", "--no-deps", "--require-hashes", "--dest", str(folder), "--quiet"]
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", *options, "-r", str(wanted)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    archive = next(folder.glob("*.tar.gz"), None)
    if archive is None:
        raise SourceError(f"Django's source archive could not be downloaded:\n{ended.stdout}{ended.stderr}")
    return archive


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as packed:
        wanted = [member for member in packed if Path(member.name).parts[1:2] == ("tests",)]
        packed.extractall(folder, wanted, filter="data")
