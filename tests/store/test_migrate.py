"""A database reaches today's schema whole, from every schema before it, or stays as it was."""

import stat
import time
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, insert, select, text
from sqlmodel import SQLModel

from auditor.errors import InputError
from auditor.store.engine import Store, StoreError, make_engine, open_store
from auditor.store.migrate import VERSION_TABLE, State, ready_store, schema_of, script_config, upgrade
from auditor.store.sql import table_of
from auditor.store.tables import TargetRow
from tests.servers.postgres import Postgres
from tests.store.filling import ROWS, contents, fill, missing
from tests.store.steps import REVISION, later_step
from tests.store.upgrading import begin, wait_for

RELEASED = sorted(step.revision for step in ScriptDirectory.from_config(script_config()).walk_revisions())
HEAD = RELEASED[-1]


def at_revision(url: str, revision: str) -> Store:
    """A store of a schema before today's."""
    store, config = open_store(url), script_config()
    with store.writing() as connection:
        config.attributes.update(connection=connection, version_table=VERSION_TABLE)
        command.upgrade(config, revision)
    return store


def filled(url: str, revision: str = HEAD) -> Store:
    """The same, with rows in every table."""
    store = at_revision(url, revision)
    with store.writing() as connection:
        fill(connection)
    return store


def everything(store: Store) -> Any:
    with store.reading() as connection:
        return contents(connection)


def differences(store: Store) -> list[Any]:
    options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
    with store.reading() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata))


def test_a_migrated_database_has_the_tables_of_the_code(empty_database_url: str) -> None:
    """The steps lead to what `tables` declares: column by column, with indexes, keys and references."""
    store = open_store(empty_database_url)
    assert schema_of(store).state is State.EMPTY
    assert upgrade(store).after == HEAD
    assert schema_of(store).state is State.CURRENT
    assert differences(store) == []
    with store.writing() as connection:
        connection.execute(text("DROP INDEX waiver_rule_index"))
        connection.execute(text("ALTER TABLE run DROP COLUMN message"))
    assert len(differences(store)) == 2  # the comparison is not blind
    store.close()


@pytest.mark.parametrize("revision", RELEASED)
def test_every_released_schema_with_data_goes_up_to_today(empty_database_url: str, revision: str) -> None:
    """Each row of each table of a released schema is there after the upgrade, with the same values."""
    store = filled(empty_database_url, revision)
    before = everything(store)
    assert all(len(rows) == ROWS for rows in before.values())
    assert upgrade(store).after == HEAD
    assert missing(before, everything(store)) == []
    assert differences(store) == []
    store.close()


def test_a_later_step_carries_every_row(empty_database_url: str, tmp_path: Path) -> None:
    """A step that makes a table anew, moves data and changes indexes keeps what was there, references too."""
    store, steps = filled(empty_database_url), later_step(tmp_path / "steps")
    before = everything(store)
    done = upgrade(store, [steps])
    assert (done.before, done.after) == (HEAD, REVISION)
    after = everything(store)
    assert missing(before, after) == []
    assert [row["note"] for row in after["target"]] == [f"seen at {row['source']}" for row in before["target"]]
    assert len(after["place"]) == ROWS
    with pytest.raises(StoreError, match=r"FOREIGN KEY|foreign key"), store.writing() as connection:
        connection.execute(text("DELETE FROM target"))  # whatever the upgrade switched off is on again
    assert upgrade(store, [steps]).before == REVISION
    assert missing(after, everything(store)) == []
    store.close()


@pytest.mark.parametrize("place", ["tables", "rows", "end"])
def test_a_killed_upgrade_leaves_the_old_schema_in_working_order(
    empty_database_url: str, tmp_path: Path, place: str
) -> None:
    """SIGKILL in the middle of a step: the database is at the old revision, serves, and goes up the next time."""
    store, steps = filled(empty_database_url), later_step(tmp_path / "steps")
    before = everything(store)
    process = begin(empty_database_url, steps, tmp_path, place)
    wait_for(tmp_path / place, process)
    process.kill()
    process.communicate()
    assert schema_of(store, [steps]).revision == HEAD
    assert everything(store) == before
    assert differences(store) == []
    with store.writing() as connection:
        connection.execute(insert(table_of(TargetRow)), {"id": 99, "source": "s", "platform": "linux", "name": "n"})
    assert upgrade(store, [steps]).after == REVISION
    after = everything(store)
    assert len(after["target"]) == ROWS + 1
    assert missing({name: rows for name, rows in before.items() if name != "target"}, after) == []
    store.close()


