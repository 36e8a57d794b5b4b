"""A site with its sample data under each real server, once for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services
from tests.serving import COMMANDS, Site, make_database, serve


@pytest.fixture(scope="session")
def site_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("site") / "site.sqlite3"
    make_database(file)
    return file


@pytest.fixture(scope="module", params=list(COMMANDS))
def server(
    request: pytest.FixtureRequest, site_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Site]]:
    folder, settings = tmp_path_factory.mktemp(request.param), "tests.site.deployed"
    with serve(request.param, site_database, folder, DJANGO_SETTINGS_MODULE=settings) as site:
        yield request.param, site


@pytest.fixture(scope="module")
def proxied(server: tuple[str, Site]) -> Iterator[str]:
    """The URL of an nginx in front of the server."""
    with services.nginx(server[1].url.removeprefix("http://")) as url:
        yield url
