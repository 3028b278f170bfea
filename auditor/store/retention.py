"""Remove what is too old by policy, in small transactions, beside whatever else runs; say what went, and journal it."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import delete, func, select, tuple_, update

from auditor.errors import InputError
from auditor.store import old_exports
from auditor.store.access.acting import Who, note
from auditor.store.engine import Store, now
from auditor.store.going import (
    GRACE,
    Policy,
    Rows,
    captures_to_go,
    contents_to_go,
    references,
    rows_to_go,
    unreferenced_snapshot,
)
from auditor.store.size import database_bytes, give_back
from auditor.store.sql import in_batches, table_of
from auditor.store.tables import Blob, ReportRow, RunCapture, RunTarget, SnapshotRow

AT_ONCE = 200  # rows of one transaction: others wait no longer than for that
_CAPTURE, _REPORT, _SEEN = table_of(RunCapture), table_of(ReportRow), table_of(RunTarget)
_SNAPSHOT, _BLOB = table_of(SnapshotRow), table_of(Blob)


@dataclass(frozen=True, slots=True)
class Report:
    """What went, or would go when it was `only_said`. Bytes are compressed content; `before`, `after`: the database."""

    captures: int = 0
    reports: int = 0
    downloads: int = 0
    snapshots_thinned: int = 0
    snapshots: int = 0
    contents: int = 0
    bytes: int = 0
    before: int = 0
    after: int = 0
    only_said: bool = False


def would_go(store: Store, policy: Policy, at: datetime) -> Report:
    """What `retain` would remove now; nothing is changed. Raises StoreError, or InputError for a policy of no sense."""
    _check(policy)
    size = database_bytes(store)
    with store.reading() as connection:
        rows = rows_to_go(connection, policy, at)
        captures = sum(len(captures_to_go(connection, rows, run)) for run in rows.runs)
        contents = contents_to_go(connection, rows)
    return Report(
        captures=captures,
        reports=len(rows.reports),
        downloads=len(rows.downloads),
        snapshots_thinned=len(rows.thinned),
        snapshots=len(rows.orphans),
        contents=len(contents),
        bytes=sum(contents.values()),
        before=size,
        after=size,
        only_said=True,
    )


def retain(store: Store, policy: Policy, at: datetime, actor: Who = "auditor") -> Report:
    """Remove what is too old at the time `at`, and give the space back. Whoever ends it half-way loses nothing.

    A second one beside it, or an audit, is not harmed: what was referred to meanwhile stays. Raises StoreError, or
    InputError for a policy of no sense.
    """
    _check(policy)
    before = database_bytes(store)
    with store.reading() as connection:
        rows = rows_to_go(connection, policy, at)
    found = Report(
        captures=_remove_captures(store, rows),
        reports=_remove_reports(store, rows.reports),
        downloads=old_exports.remove(store, rows.downloads, policy.downloads),
        snapshots_thinned=_thin(store, rows),
        snapshots=_remove_snapshots(store, rows.orphans),
        before=before,
    )
    with store.reading() as connection:  # again, for a snapshot may have been taken into use that was to go
        contents = contents_to_go(connection)
    count, size = _remove_contents(store, contents)
    give_back(store)
    found = replace(found, contents=count, bytes=size, after=database_bytes(store))
    with store.writing() as connection:
        said = {name: number for name, number in asdict(found).items() if name != "only_said"}
        note(connection, actor, "retention", "database", {"policy": asdict(policy), "removed": said})
    return found


def _check(policy: Policy) -> None:
    for name, number in asdict(policy).items():
        if number < (0 if name == "snapshots" else 1):
            raise InputError(f"retention cannot keep {number} ({name})", mend="Give a number of nights or days.")


def _remove_captures(store: Store, rows: Rows) -> int:
    removed = 0
    key = tuple_(_CAPTURE.c.run, _CAPTURE.c.source, _CAPTURE.c.platform, _CAPTURE.c.target)
    for run in sorted(rows.runs):
        with store.reading() as connection:
            going = captures_to_go(connection, rows, run)
        for batch in in_batches(going, AT_ONCE):
            with store.writing() as connection:
                removed += connection.execute(delete(_CAPTURE).where(key.in_(batch))).rowcount
    return removed


def _remove_reports(store: Store, reports: Iterable[tuple[int, str]]) -> int:
    removed = 0
    for batch in in_batches(reports, AT_ONCE):
        with store.writing() as connection:
            key = tuple_(_REPORT.c.run, _REPORT.c.format)
            removed += connection.execute(delete(_REPORT).where(key.in_(batch))).rowcount
    return removed


def _thin(store: Store, rows: Rows) -> int:
    """Empty the snapshots, but for those that a run has found again since they were looked for."""
    thinned = 0
    again = select(_SEEN.c.snapshot).where(_SEEN.c.snapshot == _SNAPSHOT.c.id, _SEEN.c.run >= rows.settled).exists()
    for batch in in_batches(sorted(rows.thinned), AT_ONCE):
        with store.writing(alone=True) as connection:
            emptied = update(_SNAPSHOT).where(_SNAPSHOT.c.id.in_(batch), ~again).values(parts=b"")
            thinned += connection.execute(emptied).rowcount
    return thinned


def _remove_snapshots(store: Store, idents: Collection[int]) -> int:
    removed = 0
    for batch in in_batches(sorted(idents), AT_ONCE):
        with store.writing(alone=True) as connection:
            still = unreferenced_snapshot(connection)
            removed += connection.execute(delete(_SNAPSHOT).where(_SNAPSHOT.c.id.in_(batch), still)).rowcount
    return removed


def _remove_contents(store: Store, contents: Collection[int]) -> tuple[int, int]:
    """Remove what nothing refers to. Whoever put it again meanwhile made it young (`blobs.put_many`), so it stays.

    Alone: no writer is between having put or found content and referring to it.
    """
    removed = size = 0
    for batch in in_batches(sorted(contents), AT_ONCE):
        with store.writing(alone=True) as connection:
            old = _BLOB.c.made_at < now(connection) - GRACE
            unused = (~select(column).where(column == _BLOB.c.id).exists() for column in references())
            gone = delete(_BLOB).where(_BLOB.c.id.in_(batch), old, *unused)
            sizes = connection.scalars(gone.returning(func.length(_BLOB.c.data))).all()
            removed, size = removed + len(sizes), size + sum(sizes)
    return removed, size
