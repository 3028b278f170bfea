"""The fixtures; see the package for what they give."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import require

if TYPE_CHECKING:
    from tests.servers.postgres import Postgres
    from tests.servers.redis_server import RedisServer

NO_POSTGRES = "PostgreSQL is missing; apt-get install postgresql"
NO_REDIS = "Redis and Valkey are missing; apt-get install redis-server"
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs_postgres)]


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Postgres]":
    """The PostgreSQL of this xdist worker."""
    from tests.servers.postgres import Postgres, postgres_programs

    require(postgres_programs(), NO_POSTGRES)
    with Postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: "Postgres") -> Iterator[str]:
    """The URL of a PostgreSQL database with the tables of this release and no row in them."""
    with _dropped(postgres, postgres.new_database_with_tables()) as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres: "Postgres") -> Iterator[str]:
    """The URL of a PostgreSQL database without a table."""
    with _dropped(postgres, postgres.new_database()) as url:
        yield url


@contextmanager
def _dropped(server: "Postgres", url: str) -> Iterator[str]:
    yield url
    server.start()  # a test that failed may have left it stopped
    server.drop_database(url)


@pytest.fixture
def sqlite_url(empty_sqlite_url: str) -> str:
    """The URL of an SQLite file with the tables of this release and no row in them."""
    from tests.servers.tables import place_tables

    place_tables(empty_sqlite_url)
    return empty_sqlite_url


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that does not exist yet, in a folder that does not exist yet."""
    return f"sqlite:///{tmp_path / 'state' / 'auditor.sqlite'}"


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with the tables of this release: the test runs on SQLite and on PostgreSQL."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(name))


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without a table, for what makes them: on SQLite and on PostgreSQL."""
    name = {"sqlite": "empty_sqlite_url", "postgresql": "empty_postgres_url"}[request.param]
    return str(request.getfixturevalue(name))


@pytest.fixture
def redis_server() -> "Iterator[RedisServer]":
    """A Redis or Valkey of this test alone, which keeps nothing over a kill."""
    from tests.servers.redis_server import RedisServer, redis_program

    require(redis_program(), NO_REDIS)
    with RedisServer() as server:
        yield server
