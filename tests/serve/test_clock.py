"""What happens by itself: each habit in its time, whatever goes wrong with another one or with the database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from auditor.service import clock
from auditor.store.engine import Store
from auditor.store.going import Policy
from auditor.store.sql import table_of
from auditor.store.tables import JournalRow, WorkerRow
from tests.api.rows import made, see
from tests.serve.processes import until
from tests.serve.service import state
from tests.servers.postgres import Postgres
from tests.service.nights import begun, estate_of


@contextmanager
def keeping(store: Store) -> Iterator[None]:
    """Somebody keeps the time of `store`."""
    stop = threading.Event()
    thread = threading.Thread(target=clock.keep_time, args=(store, stop, Policy()))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def names(store: Store) -> set[str]:
    with store.reading() as connection:
        return set(connection.scalars(select(table_of(WorkerRow).c.name)))


@pytest.mark.usefixtures("simulated")
def test_a_fault_of_one_habit_stops_no_other(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Schedules that cannot be looked at leave runs going: a run of which every source was lost is taken further."""

    def broken(_store: Store) -> None:
        raise RuntimeError("no schedule can be looked at")

    monkeypatch.setattr(clock, "tick", broken)
    store = made(sqlite_url)
    run = begun(store, estate_of(tmp_path, 1)[0])
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE shard SET state = 'failed'")
    with keeping(store):
        until(lambda: state(store, run) == "judging", "the next phase")
        assert [name for name in names(store) if name.startswith("scheduler:")]
    assert names(store) == set()
    store.close()


def test_a_database_that_comes_back_is_gone_on_with(
    postgres_url: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL restarted in the middle: the clock goes on, and says again that it lives."""
    monkeypatch.setattr("auditor.store.workers.EVERY", 0.2)
    store = made(postgres_url)
    with keeping(store):
        until(lambda: names(store), "a sign of life")
        postgres.restart()
        with store.writing() as connection:
            connection.execute(table_of(WorkerRow).delete())
        until(lambda: names(store), "another sign of life")
    store.close()


def test_the_tidying_is_done_and_told(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Retention stands in the journal, and workers that ended without a word days ago are told of no longer."""
    monkeypatch.setattr(clock, "FIRST_TIDY", 0.0)
    store = made(sqlite_url)
    see(store, "old", "collect", ago=2 * 86_400)
    see(store, "young", "collect", ago=3600)

    def actions() -> list[str]:
        with store.reading() as connection:
            return list(connection.scalars(select(table_of(JournalRow).c.action)))

    with keeping(store):
        until(lambda: actions() == ["retention"], "the journal's entry")
    assert names(store) == {"young"}
    store.close()
