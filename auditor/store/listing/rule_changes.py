"""What the last runs changed about one rule."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from auditor.access import Reach
from auditor.store.listing.labels import within
from auditor.store.outlook.changes import FAILING, MENDED, UNKNOWN
from auditor.store.outlook_tables import RunChange
from auditor.store.sql import table_of
from auditor.store.tables import RunRow

LAST = 30  # runs
_RUN, _CHANGE = table_of(RunRow), table_of(RunChange)


class Turn(NamedTuple):
    """How many findings of a rule became so with a run, by its public id."""

    run: str
    at: datetime
    failing: int
    mended: int
    unknown: int


def turns(connection: Connection, rule: str, reach: Reach) -> list[Turn]:
    """The last runs that changed something about a rule on a target in reach, the newest first."""
    last = select(_RUN.c.id).where(_RUN.c.state == "done", _RUN.c.head.is_not(None)).order_by(_RUN.c.id.desc())
    runs = list(connection.scalars(last.limit(LAST)))
    query = select(_RUN.c.id, _RUN.c.name, _RUN.c.started_at, _CHANGE.c.kind, func.count().label("number"))
    query = query.select_from(_CHANGE.join(_RUN, _CHANGE.c.run == _RUN.c.id))
    query = query.where(_CHANGE.c.run.in_(runs), _CHANGE.c.kind.in_((FAILING, MENDED, UNKNOWN)))
    query = query.where(_CHANGE.c.name == rule, within(reach, _CHANGE.c.target))
    grouped = query.group_by(_RUN.c.id, _RUN.c.name, _RUN.c.started_at, _CHANGE.c.kind)
    about: dict[int, tuple[str, datetime]] = {}
    counts: dict[tuple[int, str], int] = {}
    for row in connection.execute(grouped):
        about[row.id] = row.name, row.started_at
        counts[row.id, row.kind] = row.number
    kinds = (FAILING, MENDED, UNKNOWN)
    return [Turn(*about[run], *(counts.get((run, kind), 0) for kind in kinds)) for run in sorted(about, reverse=True)]
