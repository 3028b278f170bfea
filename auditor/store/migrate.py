"""Bring a database to the schema of this release: all of it in one transaction, by one process at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, func, inspect, select, table
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from auditor.errors import InputError
from auditor.store import access_tables as _access_tables  # noqa: F401  what `SQLModel.metadata` has to know
from auditor.store import change_tables as _change_tables  # noqa: F401  the same
from auditor.store import golden_tables as _golden_tables  # noqa: F401  the same
from auditor.store import listing_tables as _listing_tables  # noqa: F401  the same
from auditor.store import notify_tables as _notify_tables  # noqa: F401  the same
from auditor.store import outlook_tables as _outlook_tables  # noqa: F401  the same
from auditor.store import retired_tables as _retired_tables  # noqa: F401  the same
from auditor.store.copying import copy_sqlite
from auditor.store.engine import MIGRATION, Store, StoreError, open_store, sqlite_file

VERSION_TABLE = "schema_revision"
PATIENCE = 60  # seconds that a step waits for somebody who uses the same table (PostgreSQL)
FOLDER = Path(__file__).parent / "migrations"


if TYPE_CHECKING:  # Alembic is loaded by who upgrades; whether there is something to do is known without it
    from alembic.config import Config


class State(StrEnum):
    """How a database's schema stands to this release."""

    CURRENT = "current"
    EMPTY = "empty"
    OLDER = "older"
    NEWER = "newer"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database has (`revision`, None where it has none of ours) and what this release needs (`head`)."""

    state: State
    revision: str | None
    head: str


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an upgrade did: from, to, and the copy of an SQLite file as it was before; None where none was needed."""

    before: str | None
    after: str
    copy: Path | None


def schema_of(store: Store, more: Sequence[Path] = ()) -> Schema:
    """How the schema of `store` stands to this release. Raises StoreError."""
    with store.reading() as connection:
        return _schema(connection, _steps(more))


def upgrade(store: Store, more: Sequence[Path] = ()) -> Upgrade:
    """Run every step that the database lacks: all or none. A second process waits, and finds it done.

    An SQLite file that holds data is copied first, beside itself. `more` are further folders of steps, for tests.
    Raises InputError for a database that is newer or not ours, StoreError when a step fails.
    """
    from alembic import command

    config = script_config(more)
    with _alone(store) as connection:
        schema = _schema(connection, _steps(more))
        refuse(store, schema)
        if schema.state is State.CURRENT:
            return Upgrade(schema.revision, schema.head, None)
        file = sqlite_file(store.engine)
        copy = copy_sqlite(file, f"before-{schema.head}") if file and schema.state is State.OLDER else None
        config.attributes.update(connection=connection, version_table=VERSION_TABLE)
        command.upgrade(config, "head")
        if store.is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
            raise StoreError(f"the upgrade would leave a row of {broken[0]} without what it refers to; nothing changed")
    return Upgrade(schema.revision, schema.head, copy)


def ready_store(url: str, more: Sequence[Path] = ()) -> Store:
    """The store at `url`, with the schema of this release.

    A SQLite file is made, or upgraded after a copy; a PostgreSQL database is upgraded by `auditor db upgrade` only,
    for others may use it. Raises InputError.
    """
    store = open_store(url)
    try:
        schema = schema_of(store, more)
        refuse(store, schema)
        if schema.state is State.CURRENT:
            return store
        if not store.is_sqlite:
            has = f"the schema {schema.revision}" if schema.revision else "no tables yet"
            raise InputError(
                f"the database has {has}, this release needs {schema.head}",
                where=store.place,
                mend="Run `auditor db upgrade`.",
            )
        upgrade(store, more)
    except BaseException:
        store.close()
        raise
    return store


def refuse(store: Store, schema: Schema) -> None:
    """Raise InputError for a database that this release must not touch."""
    if schema.state is State.NEWER:
        raise InputError(
            f"the database has the schema {schema.revision}, this release knows {schema.head} and older ones",
            where=store.place,
            mend="Use the newer release of Auditor, or go back to a copy from before its upgrade.",
        )
    if schema.state is State.FOREIGN:
        raise InputError(
            "the database holds tables that Auditor did not make",
            where=store.place,
            mend="Give Auditor a database of its own.",
        )


def script_config(more: Sequence[Path] = ()) -> "Config":
    """What Alembic is told: where the steps are; nothing else, for the connection is handed over."""
    from alembic.config import Config

    config = Config()
    folders = [FOLDER / "versions", *more]
    config.set_main_option("script_location", _literal(FOLDER))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(_literal, folders)))
    return config


def _literal(path: Path) -> str:
    return str(path).replace("%", "%%")  # an option's value may refer to others by %(name)s


def _steps(more: Sequence[Path]) -> list[str]:
    """The revisions that this release knows, oldest first: they are numbered, and their files named after them."""
    files = [file for folder in (FOLDER / "versions", *more) for file in folder.glob("rev_*.py")]
    found = sorted(file.stem.removeprefix("rev_") for file in files)
    if not found:
        raise RuntimeError("this installation has lost its migrations")
    return found


def _schema(connection: Connection, steps: Sequence[str]) -> Schema:
    head = steps[-1]
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in tables:
        ours = tables if connection.dialect.name == "sqlite" else tables & set(SQLModel.metadata.tables)
        return Schema(State.FOREIGN if ours else State.EMPTY, None, head)
    revision = connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))
    if revision is None:
        return Schema(State.EMPTY, None, head)
    if revision == head:
        return Schema(State.CURRENT, revision, head)
    return Schema(State.OLDER if revision in steps else State.NEWER, revision, head)


@contextmanager
def _alone(store: Store) -> Iterator[Connection]:
    """A transaction that no other upgrade runs beside. Raises StoreError."""
    try:
        with store.engine.connect() as connection:
            try:
                if store.is_sqlite:
                    # a table that is made anew is dropped for a moment; what refers to it is checked before the end
                    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                else:
                    connection.execute(select(func.pg_advisory_xact_lock(MIGRATION)))
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
                    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")  # a step may think
                yield connection
                connection.commit()
            finally:
                connection.rollback()
                if store.is_sqlite:
                    connection.exec_driver_sql("PRAGMA foreign_keys = ON")
    except DBAPIError as problem:
        reason = str(problem.orig).strip().partition("\n")[0][:300]
        raise StoreError(
            f"the upgrade failed, nothing was changed: {reason}",
            where=store.place,
            mend="Stop what uses the database, look for space and rights, and run it again.",
        ) from problem
