"""Reports that somebody asked for, when they are old: retention removes their content, and their row says so."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from auditor.store import exports, parts
from auditor.store.engine import Store, now
from auditor.store.listing_tables import ExportRow
from auditor.store.sql import in_batches, table_of

AT_ONCE = 100
_TABLE = table_of(ExportRow)


def old(connection: Connection, at: datetime, days: int) -> frozenset[int]:
    """Exports that were made more than `days` days before `at`."""
    made = (_TABLE.c.state == exports.MADE, _TABLE.c.finished_at < at - timedelta(days=days))
    return frozenset(connection.scalars(select(_TABLE.c.id).where(*made)))


def remove(store: Store, numbers: Iterable[int], days: int) -> int:
    """Remove their content; hash, size and what was chosen stay. How many."""
    removed = 0
    for batch in in_batches(sorted(numbers), AT_ONCE):
        with store.writing() as connection:
            still = (_TABLE.c.id.in_(batch), _TABLE.c.state == exports.MADE)
            gone = list(connection.scalars(select(_TABLE.c.id).where(*still).with_for_update()))
            note = f"removed by retention, which keeps reports {days} days; ask for it again to have it made anew"
            values = {"state": exports.REMOVED, "content": None, "note": note, "removed_at": now(connection)}
            connection.execute(update(_TABLE).where(_TABLE.c.id.in_(gone)).values(values))
            parts.remove(connection, gone)
            removed += len(gone)
    return removed


def contents(connection: Connection, gone: Collection[int]) -> Iterable[int]:
    """The content of exports that are not among those that go."""
    for export, content in connection.execute(select(_TABLE.c.id, _TABLE.c.content)):
        if content is not None and export not in gone:
            yield content
    table = parts._TABLE
    for export, content in connection.execute(select(table.c.export, table.c.content)):
        if export not in gone:
            yield content
