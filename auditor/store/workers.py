"""Signs of life of workers and schedulers, for health and metrics; nothing is decided by them."""

import time
from datetime import datetime

from sqlalchemy import Connection, delete

from auditor.store.engine import Store, StoreError, now
from auditor.store.sql import clean, table_of, upsert
from auditor.store.tables import WorkerRow

EVERY = 15.0  # seconds
_TABLE = table_of(WorkerRow)


def seen(connection: Connection, name: str, role: str, detail: str = "") -> None:
    """A process is alive now."""
    row = {"name": clean(name, 200), "role": role, "seen_at": now(connection), "detail": clean(detail)}
    upsert(connection, _TABLE, [row])


def gone(connection: Connection, name: str) -> None:
    """A process has ended in order."""
    connection.execute(delete(_TABLE).where(_TABLE.c.name == clean(name, 200)))


def forget(connection: Connection, before: datetime) -> None:
    """Leave out those that were last seen before then: they ended without a word."""
    connection.execute(delete(_TABLE).where(_TABLE.c.seen_at < before))


class Beat:
    """Tells of this process from time to time, and at its end; a database that is away is no fault of it."""

    def __init__(self, store: Store, name: str, role: str) -> None:
        self._store, self._name, self._role, self._due = store, name, role, 0.0

    def now(self) -> None:
        """Tell, if it is time to."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + EVERY
            try:
                with self._store.writing() as connection:
                    seen(connection, self._name, self._role)
            except StoreError:
                pass

    def end(self) -> None:
        """Tell that it has ended."""
        try:
            with self._store.writing() as connection:
                gone(connection, self._name)
        except StoreError:
            pass
