"""Lists of one run, a page at a time: targets that were not read, and its sources with how they ended."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, func, select

from auditor.access import Reach
from auditor.store import blobs
from auditor.store.listing.labels import within
from auditor.store.listing.looks import Look, Only, looks, seen_at
from auditor.store.runs import Seen
from auditor.store.sql import table_of
from auditor.store.tables import RunSource, RunTarget, TargetRow

_SEEN, _TARGET, _SOURCE = table_of(RunTarget), table_of(TargetRow), table_of(RunSource)


class Ended(NamedTuple):
    """How a source ended: ok | partial | failed. `result` is as `service.results` writes it."""

    source: str
    status: str
    seconds: float
    attempts: int
    result: Mapping[str, Any]


def not_read(connection: Connection, run: int, only: Only, after: int, limit: int) -> list[Seen]:
    """Targets of a run that it did not read, with numbers above `after`, by number."""
    query = looks(Look(run), only).where(_SEEN.c.unread.is_not(None), _SEEN.c.target > after)
    rows = connection.execute(query.order_by(_SEEN.c.target).limit(limit))
    return seen_at(connection, [(row.run, row.target) for row in rows])


def sources(
    connection: Connection, run: int, reach: Reach, after: str, limit: int, status: str = "", *, trouble: bool = False
) -> list[Ended]:
    """Sources of a run by name, behind a name; `trouble`: only those that did not end well."""
    query = select(_SOURCE).where(_SOURCE.c.run == run, _SOURCE.c.source > after, *_own(reach, run))
    if status:
        query = query.where(_SOURCE.c.status == status)
    if trouble:
        query = query.where(_SOURCE.c.status != "ok")
    rows = connection.execute(query.order_by(_SOURCE.c.source).limit(limit)).all()
    results = blobs.get_many(connection, {row.result for row in rows})
    return [Ended(row.source, row.status, row.seconds, row.attempts, orjson.loads(results[row.result])) for row in rows]


def source_counts(connection: Connection, run: int, reach: Reach) -> dict[str, int]:
    """Sources of a run by how they ended."""
    query = select(_SOURCE.c.status, func.count()).where(_SOURCE.c.run == run, *_own(reach, run))
    return {status: int(count) for status, count in connection.execute(query.group_by(_SOURCE.c.status))}


def _own(reach: Reach, run: int) -> Sequence[Any]:
    """For whom a scope limits: sources with a target in it that this run knows of."""
    if reach.everything:
        return ()
    joined = _SEEN.join(_TARGET, _TARGET.c.id == _SEEN.c.target)
    behind = select(_TARGET.c.source).select_from(joined).where(_SEEN.c.run == run, within(reach, _SEEN.c.target))
    return (_SOURCE.c.source.in_(behind),)
