"""A database, SQLite or PostgreSQL, and how its transactions begin."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from auditor.errors import InputError
from auditor.store.tables import UtcDateTime

BUSY = 60.0  # seconds that a SQLite writer waits for another one
IDLE = 60  # seconds that PostgreSQL waits for the next statement of a transaction before it ends it
_POSTGRES = {  # seconds; a server whose machine is gone is noticed after about a minute
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
WRITERS, JOURNAL, MIGRATION = (0x61756469_74000000 + n for n in range(3))  # PostgreSQL's advisory locks
MENDS = {  # what a driver says, and what a person can do
    "disk is full": "Make space on the disk of the database. Nothing of this transaction was kept.",
    "No space left on device": "Make space on the disk of the database. Nothing of this transaction was kept.",
    "readonly database": "Let the user that Auditor runs as write the file and its folder.",
    "database is locked": "Another process has written for a minute without end; look for it.",
    "no such table": "Run `auditor db upgrade`.",
    '" does not exist': "Run `auditor db upgrade`.",
    "malformed": "The file is damaged: put back a copy of it.",
}
MEND = "Give sqlite:///FILE or postgresql://USER@HOST/NAME."


class StoreError(InputError):
    """The database could not do it now: full, away or damaged. Nothing of the transaction was kept."""


class Store:
    """A database with the auditor's tables. Safe to share between threads; not between processes by fork."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"

    @property
    def place(self) -> str:
        """Its URL without a password."""
        url = self.engine.url.difference_update_query(["password", "sslpassword"])
        return url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database. Raises StoreError."""
        with self.told(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Connection]:
        """A transaction: kept as a whole when the block ends, not at all when it raises. Raises StoreError.

        On SQLite it takes the one write lock at once, so that two that read before they write never stand still.
        On PostgreSQL writers share a lock; `alone` waits for all of them and keeps new ones waiting: for what removes
        content that another writer may be about to refer to.
        """
        with self.told(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
                connection.execute(select(lock(WRITERS)))
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def told(self) -> Iterator[None]:
        """What the database's driver says inside the block becomes a StoreError."""
        try:
            yield
        except DBAPIError as problem:
            reason = str(problem.orig).strip().partition("\n")[0][:300]
            mend = next((mend for said, mend in MENDS.items() if said in reason), "")
            raise StoreError(f"the database gives an error: {reason}", where=self.place, mend=mend) from problem

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def now(connection: Connection) -> datetime:
    """The database's time: the one clock that leases are measured by."""
    if connection.dialect.name == "sqlite":
        text = connection.exec_driver_sql("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')").scalar_one()
        return datetime.fromisoformat(text)
    return connection.execute(select(func.clock_timestamp(type_=UtcDateTime()))).scalar_one()


def make_engine(url: str) -> Engine:
    """An engine for `url`. Nothing is opened yet. Raises InputError for a URL that is none."""
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise InputError(f"{parsed.get_backend_name()} is no database that is known here", mend=MEND)
        if parsed.get_backend_name() == "sqlite":
            engine = create_engine(parsed, connect_args={"timeout": BUSY, "check_same_thread": False})
            event.listen(engine, "connect", _prepare_sqlite)
            return engine
        engine = create_engine(parsed, pool_pre_ping=True, connect_args=_POSTGRES)
        event.listen(engine, "connect", _prepare_postgres)
        return engine
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise InputError("the database's URL cannot be read", mend=MEND) from None


def _prepare_postgres(connection: Any, _record: Any) -> None:
    """A process that stands still in the middle of a transaction must not hold its locks for ever."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = {IDLE * 1000:d}")
    connection.commit()


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours: the driver would begin late and commit before DDL
    cursor = connection.cursor()
    if cursor.execute("PRAGMA page_count").fetchone() == (0,):  # before the first table: later it waits for writers
        cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")
    for line in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "cache_size = -65536",  # KiB
        "temp_store = MEMORY",
    ):
        cursor.execute(f"PRAGMA {line}")
    cursor.close()


def sqlite_file(engine: Engine) -> Path | None:
    """The file of a SQLite database, None for a database in memory or on a server."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name and name != ":memory:" else None


def open_store(url: str) -> Store:
    """The store at `url`; a SQLite file that is not there is made, for its owner only. Raises InputError.

    Bringing its tables up to date is `store.migrate`.
    """
    engine = make_engine(url)
    if (file := sqlite_file(engine)) is not None and not file.exists():
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as problem:
            raise InputError(f"the database cannot be made: {problem.strerror}", where=str(file)) from None
    store = Store(engine)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1").scalar_one()
            if store.is_sqlite:
                connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    except OperationalError as problem:
        reason = str(problem.orig).strip().partition("\n")[0][:300]
        raise StoreError(f"the database cannot be reached: {reason}", where=store.place) from None
    except DBAPIError as problem:
        reason = str(problem.orig).strip().partition("\n")[0][:300]
        raise InputError(f"this is no database of ours: {reason}", where=store.place) from None
    return store
