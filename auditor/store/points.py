"""Where a new moment stands in the history of a target."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from auditor.store.intervals import Point
from auditor.store.sql import in_batches, table_of
from auditor.store.tables import RunTarget, TargetRow

_SEEN, _TARGET = table_of(RunTarget), table_of(TargetRow)


class Placed(NamedTuple):
    """A point, with the digest of what was judged right before it; b"" when nothing was."""

    point: Point
    before: bytes


def place(connection: Connection, series: int, moments: Sequence[tuple[int, int]]) -> list[Placed]:
    """The place of each (target, moment) in the target's history. A moment that is taken becomes the next free one.

    One statement tells it for all whose moment is after every other: for nearly all, in nearly every run.
    """
    own = (_SEEN.c.series == series, _SEEN.c.target == _TARGET.c.id)
    judged = (*own, _SEEN.c.status == "collected")
    wanted = ((_SEEN.c.moment, own), (_SEEN.c.moment, judged), (_SEEN.c.digest, judged))
    columns = [
        select(column).where(*where).order_by(_SEEN.c.moment.desc()).limit(1).correlate(_TARGET).scalar_subquery()
        for column, where in wanted
    ]
    known = {}
    for batch in in_batches(target for target, _ in moments):
        for row in connection.execute(select(_TARGET.c.id, *columns).where(_TARGET.c.id.in_(batch))):
            known[row[0]] = row[1:]
    placed = []
    for target, moment in moments:
        latest, before, digest = known[target]
        if latest is None or moment > latest:
            placed.append(Placed(Point(series, target, moment, before, None), bytes(digest or b"")))
        else:
            placed.append(_in_the_past(connection, series, target, moment))
    return placed


def _in_the_past(connection: Connection, series: int, target: int, moment: int) -> Placed:
    own = (_SEEN.c.series == series, _SEEN.c.target == target)
    taken = select(_SEEN.c.moment).where(*own, _SEEN.c.moment >= moment).order_by(_SEEN.c.moment)
    for one in connection.scalars(taken):
        if one > moment:
            break
        moment = one + 1
    judged = select(_SEEN.c.moment, _SEEN.c.digest).where(*own, _SEEN.c.status == "collected").limit(1)
    before = connection.execute(judged.where(_SEEN.c.moment < moment).order_by(_SEEN.c.moment.desc())).first()
    after = connection.execute(judged.where(_SEEN.c.moment > moment).order_by(_SEEN.c.moment)).first()
    point = Point(series, target, moment, before.moment if before else None, after.moment if after else None)
    return Placed(point, bytes(before.digest) if before else b"")
