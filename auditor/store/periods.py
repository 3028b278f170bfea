"""What a period holds: runs that ended in it, due times that came to nothing, and what was found over time."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, select

from auditor.access import Reach
from auditor.store.history import COUNTED, moment_of
from auditor.store.listing.labels import within
from auditor.store.sql import in_batches, table_of
from auditor.store.tables import (
    DriftRow,
    FindingRow,
    RuleRow,
    RunRow,
    RunTarget,
    ScheduleRow,
    ScheduleSlot,
    TargetRow,
)

_RUN, _SEEN, _TARGET = table_of(RunRow), table_of(RunTarget), table_of(TargetRow)
_FINDING, _DRIFT, _RULE = table_of(FindingRow), table_of(DriftRow), table_of(RuleRow)
_SLOT, _SCHEDULE = table_of(ScheduleSlot), table_of(ScheduleRow)
OPEN = ("fail", "unknown", "error")
Conditions = Sequence[ColumnElement[bool]]


def runs_between(connection: Connection, series: int, schedule: int | None, begin: datetime, end: datetime) -> Any:
    """Rows of the runs that ended between two times, by the time at which they began.

    Of a schedule, by whatever rules each was judged; else of the series.
    """
    own = _RUN.c.series == series if schedule is None else _RUN.c.schedule == schedule
    query = select(_RUN).where(own, _RUN.c.finished_at >= begin, _RUN.c.finished_at <= end)
    return connection.execute(query.order_by(_RUN.c.started_at, _RUN.c.id)).all()


def last_run(
    connection: Connection,
    series: int,
    reach: Reach,
    at: datetime,
    begin: datetime | None = None,
    schedule: int | None = None,
) -> Row[Any] | None:
    """The last run of a series, or of a schedule in it, with a result and a target in reach, that ended by `at`.

    With `begin`, only one that did not end before.
    """
    query = _with_result(reach).where(_RUN.c.series == series, _RUN.c.finished_at <= at)
    if begin is not None:
        query = query.where(_RUN.c.finished_at >= begin)
    if schedule is not None:
        query = query.where(_RUN.c.schedule == schedule)
    return connection.execute(query.order_by(_RUN.c.started_at.desc(), _RUN.c.id.desc()).limit(1)).first()


def series_of_schedule(connection: Connection, schedule: int, reach: Reach, at: datetime) -> int | None:
    """The series of a schedule's last run with a result by `at`."""
    query = _with_result(reach).where(_RUN.c.schedule == schedule, _RUN.c.finished_at <= at)
    row = connection.execute(query.order_by(_RUN.c.started_at.desc(), _RUN.c.id.desc()).limit(1)).first()
    return None if row is None else int(row.series)


def default_series(connection: Connection, reach: Reach) -> int | None:
    """The series of the last run with a result and a target in reach."""
    row = connection.execute(_with_result(reach).order_by(_RUN.c.id.desc()).limit(1)).first()
    return None if row is None else int(row.series)


def _with_result(reach: Reach) -> Select[Any]:
    query = select(_RUN).where(_RUN.c.state == "done", _RUN.c.head.is_not(None), _RUN.c.series.is_not(None))
    if reach.everything:
        return query
    return query.where(exists().where(_SEEN.c.run == _RUN.c.id, within(reach, _SEEN.c.target)))


def has_target(connection: Connection, series: int, conditions: Conditions) -> bool:
    """Whether the series has ever seen a target of these conditions."""
    query = select(_TARGET.c.id).where(*conditions)
    query = query.where(exists().where(_SEEN.c.series == series, _SEEN.c.target == _TARGET.c.id))
    return connection.scalar(query.limit(1)) is not None


def counts(connection: Connection, runs: Collection[int], conditions: Conditions) -> dict[int, dict[str, int]]:
    """population, collected, stale and checks of runs, over the targets of the conditions; a run without any is not."""
    sums = [func.coalesce(func.sum(_SEEN.c[name]), 0).label(name) for name in COUNTED]
    by_status = [
        func.coalesce(func.sum((_SEEN.c.status == one).cast(_SEEN.c.passed.type)), 0).label(one)
        for one in ("collected", "stale", "unreachable")
    ]
    joined = _SEEN.join(_TARGET, _SEEN.c.target == _TARGET.c.id)
    found: dict[int, dict[str, int]] = {}
    for batch in in_batches(runs):
        query = select(_SEEN.c.run, func.count().label("targets"), *by_status, *sums).select_from(joined)
        query = query.where(_SEEN.c.run.in_(batch), *conditions).group_by(_SEEN.c.run)
        for row in connection.execute(query):
            found[row.run] = {key: int(value) for key, value in row._mapping.items() if key != "run"}
    return found