@pytest.mark.needs_postgres
def test_a_server_killed_in_an_upgrade_has_the_old_schema(
    postgres: Postgres, empty_postgres_url: str, tmp_path: Path
) -> None:
    """After the server was killed in the middle of a step, the upgrade fails; the data is there, the next works."""
    store, steps = filled(empty_postgres_url), later_step(tmp_path / "steps")
    before = everything(store)
    process = begin(empty_postgres_url, steps, tmp_path, "rows")
    wait_for(tmp_path / "rows", process)
    postgres.kill()
    postgres.start()
    (tmp_path / "rows").unlink()
    process.communicate()
    assert process.returncode != 0
    store.close()
    assert schema_of(store, [steps]).revision == HEAD
    assert everything(store) == before
    assert upgrade(store, [steps]).after == REVISION
    assert missing(before, everything(store)) == []
    store.close()


@pytest.mark.parametrize("end", ["raise ValueError('no')", "op.execute('SELECT * FROM nowhere')"])
def test_a_step_that_fails_changes_nothing(empty_database_url: str, tmp_path: Path, end: str) -> None:
    """An error in the last statement of a step takes the first one back too."""
    store, steps = filled(empty_database_url), later_step(tmp_path / "steps", end)
    before = everything(store)
    with pytest.raises((ValueError, StoreError), match=r"no|nothing was changed"):
        upgrade(store, [steps])
    assert schema_of(store, [steps]).state is State.OLDER
    assert everything(store) == before
    store.close()


def test_a_step_may_not_leave_a_row_alone_on_sqlite(empty_sqlite_url: str, tmp_path: Path) -> None:
    """References are not checked while tables are made anew, so they are checked before the end."""
    store, steps = filled(empty_sqlite_url), later_step(tmp_path / "steps", "op.execute('DELETE FROM rule')")
    before = everything(store)
    with pytest.raises(StoreError, match="without what it refers to"):
        upgrade(store, [steps])
    assert everything(store) == before
    store.close()


def wait_for_a_waiting_lock(store: Store) -> None:
    """Return when somebody waits for a lock. SQLite does not tell, so there a second has to do."""
    if store.is_sqlite:
        time.sleep(1)
        return
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while True:
        with store.reading() as connection:
            if connection.execute(waiting).scalar():
                return
        time.sleep(0.02)


def test_two_upgrades_at_once_are_one(empty_database_url: str, tmp_path: Path) -> None:
    """The second waits for the first, finds its work done, and says so."""
    store, steps = filled(empty_database_url), later_step(tmp_path / "steps")
    before = everything(store)
    first = begin(empty_database_url, steps, tmp_path, "rows")
    wait_for(tmp_path / "rows", first)
    second = begin(empty_database_url, steps, tmp_path)
    assert second.stdout
    assert second.stdout.readline() == "begins\n"
    wait_for_a_waiting_lock(store)
    (tmp_path / "rows").unlink()
    assert first.communicate()[0].splitlines()[-1] == f"{HEAD} {REVISION}"
    assert second.communicate()[0].splitlines() == [f"{REVISION} {REVISION}"]
    assert (first.returncode, second.returncode) == (0, 0)
    assert missing(before, everything(store)) == []
    store.close()


def test_a_database_is_made_once_whoever_comes_first(empty_database_url: str, tmp_path: Path) -> None:
    """Three processes that find no tables at the same time: one makes them, the others find them made."""
    steps = later_step(tmp_path / "steps")
    processes = [begin(empty_database_url, steps, tmp_path) for _ in range(3)]
    said = sorted(process.communicate()[0].splitlines()[-1] for process in processes)
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert said == [f"None {REVISION}", *[f"{REVISION} {REVISION}"] * 2]


def test_a_sqlite_file_is_made_for_its_owner_alone(empty_sqlite_url: str) -> None:
    """Where there is no file, one is made with its folder, at today's schema, and nobody else may read it."""
    store = ready_store(empty_sqlite_url)
    assert schema_of(store).state is State.CURRENT
    file = Path(make_engine(empty_sqlite_url).url.database or "")
    store.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_an_older_sqlite_file_is_copied_and_upgraded(empty_sqlite_url: str, tmp_path: Path) -> None:
    """Opening it is enough; the copy is what it was, with what stood in the write-ahead log, for its owner alone."""
    old, steps = filled(empty_sqlite_url), later_step(tmp_path / "steps")
    before = everything(old)
    store = ready_store(empty_sqlite_url, [steps])
    assert schema_of(store, [steps]).revision == REVISION
    store.close()
    (copy,) = Path(make_engine(empty_sqlite_url).url.database or "").parent.glob("auditor.sqlite.before-*")
    assert copy.name == f"auditor.sqlite.before-{REVISION}"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    restored = open_store(f"sqlite:///{copy}")
    assert everything(restored) == before
    restored.close()
    old.close()


