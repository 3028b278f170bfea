"""Databases that have the tables of this release already: copies of one that was migrated once.

The steps of all releases cost a fifth of a second of CPU each time, a copy next to nothing. Tests of the steps
themselves, and of databases that nobody has prepared, take the fixtures named `empty_...` and never come here.
"""

import os
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from auditor.store.engine import Store, make_engine, open_store, sqlite_file
from auditor.store.migrate import upgrade


def store_with_tables(url: str) -> Store:
    """The store at `url`, with the tables of this release; a SQLite file that is not there is made."""
    made = place_tables(url)
    store = open_store(url)
    if not made:
        upgrade(store)
    return store


def place_tables(url: str) -> bool:
    """Put a file with the tables where `url` says, if it is of SQLite and not there; whether that was done."""
    file = sqlite_file(make_engine(url))
    if file is None or file.exists():
        return False
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # folder and file as `open_store` makes them
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        out.write(_migrated())
    return True


@cache
def _migrated() -> bytes:
    """A SQLite file after `upgrade`, its log written back into it."""
    with tempfile.TemporaryDirectory(prefix="auditor-tables-") as folder:
        file = Path(folder) / "auditor.sqlite"
        store = open_store(f"sqlite:///{file}")
        upgrade(store)
        store.close()
        with closing(sqlite3.connect(file)) as connection:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert not busy
        return file.read_bytes()
