"""What retention would remove: looked for in a reading transaction, removed by `store.retention`.

A target's newest captures stay however old they are, and of thinned snapshots those at which an open finding or drift
began, each target's newest, and the last of each week. Findings, drift, runs, coverage, schedules, waivers and the
journal are never looked at.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, func, literal, select

from auditor.store import old_exports
from auditor.store.engine import now
from auditor.store.history import moment_of
from auditor.store.listing_tables import ExportPart, ExportRow
from auditor.store.phases import OPEN
from auditor.store.sql import table_of
from auditor.store.tables import Blob, DriftRow, FindingRow, ReportRow, RunCapture, RunRow, RunTarget, SnapshotRow

GRACE = timedelta(days=1)  # younger content stays: somebody may be about to refer to it
WEEK = 7 * 24 * 3600 * 1_000_000  # microseconds
_THURSDAY = 3 * 24 * 3600 * 1_000_000  # 1 January 1970 was one; weeks begin on Mondays, UTC
_RUN, _CAPTURE, _REPORT = table_of(RunRow), table_of(RunCapture), table_of(ReportRow)
_SEEN, _SNAPSHOT, _BLOB = table_of(RunTarget), table_of(SnapshotRow), table_of(Blob)
_EXPORT, _PART = table_of(ExportRow), table_of(ExportPart)
CaptureKey = tuple[int, str, str, str]  # run, source, platform, target


@dataclass(frozen=True, slots=True)
class Policy:
    """What is kept besides what is kept for ever."""

    captures: int = 30  # nights: days, UTC, on which runs began
    reports: int = 90  # days; a report that is gone is made anew when it is asked for
    snapshots: int = 0  # days after which a week keeps its last snapshot of a target; 0: all stay for ever
    downloads: int = 400  # days; a report that somebody asked for stays what it was for so long


@dataclass(frozen=True, slots=True)
class Rows:
    """What goes for its age. Runs with a number from `settled` on were open when it was looked for, or are newer."""

    runs: frozenset[int] = frozenset()  # whose captures go
    newest: frozenset[CaptureKey] = frozenset()  # but for these
    reports: tuple[tuple[int, str], ...] = ()
    thinned: frozenset[int] = frozenset()  # snapshots that lose their facts and keep their hash
    orphans: frozenset[int] = frozenset()  # snapshots that no run has
    downloads: frozenset[int] = frozenset()  # exports that lose their content and keep their hash
    settled: int = 0


def rows_to_go(connection: Connection, policy: Policy, at: datetime) -> Rows:
    """What is too old at `at`, or at the time of the newest run if that is earlier: a clock may be wrong."""
    latest = connection.scalar(select(func.max(_RUN.c.started_at)))
    if latest is None:
        return Rows()
    at, open_ = min(at, latest), _RUN.c.state.in_(OPEN)
    first_open = connection.scalar(select(func.min(_RUN.c.id)).where(open_))
    last = connection.scalar(select(func.max(_RUN.c.id))) or 0
    reports = select(_REPORT.c.run, _REPORT.c.format).join(_RUN, _RUN.c.id == _REPORT.c.run)
    old = reports.where(_REPORT.c.made_at < at - timedelta(days=policy.reports), ~open_)
    return Rows(
        _old_nights(connection, policy.captures),
        frozenset(_newest_captures(connection)),
        tuple((run, form) for run, form in connection.execute(old)),
        _too_many_snapshots(connection, at, policy.snapshots) if policy.snapshots else frozenset(),
        frozenset(connection.scalars(select(_SNAPSHOT.c.id).where(unreferenced_snapshot(connection)))),
        old_exports.old(connection, at, policy.downloads),
        first_open or last + 1,
    )


def contents_to_go(connection: Connection, rows: Rows = Rows()) -> dict[int, int]:
    """Bytes by id of all content that nothing refers to, once `rows` are gone; what is young is left out."""
    kept = set(_referred(connection, rows))
    query = select(_BLOB.c.id, func.length(_BLOB.c.data)).where(_BLOB.c.made_at < now(connection) - GRACE)
    return {ident: size for ident, size in connection.execute(query) if ident not in kept}


def captures_to_go(connection: Connection, rows: Rows, run: int) -> list[CaptureKey]:
    """The captures of a run that go."""
    columns = (_CAPTURE.c.run, _CAPTURE.c.source, _CAPTURE.c.platform, _CAPTURE.c.target)
    keys = (tuple(row) for row in connection.execute(select(*columns).where(_CAPTURE.c.run == run)))
    return [key for key in keys if key not in rows.newest]


def unreferenced_snapshot(connection: Connection) -> Any:
    """The condition that no run has a snapshot, and that it is not young."""
    used = select(literal(1)).where(_SEEN.c.snapshot == _SNAPSHOT.c.id).exists()
    return (_SNAPSHOT.c.made_at < now(connection) - GRACE) & ~used


def references() -> list[Column[Any]]:
    """Every column that refers to content by a key. The parts of snapshots are no keys."""
    columns = (column for table in _BLOB.metadata.sorted_tables for column in table.columns)
    return [column for column in columns if any(key.column.table is _BLOB for key in column.foreign_keys)]


def _old_nights(connection: Connection, nights: int) -> frozenset[int]:
    """Ended runs with captures that began before the last `nights` days with such runs."""
    having = select(_CAPTURE.c.run).distinct()
    rows = connection.execute(select(_RUN.c.id, _RUN.c.started_at, _RUN.c.state).where(_RUN.c.id.in_(having))).all()
    days = sorted({row.started_at.astimezone(UTC).date() for row in rows}, reverse=True)
    if len(days) <= nights:
        return frozenset()
    kept = set(days[:nights])
    return frozenset(r.id for r in rows if r.state not in OPEN and r.started_at.astimezone(UTC).date() not in kept)


def _newest_captures(connection: Connection) -> Iterator[CaptureKey]:
    columns = (_CAPTURE.c.source, _CAPTURE.c.platform, _CAPTURE.c.target)
    for run, *key in connection.execute(select(func.max(_CAPTURE.c.run), *columns).group_by(*columns)):
        yield (run, *key)


def _too_many_snapshots(connection: Connection, at: datetime, days: int) -> frozenset[int]:
    limit = moment_of(at - timedelta(days=days))
    has = _SEEN.c.snapshot.is_not(None)
    place = (_SEEN.c.series, _SEEN.c.target)
    week = ((_SEEN.c.moment + _THURSDAY) // WEEK).label("week")
    last = select(func.max(_SEEN.c.moment).label("moment"), *place, week).where(has).group_by(*place, week).subquery()
    ends = (_SEEN.c.series == last.c.series) & (_SEEN.c.target == last.c.target) & (_SEEN.c.moment == last.c.moment)
    kept = set(connection.scalars(select(_SEEN.c.snapshot).where(_SEEN.c.moment >= limit, has)))
    kept.update(connection.scalars(select(_SEEN.c.snapshot).join(last, ends).where(has)))
    for table in (table_of(FindingRow), table_of(DriftRow)):
        began = (table.c.series == _SEEN.c.series) & (table.c.target == _SEEN.c.target)
        began &= table.c.first == _SEEN.c.moment
        kept.update(connection.scalars(select(_SEEN.c.snapshot).join(table, began).where(has, table.c.last.is_(None))))
    full = select(_SEEN.c.snapshot).join(_SNAPSHOT, _SNAPSHOT.c.id == _SEEN.c.snapshot).where(_SNAPSHOT.c.parts != b"")
    return frozenset(ident for ident in connection.scalars(full.distinct()) if ident not in kept)


def _referred(connection: Connection, rows: Rows) -> Iterator[int]:
    """The id of all content that something refers to which is not among `rows`."""
    yield from _of_captures(connection, rows)
    reports: Set[tuple[int, str]] = set(rows.reports)
    for run, form, content in connection.execute(select(_REPORT.c.run, _REPORT.c.format, _REPORT.c.content)):
        if content is not None and (run, form) not in reports:
            yield content
    yield from old_exports.contents(connection, rows.downloads)
    for column in references():
        if column.table not in (_CAPTURE, _REPORT, _EXPORT, _PART):
            yield from connection.scalars(select(column).where(column.is_not(None)).distinct())
    gone = rows.thinned | rows.orphans
    for ident, parts in connection.execute(select(_SNAPSHOT.c.id, _SNAPSHOT.c.parts)):
        if ident not in gone:
            yield from map(int, parts.split())


def _of_captures(connection: Connection, rows: Rows) -> Iterator[int]:
    query = select(_CAPTURE)
    for row in connection.execute(query):
        key = (row.run, row.source, row.platform, row.target)
        if row.run not in rows.runs or key in rows.newest:
            yield row.capture
            yield row.about
