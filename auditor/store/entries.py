"""The journal's entries, to be read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select

from auditor.store.sql import clean, table_of
from auditor.store.tables import JournalRow

_TABLE = table_of(JournalRow)


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what to what, when, and how."""

    number: int
    at: datetime
    actor: str
    action: str
    object: str
    detail: dict[str, Any]
    hash: bytes


@dataclass(frozen=True, slots=True)
class Only:
    """Which entries are wanted: "" is any."""

    actor: str = ""
    action: str = ""
    object: str = ""


def entries(connection: Connection, only: Only, before: int | None = None, limit: int = 100) -> list[Entry]:
    """The newest entries with numbers below `before`, newest first."""
    query = select(_TABLE).order_by(_TABLE.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_TABLE.c.id < before)
    for name in ("actor", "action", "object"):
        if wanted := getattr(only, name):
            query = query.where(_TABLE.c[name] == clean(wanted, 1000))
    return [
        Entry(row.id, row.at, row.actor, row.action, row.object, orjson.loads(row.detail), bytes(row.hash))
        for row in connection.execute(query)
    ]
