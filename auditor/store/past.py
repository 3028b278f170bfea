"""Who stood in a series at a past moment, and as what: each target as it was seen last by then."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from auditor.store.blobs import get_json
from auditor.store.history import moment_of, time_of
from auditor.store.runs import Seen, seen_rows, targets_query
from auditor.store.sql import in_batches, key_text, table_of
from auditor.store.tables import RunRow, RunTarget, TargetRow

_RUN, _RUN_TARGET, _TARGET = table_of(RunRow), table_of(RunTarget), table_of(TargetRow)


def targets_at(connection: Connection, series: int, at: datetime) -> list[Seen]:
    """Every target of the series as it was seen last by `at`, in runs that have a result.

    One that a later run over the whole of its source, which did read that source, did not show any more is left out: it
    was gone by then. A source that nobody asked any more keeps its targets.
    """
    earlier, run = _RUN_TARGET.alias(), _RUN.alias()
    latest = (  # a question for each target, which an index answers, and none for each target of each night
        select(earlier.c.moment)
        .join(run, earlier.c.run == run.c.id)
        .where(earlier.c.series == series, earlier.c.target == _TARGET.c.id, earlier.c.moment <= moment_of(at))
        .where(run.c.rules.is_not(None))
        .order_by(earlier.c.moment.desc())
        .limit(1)
        .correlate(_TARGET)
        .scalar_subquery()
    )
    query = targets_query().where(_RUN_TARGET.c.series == series, _RUN_TARGET.c.moment == latest)
    query = query.order_by(_TARGET.c.platform, _TARGET.c.source, _TARGET.c.name)
    seen = seen_rows(connection, query)
    gone = _gone(connection, series, seen, moment_of(at))
    return [one for one in seen if one.target not in gone]


def last_read(connection: Connection, series: int, targets: Collection[int], at: datetime) -> dict[int, datetime]:
    """When each of the targets was last read by `at`; those never read are left out."""
    found: dict[int, datetime] = {}
    for batch in in_batches(targets):
        query = (
            select(_RUN_TARGET.c.target, func.max(_RUN_TARGET.c.moment))
            .where(_RUN_TARGET.c.series == series, _RUN_TARGET.c.target.in_(batch))
            .where(_RUN_TARGET.c.status == "collected", _RUN_TARGET.c.moment <= moment_of(at))
            .group_by(_RUN_TARGET.c.target)
        )
        found.update({target: time_of(moment) for target, moment in connection.execute(query)})
    return found


def rows_of(connection: Connection, runs: Collection[int]) -> dict[int, Row[Any]]:
    """The rows of runs by number."""
    found = {}
    for batch in in_batches(runs):
        found.update({row.id: row for row in connection.execute(select(_RUN).where(_RUN.c.id.in_(batch)))})
    return found


def _gone(connection: Connection, series: int, seen: Sequence[Seen], at: int) -> set[int]:
    """Targets that were not there any more when their source was read as a whole, later than they were seen last."""
    by_source: dict[str, list[Seen]] = {}
    for one in seen:
        by_source.setdefault(key_text(one.source), []).append(one)
    gone: set[int] = set()
    for source, members in by_source.items():
        if len({one.run for one in members}) == 1:
            continue
        open_ = {one.target: one.moment for one in members}
        for row in _whole_runs(connection, series, source, min(open_.values()), at):
            behind = {target for target, moment in open_.items() if moment < row.begun}
            if behind and _read_source(connection, row.run, source):
                gone |= behind
                open_ = {target: moment for target, moment in open_.items() if target not in behind}
    return gone


def _whole_runs(connection: Connection, series: int, source: str, after: int, at: int) -> Sequence[Any]:
    """(run, begun) of whole runs that were over with the source in between, the newest first.

    `begun` is the first moment of the source in the run.
    """
    joined = _RUN_TARGET.join(_TARGET, _RUN_TARGET.c.target == _TARGET.c.id).join(_RUN, _RUN_TARGET.c.run == _RUN.c.id)
    own = (_RUN_TARGET.c.series == series, _TARGET.c.source == source, _RUN.c.whole, _RUN.c.rules.is_not(None))
    since = select(_RUN_TARGET.c.run).select_from(joined)
    since = since.where(*own, _RUN_TARGET.c.moment > after, _RUN_TARGET.c.moment <= at)
    begun = func.min(_RUN_TARGET.c.moment).label("begun")
    query = select(_RUN_TARGET.c.run, begun).select_from(joined).where(*own, _RUN_TARGET.c.run.in_(since))
    query = query.group_by(_RUN_TARGET.c.run).having(func.max(_RUN_TARGET.c.moment) <= at)
    return connection.execute(query.order_by(begun.desc())).all()


def _read_source(connection: Connection, run: int, source: str) -> bool:
    """Whether the run read the source: it did not fail as a whole."""
    head = get_json(connection, connection.execute(select(_RUN.c.head).where(_RUN.c.id == run)).scalar_one())
    return any(key_text(one["name"]) == source and one["reason"] is None for one in head["sources"])
