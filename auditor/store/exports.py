"""Reports that somebody asked for: each is made once, and stays what it was when it is asked for again."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row, or_, select, update

from auditor.access import Reach
from auditor.store import blobs
from auditor.store.engine import now
from auditor.store.listing_tables import ExportRow
from auditor.store.sql import clean, insert_new, table_of
from auditor.store.tables import Blob, ReportRow, RunRow

WAITING, MADE, FAILED = "waiting", "made", "failed"
LEASE = timedelta(minutes=15)
_TABLE, _RUN, _REPORT, _BLOB = table_of(ExportRow), table_of(RunRow), table_of(ReportRow), table_of(Blob)


def scope_key(reach: Reach) -> str:
    """A reach as it stands in the column."""
    return orjson.dumps(reach.any_of()).decode()


def ask(connection: Connection, run: int, form: str, reach: Reach, actor: str) -> Row[Any]:
    """The report of a run in a format, as somebody with this reach sees it: the one there is, or a new one to be made.

    What the run itself has written of the whole is taken as it is. One that failed is to be made again.
    """
    row = {"run": run, "format": form, "scope": scope_key(reach), "state": WAITING, "sha256": b"", "size": 0}
    row |= {"note": "", "requested_by": clean(actor, 200), "created_at": now(connection)}
    insert_new(connection, _TABLE, [row])
    mine = (_TABLE.c.run == run, _TABLE.c.format == form, _TABLE.c.scope == row["scope"])
    found = connection.execute(select(_TABLE).where(*mine).with_for_update()).one()
    if found.state == FAILED:
        again = {"state": WAITING, "note": "", "lease": None, "finished_at": None}
        connection.execute(update(_TABLE).where(_TABLE.c.id == found.id).values(again))
    if found.state == WAITING and reach.everything:
        _take_over(connection, found)
    return get(connection, found.id)


def _take_over(connection: Connection, export: Row[Any]) -> None:
    own = (_REPORT.c.run == export.run, _REPORT.c.format == export.format)
    query = select(_REPORT.c.content, _REPORT.c.note, _BLOB.c.sha256, _BLOB.c.size)
    row = connection.execute(query.join(_BLOB, _BLOB.c.id == _REPORT.c.content).where(*own)).first()
    if row is not None:
        _made(connection, export.id, row.content, bytes(row.sha256), row.size, row.note)


def get(connection: Connection, number: int) -> Row[Any]:
    """The row of an export with `run_name`. Raises LookupError."""
    row = connection.execute(_rows().where(_TABLE.c.id == number)).first()
    if row is None:
        raise LookupError(f"there is no export {number}")
    return row


def listed(connection: Connection, reach: Reach, run: int | None, before: int | None, limit: int) -> Sequence[Row[Any]]:
    """Exports of exactly this reach, the newest first."""
    query = _rows().where(_TABLE.c.scope == scope_key(reach))
    if run is not None:
        query = query.where(_TABLE.c.run == run)
    if before is not None:
        query = query.where(_TABLE.c.id < before)
    return connection.execute(query.order_by(_TABLE.c.id.desc()).limit(limit)).all()


def claim(connection: Connection, number: int) -> bool:
    """Take an export to make it; False when somebody has it, or it is made."""
    at = now(connection)
    free = (_TABLE.c.state == WAITING) & or_(_TABLE.c.lease.is_(None), _TABLE.c.lease < at)
    mine = update(_TABLE).where(_TABLE.c.id == number, free)
    return connection.execute(mine.values(lease=at + LEASE)).rowcount == 1


def is_idle(connection: Connection, export: Row[Any]) -> bool:
    """Whether it waits, and nobody makes it."""
    return export.state == WAITING and (export.lease is None or export.lease < now(connection))


def keep(connection: Connection, number: int, content: bytes, note: str) -> None:
    """Keep what was made, unless somebody was faster."""
    sha = blobs.digest_of(content)
    _made(connection, number, blobs.put(connection, content), sha, len(content), note)


def fail(connection: Connection, number: int, note: str) -> None:
    """Say why it could not be made."""
    values = {"state": FAILED, "note": clean(note, 500), "finished_at": now(connection)}
    connection.execute(update(_TABLE).where(_TABLE.c.id == number, _TABLE.c.state == WAITING).values(values))


def _made(connection: Connection, number: int, content: int, sha: bytes, size: int, note: str) -> None:
    values = {"state": MADE, "content": content, "sha256": sha, "size": size, "note": clean(note, 500)}
    values |= {"finished_at": now(connection), "lease": None}
    connection.execute(update(_TABLE).where(_TABLE.c.id == number, _TABLE.c.state == WAITING).values(values))


def _rows() -> Any:
    return select(_TABLE, _RUN.c.name.label("run_name")).join(_RUN, _RUN.c.id == _TABLE.c.run)
