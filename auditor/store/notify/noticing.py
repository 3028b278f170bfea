"""What is new in a run that is over: read from the history, without its evidence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, exists, func, select

from auditor.notify.events import Item, Member
from auditor.store.blobs import get_json, get_many
from auditor.store.engine import now
from auditor.store.notify_tables import NotifyNoticed
from auditor.store.slots import FAILED, MISSED, NOTHING
from auditor.store.sql import in_batches, insert_new, table_of
from auditor.store.tables import DriftRow, FindingRow, RuleRow, RunRow, RunTarget, ScheduleRow, ScheduleSlot, TargetRow

OVER = ("done", "failed", "cancelled")
_RUN, _NOTICED, _SEEN, _TARGET = table_of(RunRow), table_of(NotifyNoticed), table_of(RunTarget), table_of(TargetRow)
_FINDING, _DRIFT, _RULE = table_of(FindingRow), table_of(DriftRow), table_of(RuleRow)
_SLOT, _SCHEDULE = table_of(ScheduleSlot), table_of(ScheduleRow)
_EARLIER = _SEEN.alias()


def unnoticed(connection: Connection, since: datetime, limit: int = 20) -> Sequence[Row[Any]]:
    """Runs that ended at `since` or later and were not looked at yet, the oldest first."""
    looked_at = exists().where(_NOTICED.c.run == _RUN.c.id)
    query = select(_RUN).where(_RUN.c.state.in_(OVER), _RUN.c.finished_at >= since, ~looked_at)
    return connection.execute(query.order_by(_RUN.c.id).limit(limit)).all()


def take(connection: Connection, run: int) -> bool:
    """Whether this transaction is the one that puts the run's events into the outbox."""
    query = select(_RUN.c.id).where(_RUN.c.id == run).with_for_update(key_share=True)
    connection.execute(query)
    if connection.scalar(select(_NOTICED.c.run).where(_NOTICED.c.run == run)) is not None:
        return False
    insert_new(connection, _NOTICED, [{"run": run, "at": now(connection)}])
    return True


def is_first(connection: Connection, run: Row[Any]) -> bool:
    """Whether no run of its series had a result before it."""
    before = (_RUN.c.series == run.series, _RUN.c.id < run.id, _RUN.c.head.is_not(None))
    return connection.scalar(select(_RUN.c.id).where(*before).limit(1)) is None


def members_of(connection: Connection, run: int) -> list[Member]:
    """Every target of a run, in the order of its document."""
    s = _SEEN.c
    columns = (s.shown, s.status, s.about, s.passed, s.failed, s.unknown, s.waived)
    rows = connection.execute(select(*columns).where(s.run == run).order_by(s.place)).all()
    labels = _labels(connection, (row.about for row in rows))
    return [
        Member(row.shown, labels[row.about], row.status == "collected", row.passed, row.failed, row.unknown, row.waived)
        for row in rows
    ]


def new_failures(connection: Connection, run: Row[Any]) -> list[Item]:
    """What fails in the run, is not waived, and did not fail when its target was last read before."""
    f, other = _FINDING.c, _FINDING.alias()
    failed_before = exists().where(
        other.c.series == f.series,
        other.c.target == f.target,
        other.c.rule == f.rule,
        other.c.subject == f.subject,
        other.c.status == "fail",
        other.c.last == _last_read(),
    )
    query = (
        select(_SEEN.c.shown, _SEEN.c.about, _RULE.c.rule, f.severity, f.body)
        .join(_FINDING, (f.series == _SEEN.c.series) & (f.target == _SEEN.c.target))
        .join(_RULE, f.rule == _RULE.c.id)
        .where(_SEEN.c.run == run.id, _SEEN.c.status == "collected", f.first == _SEEN.c.moment, f.status == "fail")
        .where(~failed_before)
    )
    rows = connection.execute(query).all()
    waived = {body for body, plain in _bodies(connection, (row.body for row in rows)) if plain.get("waiver")}
    labels = _labels(connection, (row.about for row in rows))
    rules: Mapping[str, Any] = get_json(connection, run.rules) if rows and run.rules is not None else {}
    return [
        Item(row.shown, labels[row.about], rules.get(row.rule, {}).get("title", row.rule), row.severity)
        for row in rows
        if row.body not in waived
    ]