def test_no_copy_no_upgrade(empty_sqlite_url: str, tmp_path: Path) -> None:
    """Where the copy cannot be made (here a folder has its name), the database stays as it was."""
    store, steps = filled(empty_sqlite_url), later_step(tmp_path / "steps")
    Path(f"{make_engine(empty_sqlite_url).url.database}.before-{REVISION}").mkdir()
    with pytest.raises(StoreError, match="cannot be copied"):
        upgrade(store, [steps])
    assert schema_of(store, [steps]).revision == HEAD
    store.close()


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.needs_postgres
def test_postgresql_is_not_upgraded_unasked(empty_postgres_url: str, tmp_path: Path, *, old: bool) -> None:
    """Others may use it: an empty or older database is refused with the command that mends it."""
    if old:
        at_revision(empty_postgres_url, HEAD).close()
    steps = later_step(tmp_path / "steps")
    has = f"the schema {HEAD}" if old else "no tables yet"
    with pytest.raises(InputError, match=f"{has}, this release needs {REVISION}\n  Run `auditor db upgrade`"):
        ready_store(empty_postgres_url, [steps])
    store = open_store(empty_postgres_url)
    upgrade(store, [steps])
    ready_store(empty_postgres_url, [steps]).close()
    store.close()


def test_a_newer_schema_is_left_alone(empty_database_url: str, tmp_path: Path) -> None:
    """A database that a later release has upgraded is refused, by name of both schemas, and not changed."""
    store, steps = filled(empty_database_url), later_step(tmp_path / "steps")
    upgrade(store, [steps])
    before = everything(store)
    for attempt in (lambda: ready_store(empty_database_url), lambda: upgrade(store)):
        with pytest.raises(InputError, match=f"has the schema {REVISION}, this release knows {HEAD}"):
            attempt()
    assert everything(store) == before
    store.close()


def test_somebody_elses_tables_are_left_alone(empty_database_url: str) -> None:
    """A database with tables that we did not make is refused: ours would stand among them, or be taken for ours."""
    store = open_store(empty_database_url)
    with store.writing() as connection:
        connection.execute(text("CREATE TABLE run (id integer)"))
    with pytest.raises(InputError, match="tables that Auditor did not make"):
        ready_store(empty_database_url)
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(text("run"))).scalar() == 0
    store.close()


def test_what_is_no_database_is_told_in_one_message(tmp_path: Path) -> None:
    """A text file, an unreadable URL, a folder, a database of another kind: one message each, nothing is written."""
    note = tmp_path / "note.txt"
    note.write_text("this is no database, " * 100)
    (tmp_path / "file").touch()
    for url, told in [
        (f"sqlite:///{note}", "no database"),
        (f"sqlite:///{tmp_path}", "cannot be reached"),
        (f"sqlite:///{tmp_path}/file/auditor.sqlite", "cannot be made"),
        ("mysql://host/name", "mysql is no database that is known here"),
        ("postgresql://user:secret@host:port/name", "cannot be read"),
        ("auditor.sqlite", "cannot be read"),
    ]:
        with pytest.raises(InputError, match=told) as caught:
            ready_store(url)
        assert "secret" not in str(caught.value)
    assert note.read_text() == "this is no database, " * 100
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "note.txt"]


@pytest.mark.needs_postgres
def test_a_server_that_refuses_is_told_without_the_password(empty_postgres_url: str) -> None:
    """Wrong password, no such database, nobody listening: one message each that never holds the password."""
    password = empty_postgres_url.split(":")[2].split("@")[0]
    address = empty_postgres_url.split("@")[1].split("/")[0]
    for url, told in [
        (empty_postgres_url.replace(password, "not-" + password), "password authentication failed"),
        (empty_postgres_url + "x", "does not exist"),
        (empty_postgres_url.replace(address, "127.0.0.1:1"), "refused"),
    ]:
        with pytest.raises(InputError, match=told) as caught:
            ready_store(url)
        assert password not in str(caught.value)
