"""Health: says in words what is not there, never waits without end, and tells nobody a secret."""

import os
import signal
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from auditor.api.context import Context
from auditor.store.engine import Store, make_engine, open_store
from tests.api.rows import made, see
from tests.api.serving import ask, ready, served
from tests.servers.postgres import Postgres
from tests.servers.redis_server import RedisServer


def quick(store: Store, broker: str | None = None) -> Context:
    """Answers are for one asker, and nobody waits longer than a second."""
    return Context(store, broker, patience=1.0, fresh_health=0.0, fresh_metrics=0.0)


def test_ready_says_who_is_missing(database_url: str) -> None:
    """Ready means: a database with today's tables, a scheduler and a worker seen lately. Each is missed by name."""
    store = made(database_url)
    with served(quick(store)) as port:
        assert ask(port, "/health/live")[0] == 200
        status, says = ready(port)
        assert (status, says["database"]) == (503, "well")
        assert says["scheduler"] == "no scheduler is there"
        see(store, "a", "scheduler")
        see(store, "b", "collect", ago=600)
        see(store, "c", "judge")
        status, says = ready(port)
        assert (status, says["scheduler"]) == (503, "well")
        collect, render = says["workers"].split("; ")
        assert collect.startswith("no worker that can collect is alive: the last was seen 6")
        assert render == "no worker that can render is there"
        see(store, "d", "collect,render")
        assert ready(port) == (200, {"database": "well", "scheduler": "well", "workers": "well"})


def test_a_database_without_tables_is_not_ready(empty_database_url: str) -> None:
    """Reachable is not enough; the mend is named."""
    with served(quick(open_store(empty_database_url))) as port:
        assert ready(port) == (503, {"database": "it has no tables: run `auditor db upgrade`"})
        assert ask(port, "/metrics")[0] == 503


def test_a_database_that_is_away_is_told_and_forgiven(postgres_url: str, postgres: Postgres) -> None:
    """While PostgreSQL is down: alive, not ready, no metrics, no address or password in any answer. Then well again."""
    store = made(postgres_url)
    see(store, "a", "scheduler")
    see(store, "b", "collect,judge,render")
    with served(quick(store)) as port:
        assert ready(port)[0] == 200
        postgres.stop()
        try:
            status, says = ready(port)
            assert (status, list(says)) == (503, ["database"])
            answer = ask(port, "/metrics")
            assert (answer[0], ask(port, "/health/live")[0]) == (503, 200)
            parts = urlsplit(postgres_url)
            for secret in (str(parts.password), str(parts.username), str(parts.port)):
                assert secret not in answer[2] + str(says)
        finally:
            postgres.start()
        end = time.monotonic() + 60
        while ready(port)[0] != 200:  # a failure is kept for a second
            assert time.monotonic() < end, ready(port)
            time.sleep(0.1)


def test_a_database_that_hangs_hangs_nobody(postgres_url: str, postgres: Postgres) -> None:
    """PostgreSQL stopped in its tracks (SIGSTOP): every asker has an answer, and only one question waits in it."""
    store = made(postgres_url)
    with served(quick(store)) as port:
        assert ready(port)[1]["database"] == "well"
        with psycopg.connect(postgres_url) as connection:
            (frozen,) = {pid for pid in _backends(postgres) if pid != connection.info.backend_pid}
        os.kill(frozen, signal.SIGSTOP)
        try:
            for _ in range(5):
                status, says = ready(port)
                assert status == 503
                assert says["database"].startswith("it gives no answer for ")
            assert ask(port, "/health/live")[0] == 200
        finally:
            os.kill(frozen, signal.SIGCONT)
        assert ready(port)[1]["database"] == "well"


def _backends(postgres: Postgres) -> set[int]:
    rows = postgres.ask("SELECT pid FROM pg_stat_activity WHERE usename = 'auditor'")
    return {int(str(row[0])) for row in rows}


def test_a_broker_is_looked_at_where_there_is_one(tmp_path: Path, redis_server: RedisServer) -> None:
    """With a broker that is away nobody is ready; without one it is no matter."""
    store = made(f"sqlite:///{tmp_path}/a.sqlite")
    see(store, "a", "scheduler")
    see(store, "b", "collect,judge,render")
    with served(quick(store, redis_server.url)) as port:
        assert ready(port)[1]["broker"] == "well"
        with served(quick(store, redis_server.celery_socket_url)) as other:
            assert ready(other)[1]["broker"] == "well"
        redis_server.stop()
        status, says = ready(port)
        assert status == 503
        assert says["broker"] == "it cannot be reached, or gives an error: the log says which"


def test_a_broken_file_is_an_answer_not_a_crash(tmp_path: Path) -> None:
    """A SQLite file overwritten by something else: 503 with words, and the process lives."""
    file = tmp_path / "a.sqlite"
    file.write_bytes(b"this is no database\n" * 1000)
    with served(quick(Store(make_engine(f"sqlite:///{file}")))) as port:
        assert ready(port)[0] == 503
        assert ask(port, "/metrics")[0] == 503
        assert ask(port, "/health/live")[0] == 200