def new_drift(connection: Connection, run: Row[Any]) -> list[Item]:
    """Where a target differs from a golden profile in the run, and did not when it was last read before."""
    d, other = _DRIFT.c, _DRIFT.alias()
    before = exists().where(
        other.c.series == d.series,
        other.c.target == d.target,
        other.c.golden == d.golden,
        other.c.path == d.path,
        other.c.change != "unknown",
        other.c.last == _last_read(),
    )
    query = (
        select(_SEEN.c.shown, _SEEN.c.about, d.golden)
        .join(_DRIFT, (d.series == _SEEN.c.series) & (d.target == _SEEN.c.target))
        .where(_SEEN.c.run == run.id, _SEEN.c.status == "collected", d.first == _SEEN.c.moment, d.change != "unknown")
        .where(~before)
    )
    rows = connection.execute(query).all()
    labels = _labels(connection, (row.about for row in rows))
    return [Item(row.shown, labels[row.about], row.golden) for row in rows]


def _last_read() -> ColumnElement[Any]:
    """The moment at which the target of the outer query was read before."""
    own = (_EARLIER.c.series == _SEEN.c.series, _EARLIER.c.target == _SEEN.c.target)
    query = select(func.max(_EARLIER.c.moment)).where(
        *own, _EARLIER.c.status == "collected", _EARLIER.c.moment < _SEEN.c.moment
    )
    return query.correlate(_SEEN).scalar_subquery()


def without_run(connection: Connection, since: datetime) -> Sequence[Any]:
    """(name, definition, due_at, decided_at, outcome) of due times that were decided since then and gave no run."""
    query = (
        select(_SCHEDULE.c.name, _SCHEDULE.c.definition, _SLOT.c.due_at, _SLOT.c.decided_at, _SLOT.c.outcome)
        .join(_SCHEDULE, _SLOT.c.schedule == _SCHEDULE.c.id)
        .where(_SLOT.c.outcome.in_([MISSED, FAILED, NOTHING]), _SLOT.c.decided_at >= since)
        .order_by(_SLOT.c.decided_at, _SLOT.c.due_at)
    )
    return connection.execute(query.limit(1000)).all()


def labels_of(connection: Connection, targets: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Mapping[str, str]]:
    """The labels that targets, by source and own name, had when a run last saw them; those never seen are not there."""
    found: dict[tuple[str, str], Mapping[str, str]] = {}
    wanted = set(targets)
    latest = select(func.max(_SEEN.c.run)).where(_SEEN.c.target == _TARGET.c.id).correlate(_TARGET).scalar_subquery()
    for batch in in_batches({name for _, name in wanted}):
        query = (
            select(_TARGET.c.source, _TARGET.c.name, _SEEN.c.about)
            .join(_SEEN, (_SEEN.c.target == _TARGET.c.id) & (_SEEN.c.run == latest))
            .where(_TARGET.c.name.in_(batch))
        )
        rows = [row for row in connection.execute(query) if (row.source, row.name) in wanted]
        labels = _labels(connection, (row.about for row in rows))
        found |= {(row.source, row.name): labels[row.about] for row in rows}
    return found


def _labels(connection: Connection, abouts: Iterable[int]) -> dict[int, Mapping[str, str]]:
    return {number: about.get("labels") or {} for number, about in _bodies(connection, abouts)}


def _bodies(connection: Connection, numbers: Iterable[int]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for batch in in_batches(set(numbers)):
        for number, content in get_many(connection, set(batch)).items():
            yield number, orjson.loads(content)
