"""What is backed up as docs/how-to/upgrade.md says comes back whole: runs, captures, journal, keys."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from auditor.evidence.redaction import redactor
from auditor.service.stored import document_of
from auditor.store.engine import Store, open_store
from auditor.store.journal import append, verify
from auditor.store.migrate import State, schema_of
from auditor.store.sql import table_of
from auditor.store.tables import RunCapture
from tests.servers.postgres import Postgres, postgres_programs
from tests.service.nights import begun, estate_of, new_store, to_the_end
from tests.store.filling import contents


def copy_sqlite(store: Store, folder: Path) -> str:
    """SQLite's own online backup, beside a writer that is in the middle of a transaction."""
    there = folder / "copy.sqlite"
    with store.writing() as busy:
        append(busy, "somebody", "not.yet", "never to be seen")
        with sqlite3.connect(str(store.engine.url.database)) as before, sqlite3.connect(there) as after:
            before.backup(after)
        after.close()
        before.close()
        busy.rollback()
    return f"sqlite:///{there}"


def copy_postgres(server: Postgres) -> Callable[[Store, Path], str]:
    """`pg_dump` and `pg_restore`, as the role that owns the database, into an empty one."""
    programs = postgres_programs()
    assert programs

    def tool(name: str, url: str, *words: str) -> None:
        parts = make_url(url)
        environment = {**os.environ, "PGPASSWORD": str(parts.password)}
        where = ["-h", str(parts.host), "-p", str(parts.port), "-U", str(parts.username), "-d", str(parts.database)]
        done = subprocess.run([programs / name, *where, *words], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def copy(store: Store, folder: Path) -> str:
        dump, empty = str(folder / "auditor.dump"), server.new_database()
        tool("pg_dump", store.engine.url.render_as_string(hide_password=False), "-Fc", "--no-owner", "-f", dump)
        tool("pg_restore", empty, "--no-owner", "--exit-on-error", "--single-transaction", dump)
        return empty

    return copy


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def way(request: pytest.FixtureRequest) -> tuple[str, Callable[[Store, Path], str]]:
    """The URL of a database with tables, and how such a database is copied."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url"), copy_sqlite
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database_with_tables(), copy_postgres(server)


def everything(store: Store) -> Any:
    """Every row."""
    with store.reading() as connection:
        return contents(connection)


def captures(store: Store) -> int:
    """How many captures are stored."""
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table_of(RunCapture))) or 0


@pytest.mark.usefixtures("simulated")
def test_a_restored_backup_is_the_database(way: tuple[str, Callable[[Store, Path], str]], tmp_path: Path) -> None:
    """Two runs with captures, findings and a journal are the same after backup and restore: each row, the document of a
    run, the chain of the journal to the same head. And it goes on from there: a third run ends.
    """
    url, copy = way
    inventory, names = estate_of(tmp_path, 4, {"host-003": "dead"})
    store = new_store(url)
    for _ in range(2):
        ended = to_the_end(store, begun(store, inventory))
        with store.writing() as connection:
            append(connection, "somebody", "run.seen", ended.name, {"population": ended.population})
    before = everything(store), document_of(store, ended.name), verify(store)
    assert captures(store) >= len(names) - 1
    assert before[2].entries >= 2

    restored = open_store(copy(store, tmp_path))
    store.close()
    assert schema_of(restored).state is State.CURRENT
    assert (everything(restored), document_of(restored, ended.name), verify(restored)) == before
    assert verify(restored, before[2].head).broken is None
    third = to_the_end(restored, begun(restored, inventory))
    assert third.state == "done"
    assert third.name != ended.name
    assert verify(restored).broken is None
    restored.close()


def test_the_key_of_fingerprints_comes_back_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same secret has the same fingerprint under a restored key, and another one where the key was not restored."""
    monkeypatch.delenv("AUDITOR_HMAC_KEY", raising=False)

    def fingerprint(folder: str) -> str:
        monkeypatch.setenv("AUDITOR_STATE", str(tmp_path / folder))
        redactor.cache_clear()
        return str(redactor().token("an invented secret"))

    try:
        first = fingerprint("before")
        (tmp_path / "restored").mkdir(mode=0o700)
        shutil.copy2(tmp_path / "before" / "hmac.key", tmp_path / "restored" / "hmac.key")
        assert fingerprint("restored") == first
        assert fingerprint("without") != first
    finally:
        redactor.cache_clear()
