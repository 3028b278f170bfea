"""The fixtures; see the package for what they give."""

from collections.abc import Iterator
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
    """The URL of an empty PostgreSQL database."""
    url = postgres.new_database()
    yield url
    postgres.start()  # a test that failed may have left it stopped
    postgres.drop_database(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that does not exist yet, in a folder that does not exist yet."""
    return f"sqlite:///{tmp_path / 'state' / 'auditor.sqlite'}"


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database: the test runs on SQLite and on PostgreSQL."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(name))


@pytest.fixture
def redis_server() -> "Iterator[RedisServer]":
    """A Redis or Valkey of this test alone, which keeps nothing over a kill."""
    from tests.servers.redis_server import RedisServer, redis_program

    require(redis_program(), NO_REDIS)
    with RedisServer() as server:
        yield server
