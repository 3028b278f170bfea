"""How far a run has come, for people who watch it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, func, select

from auditor.access import Reach
from auditor.store import collected
from auditor.store.listing.labels import within
from auditor.store.sql import key_text, table_of
from auditor.store.tables import ReportRow, RunSource, Shard, TargetRow

MOST_TROUBLES = 1000
_SHARD, _SOURCE, _REPORT = table_of(Shard), table_of(RunSource), table_of(ReportRow)
_TARGET = table_of(TargetRow)


@dataclass(frozen=True, slots=True)
class Course:
    """`shards`: how many of each (kind, state); `sources`: how many of each status; `reports`: (format, note)."""

    shards: Mapping[tuple[str, str], int]
    sources: Mapping[str, int]
    reports: Sequence[tuple[str, str]]


def course_of(connection: Connection, run: int) -> Course:
    """How far a run (by its number) has come."""
    shards = select(_SHARD.c.kind, _SHARD.c.state, func.count()).where(_SHARD.c.run == run)
    sources = select(_SOURCE.c.status, func.count()).where(_SOURCE.c.run == run).group_by(_SOURCE.c.status)
    reports = select(_REPORT.c.format, _REPORT.c.note).where(_REPORT.c.run == run).order_by(_REPORT.c.format)
    counted = connection.execute(shards.group_by(_SHARD.c.kind, _SHARD.c.state))
    return Course(
        {(kind, state): int(count) for kind, state, count in counted},
        {status: int(count) for status, count in connection.execute(sources)},
        [(form, note) for form, note in connection.execute(reports)],
    )


def sources_within(connection: Connection, run: int, reach: Reach) -> tuple[dict[str, int], int]:
    """How many sources of a run have each status, and how many are still to be read: those with a target in reach.

    A source that nobody has ever read has no targets yet, and is counted for whom nothing limits alone.
    """
    asked: set[str] = set()
    for items in connection.scalars(select(_SHARD.c["items"]).where(_SHARD.c.run == run, _SHARD.c.kind == "collect")):
        asked |= set(orjson.loads(items)["sources"])
    if not reach.everything:
        inside = select(_TARGET.c.source).where(within(reach, _TARGET.c.id)).distinct()
        known = set(connection.scalars(inside))
        asked = {one for one in asked if key_text(one) in known}
    status = connection.execute(select(_SOURCE.c.source, _SOURCE.c.status).where(_SOURCE.c.run == run)).all()
    counts = Counter(row.status for row in status if row.source in asked)
    return dict(counts), len(asked) - counts.total()


def troubles_of(connection: Connection, run: int) -> list[tuple[str, str, str]]:
    """(source, target or "", reason) of what a run could not read; at most a thousand sources."""
    names = select(_SOURCE.c.source).where(_SOURCE.c.run == run, _SOURCE.c.status != "ok").order_by(_SOURCE.c.source)
    failed = list(connection.scalars(names.limit(MOST_TROUBLES)))
    rows = collected.sources_of(connection, run, failed)
    return [(name, one["target"] or "", one["reason"]) for name in failed for one in rows[name].result["failures"]]
