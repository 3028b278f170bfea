"""Runs in reach: those with a target in it, with the counts of these targets alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, or_, select, true

from auditor.access import Reach
from auditor.store import blobs
from auditor.store.history import COUNTED
from auditor.store.listing.labels import within
from auditor.store.phases import OPEN
from auditor.store.sql import table_of
from auditor.store.tables import Blob, RunRow, RunTarget, ScheduleRow

_RUN, _SEEN, _SCHEDULE = table_of(RunRow), table_of(RunTarget), table_of(ScheduleRow)
STATUSES = ("collected", "stale")
MOST_KNOWN = 8
_BLOB = table_of(Blob)
_known: dict[bytes, Mapping[str, Mapping[str, Any]]] = {}


def in_reach(reach: Reach, actor: str) -> ColumnElement[bool]:
    """The condition that a run has a target in reach, or is one of the actor's own that goes on."""
    if reach.everything:
        return true()
    own = and_(_RUN.c.requested_by == actor, _RUN.c.state.in_(OPEN))
    return or_(own, exists().where(_SEEN.c.run == _RUN.c.id, within(reach, _SEEN.c.target)))


def find(connection: Connection, name: str, reach: Reach, actor: str) -> Row[Any] | None:
    """The row of a run in reach by its name, or of the `latest` that ended with a result."""
    query = _rows().where(in_reach(reach, actor))
    if name == "latest":
        done = (_RUN.c.state == "done", _RUN.c.head.is_not(None))
        return connection.execute(query.where(*done).order_by(_RUN.c.id.desc()).limit(1)).first()
    return connection.execute(query.where(_RUN.c.name == name)).first()


def listed(
    connection: Connection,
    reach: Reach,
    actor: str,
    before: int | None,
    limit: int,
    state: str = "",
    schedule: str = "",
) -> Sequence[Row[Any]]:
    """Runs with a number below `before`, the newest first; `planned` is the name of the schedule."""
    query = _rows().where(in_reach(reach, actor))
    if before is not None:
        query = query.where(_RUN.c.id < before)
    if state:
        query = query.where(_RUN.c.state == state)
    if schedule:
        query = query.where(_SCHEDULE.c.name == schedule)
    return connection.execute(query.order_by(_RUN.c.id.desc()).limit(limit)).all()


def names_of(connection: Connection, numbers: set[int]) -> dict[int, str]:
    """The names of runs by number."""
    query = select(_RUN.c.id, _RUN.c.name).where(_RUN.c.id.in_(sorted(numbers)))
    return {row.id: row.name for row in connection.execute(query)}


def counts(connection: Connection, numbers: Sequence[int], reach: Reach) -> dict[int, dict[str, int]]:
    """population, collected, stale and the counts of checks of runs, over the targets in reach."""
    sums = [func.coalesce(func.sum(_SEEN.c[name]), 0).label(name) for name in COUNTED]
    by_status = [
        func.coalesce(func.sum((_SEEN.c.status == one).cast(_SEEN.c.passed.type)), 0).label(one) for one in STATUSES
    ]
    query = select(_SEEN.c.run, func.count().label("population"), *by_status, *sums)
    query = query.where(_SEEN.c.run.in_(numbers), within(reach, _SEEN.c.target)).group_by(_SEEN.c.run)
    return {
        row.run: {key: int(value) for key, value in row._mapping.items() if key != "run"}
        for row in connection.execute(query)
    }


def _rows() -> Any:
    joined = _RUN.outerjoin(_SCHEDULE, _RUN.c.schedule == _SCHEDULE.c.id)
    return select(_RUN, _SCHEDULE.c.name.label("planned")).select_from(joined)


def rules_of(connection: Connection, numbers: set[int]) -> dict[int, Mapping[str, Mapping[str, Any]]]:
    """Title and references of the rules of runs, by run and rule; nothing of one that is not judged to its end."""
    query = select(_RUN.c.id, _RUN.c.rules, _BLOB.c.sha256).outerjoin(_BLOB, _BLOB.c.id == _RUN.c.rules)
    found: dict[int, Mapping[str, Mapping[str, Any]]] = {}
    for number, blob, sha in connection.execute(query.where(_RUN.c.id.in_(sorted(numbers)))):
        found[number] = {} if blob is None else _rules(connection, blob, bytes(sha))
    return found


def _rules(connection: Connection, blob: int, sha: bytes) -> Mapping[str, Mapping[str, Any]]:
    """The same content is told of thousands of pages: what was read of it is kept by its hash."""
    if (known := _known.get(sha)) is None:
        rules = blobs.get_json(connection, blob)
        known = {name: {key: one[key] for key in ("title", "references")} for name, one in rules.items()}
        while len(_known) >= MOST_KNOWN:
            _known.pop(next(iter(_known)), None)
        _known[sha] = known
    return known
