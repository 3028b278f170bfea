"""The databases that tests begin with are what this release makes of an empty one."""

import re
import stat
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from auditor.store.engine import Store, open_store, sqlite_file
from auditor.store.journal import append
from auditor.store.migrate import State, schema_of, upgrade
from tests.servers.postgres import Postgres
from tests.servers.tables import place_tables, store_with_tables
from tests.store.filling import contents


def told(store: Store) -> Any:
    """Every column and index of every table, and every row."""
    assert schema_of(store).state is State.CURRENT
    with store.reading() as connection:
        seen = inspect(connection)
        tables = {
            name: (
                [str(column) for column in seen.get_columns(name)],
                sorted(re.sub(" at 0x[0-9a-f]+", "", str(index)) for index in seen.get_indexes(name)),
                sorted(map(str, seen.get_foreign_keys(name))),
            )
            for name in seen.get_table_names()
        }
        return tables, contents(connection)


def test_a_given_database_is_an_upgraded_one(database_url: str, request: pytest.FixtureRequest) -> None:
    """The copy and an empty database after `upgrade` have the same tables and no row more; the copy had them before."""
    given = open_store(database_url)
    here = told(given)
    given.close()
    made = open_store(
        f"{database_url}-other" if given.is_sqlite else str(request.getfixturevalue("empty_postgres_url"))
    )
    assert schema_of(made).state is State.EMPTY
    upgrade(made)
    assert here == told(made)
    assert len(here[0]) > 30
    made.close()


def test_a_given_file_is_like_one_that_is_opened(tmp_path: Path) -> None:
    """Modes of file and folder, journal and room given back are those of `open_store`; a file that is there stays."""
    seen = []
    for name, make in (("opened", open_store), ("given", store_with_tables)):
        store = make(f"sqlite:///{tmp_path / name / 'a.sqlite'}")
        upgrade(store)
        file = sqlite_file(store.engine)
        assert file
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent)]
        with store.reading() as connection:
            pragmas = [
                connection.exec_driver_sql(f"PRAGMA {word}").scalar_one() for word in ("journal_mode", "auto_vacuum")
            ]
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        seen.append((modes, pragmas))
        store.close()
    assert seen == [([0o600, 0o700], ["wal", 2])] * 2
    assert not place_tables(f"sqlite:///{tmp_path / 'given' / 'a.sqlite'}")


@pytest.mark.needs_postgres
def test_what_one_test_writes_no_other_is_given(postgres: Postgres) -> None:
    """A row in one copy is in no later one, though both come from the same database."""
    urls = []
    for _ in range(2):
        urls.append(postgres.new_database_with_tables())
        store = open_store(urls[-1])
        with store.reading() as connection:
            assert contents(connection)["journal"] == []
        with store.writing() as connection:
            append(connection, "somebody", "run.seen", "first")
        store.close()
    for url in urls:
        postgres.drop_database(url)
