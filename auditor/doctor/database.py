"""The database: reached, let in, right tables, may write, and what it knows of workers and scheduler."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from auditor.doctor.model import SKIPPED, WARN, WRONG, Check, faulty, well
from auditor.doctor.service import clock_check
from auditor.errors import InputError

OLDEST = 900.0  # seconds that work may wait before somebody should look
PATIENCE = 5  # seconds that a lock of somebody else is waited for
_UPGRADE = "$ auditor db upgrade"
_SETTING = "SELECT setting, source FROM pg_settings WHERE name = 'default_transaction_read_only'"
_NAMED = "quote_ident(schemaname) || '.' || quote_ident(tablename)"
_MAY = " AND ".join(f"has_table_privilege({_NAMED}, '{one}')" for one in ("SELECT", "INSERT", "UPDATE", "DELETE"))
_MAY_NOT = f"SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND NOT ({_MAY})"  # noqa: S608  ours


def database_checks(url: str, password_file: str = "") -> Iterator[Check]:
    """Whether it answers, has the tables of this release, can be written, and agrees about the time."""
    from auditor.store.engine import make_engine, now, open_store, sqlite_file
    from auditor.store.migrate import schema_of

    try:
        file = sqlite_file(make_engine(url))
        if file is not None and not file.exists():
            words = f"{file} is not made yet: the first command that saves makes it"
            yield Check("database", "database", SKIPPED, words)
            return
        store = open_store(url)
    except InputError as problem:
        mend = _reach_mend(problem.what, password_file) or problem.mend
        yield faulty("database", "database", problem)._replace(mend=mend)
        return
    try:
        schema = schema_of(store)
        if (check := _tables(schema.state, store.place, file)) is not None:
            yield check
            return
        with store.told(), store.engine.connect() as connection:
            if (check := _read_only(connection, store.place, sqlite=store.is_sqlite)) is not None:
                yield check
            else:
                yield well("database", "database", f"{store.place}, tables of this release")
            told = now(connection)
            connection.rollback()
        yield clock_check("database", (datetime.now(UTC) - told).total_seconds())
        yield from _processes(store)
    except InputError as problem:
        yield faulty("database", "database", problem)._replace(mend=problem.mend or "Look at the database's own log.")
    finally:
        store.close()


def _reach_mend(what: str, password_file: str) -> str:
    """What to do about a server that does not let us in, by the words of PostgreSQL."""
    if "password authentication failed" in what or "no password supplied" in what:
        at = f"the file {password_file}" if password_file else "AUDITOR_DATABASE_PASSWORD_FILE, or the URL"
        return f"Write the password of that role into {at}; its owner can give it a new one with \\password in psql."
    if "does not exist" in what:
        return (
            "Make it as a superuser: createuser --pwprompt auditor, createdb --owner auditor NAME; or correct the URL."
        )
    if "pg_hba.conf" in what:
        return "Let this machine in with a line in the server's pg_hba.conf."
    if "cannot be reached" in what and "SQLite" not in what:
        return "Start it (systemctl start postgresql), or correct host and port in AUDITOR_DATABASE."
    return ""


def _tables(state: Any, place: str, file: Any) -> Check | None:
    from auditor.store.migrate import State

    if file is not None and state in (State.EMPTY, State.OLDER):
        words = f"{file} has the tables of an older release: the next command that uses it adds what is new"
        return Check("database", "database", WARN, words, f"Or do it now; a copy is kept:\n{_UPGRADE}")
    mend = {
        State.EMPTY: ("it has no tables", _UPGRADE),
        State.OLDER: ("it has the tables of an older release", f"Keep a backup, then:\n{_UPGRADE}"),
        State.NEWER: ("it has the tables of a newer release", "Install the release that wrote it, or a newer one."),
        State.FOREIGN: ("it holds tables that Auditor did not make", "Name another database."),
    }.get(state)
    return Check("database", "database", WRONG, f"{place}: {mend[0]}", mend[1]) if mend else None


def _read_only(connection: Any, place: str, *, sqlite: bool) -> Check | None:
    """Why nothing can be written, as far as that shows without writing."""
    if sqlite:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {PATIENCE * 1000:d}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the lock alone tells whether it could be
        return None
    ask = connection.exec_driver_sql
    ask(f"SET LOCAL statement_timeout = '{PATIENCE}s'")
    if ask("SELECT pg_is_in_recovery()").scalar_one():
        mend = "Name the primary server in AUDITOR_DATABASE; a standby cannot be written."
        return Check("database", "database", WRONG, f"{place}: it is a standby, and read only", mend)
    setting, source = ask(_SETTING).one()
    base, role = ask("SELECT quote_ident(current_database()), quote_ident(current_user)").one()
    if setting == "on":
        of = {
            "database": f"ALTER DATABASE {base} RESET",
            "user": f"ALTER ROLE {role} RESET",
            "database user": f"ALTER ROLE {role} IN DATABASE {base} RESET",
        }.get(source)
        if of:
            mend = f"As a superuser, in psql (new connections have it):\n{of} default_transaction_read_only;"
        else:
            mend = "Take default_transaction_read_only out of postgresql.conf and reload the server."
        return Check("database", "database", WRONG, f"{place}: it is read only ({source} setting)", mend)
    if few := ask(_MAY_NOT).scalar_one():
        mend = (
            "As the owner of the tables, in psql:\n"
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};\n"
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};"
        )
        return Check("database", "database", WRONG, f"{place}: {role} may not write {few} of its tables", mend)
    return None


def _processes(store: Any) -> Iterator[Check]:
    from auditor.store.figures import figures
    from auditor.store.shards import KINDS

    found = figures(store, {})
    if not found.processes:
        yield Check("processes", "workers", SKIPPED, "none was ever here: `auditor serve` is not in use")
        return
    for role in (*KINDS, "scheduler"):
        own = [one for one in found.processes if role in one.roles]
        alive = sum(one.alive for one in own)
        what = "scheduler" if role == "scheduler" else f"worker that can {role}"
        if alive:
            yield well("processes", what, f"{alive} alive")
        else:
            last = f"the last ({own[0].name}) was seen {own[0].seen:.0f} s ago" if own else "none was ever seen"
            start = "auditor scheduler" if role == "scheduler" else "auditor worker"
            mend = f"Start it again, and look at its log (on one machine `auditor serve` starts all):\n$ {start}"
            yield Check("processes", what, WRONG, f"none is alive: {last}", mend)
    for queue in found.queues:
        if queue.oldest > OLDEST:
            words = f"{queue.waiting} wait, the oldest for {queue.oldest / 60:.0f} minutes"
            yield Check("processes", f"queue {queue.kind}", WARN, words, "Start more workers, or look at their log.")
