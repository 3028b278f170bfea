"""Reports that somebody asked for: each is made once, and stays what it was when it is asked for again.

What makes it the same one is what was chosen (a run, a period, a moment, and what of it), the format, and the scope of
who asked. Retention removes old ones by policy; their row stays, and says so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from auditor.access import Reach
from auditor.store import parts
from auditor.store.engine import now
from auditor.store.listing_tables import ExportRow
from auditor.store.sql import clean, insert_new, table_of
from auditor.store.tables import Blob, ReportRow, RunRow

WAITING, MADE, FAILED, CANCELLED, REMOVED = "waiting", "made", "failed", "cancelled", "removed"
LEASE = timedelta(minutes=15)
SMALL = 4 << 20  # bytes of a run's own report that is taken over as it is; a larger one is copied in parts
_TABLE, _RUN, _REPORT, _BLOB = table_of(ExportRow), table_of(RunRow), table_of(ReportRow), table_of(Blob)


def scope_key(reach: Reach) -> str:
    """A reach as it stands in the column."""
    return orjson.dumps(reach.any_of()).decode()


def ask(connection: Connection, run: int, form: str, reach: Reach, actor: str, choice: str | None = None) -> Row[Any]:
    """The report of a run in a format, as somebody with this reach sees it: the one there is, or a new one to be made.

    `choice` says what of it, or of which period or moment, whose last run `run` is; None is the whole run. What the run
    itself has written of the whole is taken as it is. One that failed, or was cancelled or removed, is made again.
    """
    key = "" if choice is None else sha256(choice.encode()).hexdigest()
    row: dict[str, Any] = {
        "run": run,
        "format": form,
        "scope": scope_key(reach),
        "state": WAITING,
        "sha256": b"",
        "size": 0,
    }
    row |= {"note": "", "requested_by": clean(actor, 200), "created_at": now(connection)}
    row |= {"choice": choice, "choice_key": key}
    mine = [_TABLE.c.format == form, _TABLE.c.scope == row["scope"], _TABLE.c.choice_key == key]
    if choice is None:
        mine.append(_TABLE.c.run == run)
    same = select(_TABLE).where(*mine).order_by(_TABLE.c.id).limit(1).with_for_update()
    found = connection.execute(same).first()
    if found is None:
        insert_new(connection, _TABLE, [row])
        found = connection.execute(same).one()
    if found.state in (FAILED, CANCELLED, REMOVED):
        again: dict[str, Any] = {"state": WAITING, "note": "", "lease": None, "finished_at": None, "progress": None}
        again |= {"requested_by": row["requested_by"]}
        again |= {"earlier": bytes(found.sha256)} if found.state == REMOVED else {}
        connection.execute(update(_TABLE).where(_TABLE.c.id == found.id).values(again))
    elif found.state == WAITING and reach.everything and choice is None:
        _take_over(connection, found)
    return get(connection, found.id)


def _take_over(connection: Connection, export: Row[Any]) -> None:
    row = own_report(connection, export)
    if row is not None and row.size <= SMALL:
        _made(connection, export, bytes(row.sha256), row.size, row.note, row.content)


def own_report(connection: Connection, export: Row[Any]) -> Any:
    """What the run itself has written in this format: (content, note, sha256, size); None when it did not."""
    own = (_REPORT.c.run == export.run, _REPORT.c.format == export.format)
    query = select(_REPORT.c.content, _REPORT.c.note, _BLOB.c.sha256, _BLOB.c.size)
    return connection.execute(query.join(_BLOB, _BLOB.c.id == _REPORT.c.content).where(*own)).first()


def get(connection: Connection, number: int) -> Row[Any]:
    """The row of an export with `run_name`. Raises LookupError."""
    row = connection.execute(_rows().where(_TABLE.c.id == number)).first()
    if row is None:
        raise LookupError(f"there is no export {number}")
    return row


def listed(
    connection: Connection, reach: Reach, run: int | None, before: int | None, limit: int, state: str = ""
) -> Sequence[Row[Any]]:
    """Exports of exactly this reach, the newest first."""
    query = _rows().where(_TABLE.c.scope == scope_key(reach))
    if run is not None:
        query = query.where(_TABLE.c.run == run)
    if before is not None:
        query = query.where(_TABLE.c.id < before)
    if state:
        query = query.where(_TABLE.c.state == state)
    return connection.execute(query.order_by(_TABLE.c.id.desc()).limit(limit)).all()


def claim(connection: Connection, number: int) -> datetime | None:
    """Take an export to make it: until when it is ours. None when somebody has it, or there is nothing to make."""
    at = now(connection)
    free = (_TABLE.c.state == WAITING) & or_(_TABLE.c.lease.is_(None), _TABLE.c.lease < at)
    mine = update(_TABLE).where(_TABLE.c.id == number, free)
    return at + LEASE if connection.execute(mine.values(lease=at + LEASE)).rowcount == 1 else None


def tell(connection: Connection, number: int, lease: datetime, progress: tuple[str, int, int]) -> datetime | None:
    """Say how far it is (stage, done, of): until when it is ours now. None when it is not any more, or not wanted."""
    until = now(connection) + LEASE
    said = orjson.dumps(dict(zip(("stage", "done", "of"), progress, strict=True))).decode()
    mine = (_TABLE.c.id == number, _TABLE.c.state == WAITING, _TABLE.c.lease == lease)
    changed = connection.execute(update(_TABLE).where(*mine).values(lease=until, progress=said)).rowcount
    return until if changed == 1 else None


def is_idle(connection: Connection, export: Row[Any]) -> bool:
    """Whether it waits, and nobody makes it."""
    return export.state == WAITING and (export.lease is None or export.lease < now(connection))


def keep(connection: Connection, number: int, lease: datetime, digest: bytes, size: int, note: str) -> bool:
    """Say that it is made, and stands in parts; False when it was not ours any more."""
    row = get(connection, number)
    if row.lease != lease:
        return False
    if row.earlier is not None:
        same = "the same bytes as before" if bytes(row.earlier) == digest else f"before, sha256 {row.earlier.hex()}"
        again = f"made again, {same}; the earlier one was removed"
        note = f"{note}; {again}" if note else again
    return _made(connection, row, digest, size, note, None)


def fail(connection: Connection, number: int, note: str) -> None:
    """Say why it could not be made; not of one that was asked for again meanwhile, which nobody has begun."""
    _end(connection, number, FAILED, note, _TABLE.c.lease.is_not(None))


def cancel(connection: Connection, number: int, note: str) -> bool:
    """Make it no more; False when it was over already. Whoever makes it finds out when it tells how far it is."""
    return _end(connection, number, CANCELLED, note)


def _end(connection: Connection, number: int, state: str, note: str, *more: ColumnElement[bool]) -> bool:
    values = {"state": state, "note": clean(note, 500), "finished_at": now(connection), "lease": None}
    waiting = update(_TABLE).where(_TABLE.c.id == number, _TABLE.c.state == WAITING, *more)
    if connection.execute(waiting.values(values)).rowcount != 1:
        return False
    parts.remove(connection, [number])
    return True


def _made(connection: Connection, export: Row[Any], digest: bytes, size: int, note: str, content: int | None) -> bool:
    values: dict[str, Any] = {
        "state": MADE,
        "content": content,
        "sha256": digest,
        "size": size,
        "note": clean(note, 500),
    }
    values |= {"finished_at": now(connection), "lease": None, "progress": None}
    waiting = update(_TABLE).where(_TABLE.c.id == export.id, _TABLE.c.state == WAITING)
    return connection.execute(waiting.values(values)).rowcount == 1


def _rows() -> Any:
    return select(_TABLE, _RUN.c.name.label("run_name")).join(_RUN, _RUN.c.id == _TABLE.c.run)
