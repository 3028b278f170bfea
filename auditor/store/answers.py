"""Answers to requests with an Idempotency-Key, for a day: who sends the same again gets the same answer."""

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from auditor.store.engine import now
from auditor.store.listing_tables import IdempotentRow
from auditor.store.sql import table_of

KEPT = timedelta(days=1)
_TABLE = table_of(IdempotentRow)


class Given(NamedTuple):
    """An answer that was given, and the SHA-256 of what was asked."""

    request: bytes
    status: int
    answer: str


def first(connection: Connection, actor: str, key: str, request: bytes) -> Given | None:
    """None for the first request with this key: do it, and tell `keep`. Else what was answered.

    One that is being done in another transaction is waited for.
    """
    at = now(connection)
    connection.execute(delete(_TABLE).where(_TABLE.c.made_at < at - KEPT))
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"actor": actor, "key": key, "request": request, "status": 0, "answer": "", "made_at": at}
    statement = build(_TABLE).values(row).on_conflict_do_nothing().returning(_TABLE.c.key)
    if connection.execute(statement).first() is not None:
        return None
    found = connection.execute(select(_TABLE).where(_TABLE.c.actor == actor, _TABLE.c.key == key)).one()
    return Given(bytes(found.request), found.status, found.answer)


def keep(connection: Connection, actor: str, key: str, status: int, answer: str) -> None:
    """Keep the answer to the first request, in the transaction that it was done in."""
    own = (_TABLE.c.actor == actor, _TABLE.c.key == key)
    connection.execute(update(_TABLE).where(*own).values(status=status, answer=answer))
