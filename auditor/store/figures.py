"""Figures about the whole store, for health and metrics: cheap to ask for, and none names a target."""

from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, select

from auditor.store import blobs
from auditor.store.engine import Store, now
from auditor.store.notify import outbox
from auditor.store.size import database_bytes
from auditor.store.sql import table_of
from auditor.store.tables import FindingRow, RunRow, RunSource, ScheduleRow, Shard, WorkerRow

MOST_REASONS = 2000  # sources of one run whose reasons are looked at
ALIVE = timedelta(seconds=90)  # a worker or scheduler that was seen within this is taken to live
_RUN, _SHARD, _SOURCE, _FINDING = table_of(RunRow), table_of(Shard), table_of(RunSource), table_of(FindingRow)
_SCHEDULE, _WORKER = table_of(ScheduleRow), table_of(WorkerRow)


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last ended run of a schedule, or of those begun by hand (`schedule` is "")."""

    schedule: str
    run: int
    state: str
    started_at: datetime
    finished_at: datetime
    population: int
    collected: int
    stale: int
    checks: Mapping[str, int]  # passed, failed, unknown ...
    sources: Mapping[str, int]  # by status: ok, partial, failed
    failures: Mapping[str, int]  # by kind of reason: of sources as a whole and of single targets


@dataclass(frozen=True, slots=True)
class Queue:
    """Shards of a kind in open runs. `oldest` is how long the oldest that could be claimed has waited, in seconds."""

    kind: str
    waiting: int
    running: int
    lost: int  # running, with a lease that has passed
    oldest: float


@dataclass(frozen=True, slots=True)
class Process:
    """A worker or scheduler and how long ago it was seen, in seconds. `roles`: scheduler, or kinds of shards."""

    name: str
    roles: Sequence[str]
    seen: float

    @property
    def alive(self) -> bool:
        """Whether it was seen lately."""
        return self.seen <= ALIVE.total_seconds()


@dataclass(frozen=True, slots=True)
class DueState:
    """A schedule: its definition as JSON, and up to when its due times are decided."""

    name: str
    definition: str
    decided_until: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """All of them, of one moment `at` by the database's clock."""

    at: datetime
    runs: Mapping[str, int]  # by state
    last_runs: Sequence[LastRun]
    queues: Sequence[Queue]
    processes: Sequence[Process]
    findings: Mapping[tuple[str, str], int]  # open ones by (severity, status)
    schedules: Sequence[DueState]  # the active ones
    size: int  # bytes of the database
    outbox: Mapping[str, int]  # events to tell, by state
    outbox_age: float  # seconds for which the oldest one that is due has waited


def figures(store: Store, reasons: MutableMapping[int, Mapping[str, int]]) -> Figures:
    """Ask for all figures in one transaction. Raises StoreError.

    `reasons` is a memory for the next call: why sources of ended runs failed, which does not change any more.
    """
    size = database_bytes(store)
    with store.reading() as connection:
        at = now(connection)
        return Figures(
            at,
            _counts(connection, _RUN.c.state),
            _last_runs(connection, reasons),
            _queues(connection, at),
            processes(connection, at),
            _findings(connection),
            _schedules(connection),
            size,
            outbox.counts(connection),
            outbox.waited(connection),
        )


def processes(connection: Connection, at: datetime) -> list[Process]:
    """Every worker and scheduler that has left a trace, the one seen last first."""
    rows = connection.execute(select(_WORKER).order_by(_WORKER.c.seen_at.desc()).limit(1000))
    return [Process(row.name, row.role.split(","), max(0.0, (at - row.seen_at).total_seconds())) for row in rows]


def _counts(connection: Connection, column: Any) -> dict[str, int]:
    return {
        str(value): int(count) for value, count in connection.execute(select(column, func.count()).group_by(column))
    }


def _last_runs(connection: Connection, reasons: MutableMapping[int, Mapping[str, int]]) -> list[LastRun]:
    latest = select(func.max(_RUN.c.id)).where(_RUN.c.finished_at.is_not(None)).group_by(_RUN.c.schedule)
    joined = _RUN.outerjoin(_SCHEDULE, _RUN.c.schedule == _SCHEDULE.c.id)
    query = select(_RUN, _SCHEDULE.c.name.label("planned")).select_from(joined).where(_RUN.c.id.in_(latest))
    rows = connection.execute(query.order_by(_RUN.c.id.desc()).limit(500)).all()
    status: dict[int, dict[str, int]] = {row.id: {} for row in rows}
    counted = select(_SOURCE.c.run, _SOURCE.c.status, func.count()).where(_SOURCE.c.run.in_(status))
    for run, one, count in connection.execute(counted.group_by(_SOURCE.c.run, _SOURCE.c.status)):
        status[run][one] = count
    for run in set(reasons) - set(status):
        del reasons[run]
    for run in set(status) - set(reasons):
        reasons[run] = _reasons(connection, run)
    names = ("passed", "failed", "unknown", "notapplicable", "notchecked", "waived")
    return [
        LastRun(
            row.planned or "",
            row.id,
            row.state,
            row.started_at,
            row.finished_at,
            row.population,
            row.collected,
            row.stale,
            {name: row._mapping[name] for name in names},
            status[row.id],
            reasons[row.id],
        )
        for row in rows
    ]


def _reasons(connection: Connection, run: int) -> Counter[str]:
    query = select(_SOURCE.c.result).where(_SOURCE.c.run == run, _SOURCE.c.status != "ok").limit(MOST_REASONS)
    results = [blobs.get_json(connection, blob) for blob in connection.scalars(query).all()]
    return Counter(one["kind"] for result in results for one in result["failures"])


def _queues(connection: Connection, at: datetime) -> list[Queue]:
    since = func.coalesce(_SHARD.c.not_before, _RUN.c.started_at)
    waiting = (_SHARD.c.state == "pending") & (since <= at)
    lost = (_SHARD.c.state == "running") & (_SHARD.c.lease < at)
    query = (
        select(
            _SHARD.c.kind,
            func.sum(case((_SHARD.c.state == "pending", 1), else_=0)),
            func.sum(case((_SHARD.c.state == "running", 1), else_=0)),
            func.sum(case((lost, 1), else_=0)),
            func.min(case((waiting, since))),
        )
        .select_from(_SHARD.join(_RUN, _SHARD.c.run == _RUN.c.id))
        .where(_SHARD.c.state.in_(("pending", "running")), _RUN.c.finished_at.is_(None))
        .group_by(_SHARD.c.kind)
    )
    return [
        Queue(kind, int(pending), int(running), int(gone), max(0.0, (at - oldest).total_seconds()) if oldest else 0.0)
        for kind, pending, running, gone, oldest in connection.execute(query)
    ]


def _findings(connection: Connection) -> dict[tuple[str, str], int]:
    columns = (_FINDING.c.severity, _FINDING.c.status)
    rows = connection.execute(select(*columns, func.count()).where(_FINDING.c.last.is_(None)).group_by(*columns))
    return {(severity, status): int(count) for severity, status, count in rows}


def _schedules(connection: Connection) -> list[DueState]:
    query = select(_SCHEDULE).where(_SCHEDULE.c.state == "active").order_by(_SCHEDULE.c.id).limit(1000)
    return [DueState(row.name, row.definition, row.decided_until) for row in connection.execute(query)]