def empty_slots(connection: Connection, schedules: Collection[int], begin: datetime, end: datetime) -> Sequence[Any]:
    """(schedule's name, due_at, outcome, reason) of the due times between that began no run."""
    query = select(_SCHEDULE.c.name, _SLOT.c.due_at, _SLOT.c.outcome, _SLOT.c.reason)
    query = query.join(_SCHEDULE, _SCHEDULE.c.id == _SLOT.c.schedule).where(_SLOT.c.schedule.in_(sorted(schedules)))
    query = query.where(_SLOT.c.run.is_(None), _SLOT.c.due_at >= begin, _SLOT.c.due_at <= end)
    return connection.execute(query.order_by(_SLOT.c.due_at)).all()


def due_times(connection: Connection, runs: Collection[int]) -> dict[int, datetime]:
    """When each run was due; those that no schedule began are left out."""
    found: dict[int, datetime] = {}
    for batch in in_batches(runs):
        query = select(_SLOT.c.run, _SLOT.c.due_at).where(_SLOT.c.run.in_(batch))
        found.update({row.run: row.due_at for row in connection.execute(query)})
    return found


def schedules_of(connection: Connection, series: int) -> set[int]:
    """The schedules that began runs of a series."""
    query = select(_RUN.c.schedule).where(_RUN.c.series == series, _RUN.c.schedule.is_not(None)).distinct()
    return set(connection.scalars(query))


def targets(connection: Connection, series: int, conditions: Conditions, end: datetime) -> Sequence[Row[Any]]:
    """(id, source, platform, name) of the targets of the conditions that the series had seen by `end`, by number."""
    seen = exists().where(_SEEN.c.series == series, _SEEN.c.target == _TARGET.c.id, _SEEN.c.moment <= moment_of(end))
    return connection.execute(select(_TARGET).where(seen, *conditions).order_by(_TARGET.c.id)).all()


def looks(connection: Connection, series: int, batch: Sequence[int], end: datetime) -> Iterator[Row[Any]]:
    """(target, run, moment, status, reason, shown) of looks at targets by `end`, in runs with a result, by moment."""
    columns = [_SEEN.c[name] for name in ("target", "run", "moment", "status", "reason", "shown")]
    query = select(*columns).join(_RUN, _SEEN.c.run == _RUN.c.id).where(_RUN.c.head.is_not(None))
    query = query.where(_SEEN.c.series == series, _SEEN.c.target.in_(batch), _SEEN.c.moment <= moment_of(end))
    yield from connection.execute(query.order_by(_SEEN.c.target, _SEEN.c.moment))


def findings(connection: Connection, series: int, batch: Sequence[int], end: datetime) -> Iterator[Row[Any]]:
    """Intervals by `end` in which something failed or was unknown, by target, rule, subject and time."""
    query = select(_FINDING, _RULE.c.rule.label("rule_name")).join(_RULE, _FINDING.c.rule == _RULE.c.id)
    query = query.where(_FINDING.c.series == series, _FINDING.c.target.in_(batch), _FINDING.c.status.in_(OPEN))
    query = query.where(_FINDING.c.first <= moment_of(end))
    yield from connection.execute(query.order_by(_FINDING.c.target, _RULE.c.rule, _FINDING.c.subject, _FINDING.c.first))


def drifts(connection: Connection, series: int, batch: Sequence[int], end: datetime) -> Iterator[Row[Any]]:
    """Intervals of drift by `end`, by target, golden profile, path and time."""
    query = select(_DRIFT).where(_DRIFT.c.series == series, _DRIFT.c.target.in_(batch))
    query = query.where(_DRIFT.c.first <= moment_of(end))
    yield from connection.execute(query.order_by(_DRIFT.c.target, _DRIFT.c.golden, _DRIFT.c.path, _DRIFT.c.first))
