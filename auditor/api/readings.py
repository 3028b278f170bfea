"""Stored readings of targets, for routes that compare them or make something of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from auditor.access import Reach
from auditor.api.problems import ProblemError
from auditor.api.routes.common import missing
from auditor.domain import Snapshot
from auditor.store.history import time_of
from auditor.store.listing import looks
from auditor.store.listing.named import numbers_within
from auditor.store.snapshots import as_snapshot, get_snapshots, with_facts


def reading(connection: Connection, number: int, at: datetime) -> Snapshot:
    """The last reading of a target by then, under its own name. Raises ProblemError."""
    found = looks.moments(connection, number, at, 1, read=True)
    if not found:
        raise ProblemError(404, "not-seen", f"the target {number} had not been read by then")
    row = found[0]
    if not with_facts(connection, [row.snapshot]):
        raise ProblemError(404, "facts-gone", f"the facts of the target {number} of that time are not kept any more")
    (seen,) = looks.seen_at(connection, [(row.run, row.target)])
    data = get_snapshots(connection, [row.snapshot])[row.snapshot]
    return as_snapshot(data, seen.name, seen.platform, seen.source, time_of(row.moment))


def readings(connection: Connection, numbers: Sequence[int], reach: Reach, at: datetime) -> list[Snapshot]:
    """The same of several, all of which must lie in reach. Raises ProblemError."""
    wanted = list(dict.fromkeys(numbers))
    if numbers_within(connection, reach, wanted) != set(wanted):
        raise missing("target")
    return [reading(connection, number, at) for number in wanted]
