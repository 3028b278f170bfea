"""Several processes on one database, killed processes and a full disk: nothing is damaged, nothing half is kept."""

import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from auditor.store import blobs, journal
from auditor.store.engine import Store, StoreError, open_store
from auditor.store.migrate import upgrade
from auditor.store.sql import table_of
from auditor.store.tables import Blob, RuleRow
from tests.conftest import require
from tests.store.hammering import begin

BLOBS, RULES = table_of(Blob), table_of(RuleRow)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url)
    yield opened
    opened.close()


def counts(store: Store) -> tuple[int, int]:
    """Rules and contents; everything can be read and is what it was."""
    with store.reading() as connection:
        idents = connection.scalars(select(BLOBS.c.id)).all()
        blobs.get_many(connection, idents)
        return connection.scalar(select(func.count()).select_from(RULES)) or 0, len(idents)


def assert_sound(store: Store) -> None:
    if store.is_sqlite:
        with store.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    assert journal.verify(store).broken is None


def test_processes_that_hammer_one_database_leave_it_sound(store: Store, database_url: str) -> None:
    """Every transaction of three processes at once is there exactly once, and the database is whole."""
    processes = [begin(database_url, 40) for _ in range(3)]
    said = [process.communicate()[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert [len(lines) for lines in said] == [40, 40, 40]
    assert counts(store) == (120, 240)
    assert journal.verify(store).entries == 120
    assert_sound(store)


def test_killed_writers_leave_what_they_had_kept(store: Store, database_url: str) -> None:
    """SIGKILL at any moment: each transaction told is there, at most the one after it besides, none by half."""
    told = 0
    beside = begin(database_url, 60)
    for lines in (1, 7, 13):
        process = begin(database_url, 100_000)
        assert process.stdout
        for _ in range(lines):
            process.stdout.readline()
        process.kill()
        told += lines + len(process.communicate()[0].splitlines())
    told += len(beside.communicate()[0].split())
    assert beside.returncode == 0
    rules, contents = counts(store)
    assert told <= rules <= told + 3
    assert contents == 2 * rules
    assert journal.verify(store).entries == rules
    assert_sound(store)


def fill(store: Store) -> int:
    """Write until the disk is full; how many transactions were kept."""
    for number in itertools.count():
        try:
            with store.writing() as connection:
                connection.execute(RULES.insert(), {"rule": f"r{number}"})
                blobs.put_many(connection, [noise(number), noise(number + 1_000_000)])
        except StoreError as problem:
            told, kept = str(problem), number
            break
    assert "disk is full\n  Make space on the disk of the database" in told
    assert told.count("\n") == 1
    return kept


def noise(number: int) -> bytes:
    """16 kB that do not compress."""
    return b"".join(blobs.digest_of(f"{number}.{part}".encode()) for part in range(512))


def after_the_disk_was_full(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(RULES.insert(), {"rule": "later"})
        blobs.put(connection, b"later")
        journal.append(connection, "a", "b", "c")


def test_a_full_database_refuses_whole_transactions(sqlite_url: str) -> None:
    """At the largest size that it may have, a write fails with one message; what was kept stays, and space mends it."""
    store = open_store(sqlite_url)
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 100}")
    kept = fill(store)
    assert kept > 1
    assert counts(store) == (kept, 2 * kept)
    assert_sound(store)
    with store.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1000}")
    after_the_disk_was_full(store)
    assert counts(store) == (kept + 1, 2 * kept + 1)
    store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "auditor-test", folder], check=False)
    require(mounted.returncode == 0, "a small disk cannot be mounted: root without the right to mount")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.needs_root
def test_a_full_disk_refuses_whole_transactions(small_disk: Path) -> None:
    """A disk that is really full, with database and log on it: one message, nothing by half, and space mends it."""
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(3 << 20))
    store = open_store(f"sqlite:///{small_disk}/auditor.sqlite")
    upgrade(store)
    kept = fill(store)
    assert kept > 1
    assert counts(store) == (kept, 2 * kept)
    again = open_store(f"sqlite:///{small_disk}/auditor.sqlite")  # as after a restart, with the disk still full
    assert counts(again) == (kept, 2 * kept)
    assert_sound(again)
    with pytest.raises(StoreError, match="disk is full"):
        fill_once(again)
    ballast.unlink()
    after_the_disk_was_full(again)
    after_the_disk_was_full_for(store)
    assert counts(store)[0] == kept + 2
    assert_sound(store)
    again.close()
    store.close()


def fill_once(store: Store) -> None:
    with store.writing() as connection:
        blobs.put_many(connection, [noise(number) for number in range(5_000_000, 5_000_300)])


def after_the_disk_was_full_for(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(RULES.insert(), {"rule": "for the other too"})


@pytest.mark.needs_root
def test_no_space_for_the_copy_means_no_upgrade(small_disk: Path, tmp_path: Path) -> None:
    """An older file on a disk that is too full for its copy is left as it is, and no half copy is left either."""
    from tests.store.steps import later_step

    store = open_store(f"sqlite:///{small_disk}/auditor.sqlite")
    upgrade(store)
    kept = fill(store)
    with pytest.raises(StoreError, match=r"cannot be copied.*\n  Make space beside"):
        upgrade(store, [later_step(tmp_path / "steps")])
    assert sorted(path.name for path in small_disk.iterdir() if "before" in path.name) == []
    assert counts(store) == (kept, 2 * kept)
    store.close()
