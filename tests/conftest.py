"""What all tests share: an empty file database, the loaded shop, and the traces of the requests a test makes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases, teardown_databases

from config.shop import sample_data
from tests import services
from visualizer.conf import get_settings
from visualizer.recorder import Trace, add_sink, remove_sink


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser's tests last: Playwright keeps an event loop in the main thread, where others want their own."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def _database_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("database") / "test.sqlite3"


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any, _database_file: Path) -> Iterator[None]:
    """An empty test database in a file, whichever tests are run: in memory, threads would share its locks."""
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(_database_file)
    # Hashing is slow by design.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session")
def _shop_copies(
    django_db_setup: None, django_db_blocker: Any, _database_file: Path
) -> Iterator[tuple[sqlite3.Connection, ...]]:
    """The database empty and with the sample data, in memory, to be copied over the file in a few milliseconds."""
    empty, loaded = (sqlite3.connect(":memory:", check_same_thread=False) for _ in range(2))
    with django_db_blocker.unblock():
        _copy(_database_file, into=empty)
        sample_data.load()
        connection.close()
        _copy(_database_file, into=loaded)
        _restore(_database_file, empty)
    yield empty, loaded
    empty.close()
    loaded.close()


def _copy(file: Path, into: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(file)) as source:
        source.backup(into)


def _restore(file: Path, copy: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(file)) as target:
        target.execute("PRAGMA synchronous=OFF")
        copy.backup(target)


@pytest.fixture
def shop(_shop_copies: tuple[sqlite3.Connection, ...], django_db_blocker: Any, _database_file: Path) -> Iterator[None]:
    """The shop with its sample data, for requests in any thread; what the test writes is gone afterwards."""
    empty, loaded = _shop_copies
    with django_db_blocker.unblock():
        _restore(_database_file, loaded)
        yield
        connection.close()
        _restore(_database_file, empty)


class Traces(list[Trace]):
    """A sink: the traces begun during a test, oldest first."""

    def on_begin(self, trace: Trace) -> None:
        self.append(trace)

    def on_end(self, trace: Trace) -> None:
        pass

    @property
    def only(self) -> dict[str, Any]:
        """The one trace of a test that makes one request, which must have ended."""
        assert len(self) == 1, [trace.head()["request"]["path"] for trace in self]
        assert self[0].finished
        return self[0].as_dict()


@pytest.fixture
def traces() -> Iterator[Traces]:
    """Record the requests of this test, and nothing else."""
    apps.get_app_config("visualizer").start_recording()
    sink = Traces()
    add_sink(sink)
    yield sink
    remove_sink(sink)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a real Redis, which all tests share: let each use keys of its own."""
    with services.redis() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[dict[str, str]]:
    """What Django needs to connect to a real PostgreSQL, whose database `postgres` all tests share."""
    with services.postgresql() as database:
        yield database


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    """Let no test leave its VISUALIZER behind."""
    yield
    get_settings.cache_clear()
