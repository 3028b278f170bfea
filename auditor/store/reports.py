"""Reports as they were first written."""

from typing import Any

from sqlalchemy import Connection, select

from auditor.store import blobs
from auditor.store.engine import now
from auditor.store.sql import clean, insert_new, table_of
from auditor.store.tables import Blob, ReportRow

_TABLE, _BLOB = table_of(ReportRow), table_of(Blob)


def put_report(connection: Connection, run: int, form: str, content: bytes | None, note: str) -> None:
    """Keep a report, unless the run has one of this format. `content` None: it could not be made, `note` says why."""
    row = {
        "run": run,
        "format": form,
        "content": None if content is None else blobs.put(connection, content),
        "note": clean(note),
        "made_at": now(connection),
    }
    insert_new(connection, _TABLE, [row])


def content_of_report(connection: Connection, run: int, form: str) -> Any:
    """(content, sha256, size) of a run's report, whose content `parts.read_whole` reads; None when there is none."""
    mine = (_TABLE.c.run == run, _TABLE.c.format == form)
    query = select(_TABLE.c.content, _BLOB.c.sha256, _BLOB.c.size).join(_BLOB, _BLOB.c.id == _TABLE.c.content)
    return connection.execute(query.where(*mine)).first()


def get_report(connection: Connection, run: int, form: str) -> tuple[bytes | None, str] | None:
    """(content, note) of a run's report; None when it was never made."""
    row = connection.execute(
        select(_TABLE.c.content, _TABLE.c.note).where(_TABLE.c.run == run, _TABLE.c.format == form)
    ).first()
    if row is None:
        return None
    return (None if row.content is None else blobs.get(connection, row.content)), row.note
