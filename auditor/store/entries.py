"""The journal's entries, to be read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, func, select

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
    above: int = 0  # a number: only those that came after it


def number_at(connection: Connection, at: datetime) -> int:
    """The number of the last entry that was written before `at`, 0 where none was.

    Entries stand in the order of their times, but for where a clock was set back: twenty questions instead of an index.
    """
    low, high = 0, int(connection.scalar(select(func.max(_TABLE.c.id))) or 0)
    while low < high:
        middle = (low + high + 1) // 2
        query = select(_TABLE.c.at).where(_TABLE.c.id <= middle).order_by(_TABLE.c.id.desc()).limit(1)
        found = connection.scalar(query)
        if found is None or found < at:
            low = middle
        else:
            high = middle - 1
    return low


def entries(connection: Connection, only: Only, before: int | None = None, limit: int = 100) -> list[Entry]:
    """The newest entries with numbers below `before`, newest first."""
    query = select(_TABLE).order_by(_TABLE.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_TABLE.c.id < before)
    if only.above:
        query = query.where(_TABLE.c.id > only.above)
    for name in ("actor", "action", "object"):
        if wanted := getattr(only, name):
            query = query.where(_TABLE.c[name] == clean(wanted, 1000))
    return [
        Entry(row.id, row.at, row.actor, row.action, row.object, orjson.loads(row.detail), bytes(row.hash))
        for row in connection.execute(query)
    ]
