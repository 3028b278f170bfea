"""What is otherwise in one run than in an earlier one of the same series: told by intervals that hold one moment of a
target and not the other. Targets that one of the two did not read say nothing here: they are changes of coverage.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from auditor.access import Reach
from auditor.store import blobs
from auditor.store.listing.findings import Place
from auditor.store.listing.labels import within
from auditor.store.sql import table_of
from auditor.store.tables import DriftRow, FindingRow, RuleRow, RunTarget, TargetRow

_TARGET, _RULE = table_of(TargetRow), table_of(RuleRow)
_FINDING, _DRIFT = table_of(FindingRow), table_of(DriftRow)
_BEFORE, _AFTER = table_of(RunTarget).alias("earlier"), table_of(RunTarget).alias("later")
READ = "collected"


class Side(NamedTuple):
    """A finding or drift as it stands in one of the two runs."""

    status: str
    severity: str
    body: Mapping[str, Any]


class Changed(NamedTuple):
    """What changed, at its place; a side is None where there was none. `subject` of drift is its path."""

    place: Place
    target: Row[Any]
    rule: str
    subject: str | None
    before: Side | None
    after: Side | None

    @property
    def change(self) -> str:
        """new | ended | status | value."""
        if self.before is None or self.after is None:
            return "new" if self.before is None else "ended"
        return "status" if self.before.status != self.after.status else "value"


class Covered(NamedTuple):
    """A target that one of the runs read and the other did not, or that is in one of them only."""

    target: int
    name: str
    platform: str
    source: str
    before: str | None
    after: str | None
    reason: str


def findings(
    connection: Connection, since: Row[Any], until: Row[Any], reach: Reach, after: Place, limit: int
) -> tuple[list[Changed], bool]:
    """Findings that changed behind a place, at most `limit`; and whether there are more."""
    f, place = _FINDING.c, (after[0], after[1], after[2])
    then, now = _holds(f, _BEFORE), _holds(f, _AFTER)
    query = _both(since, until, reach, _FINDING, then, now).join(_RULE, _RULE.c.id == f.rule)
    query = query.add_columns(f.rule, f.subject, f.status, f.severity, f.body, _RULE.c.rule.label("named"))
    later = and_(f.rule == place[1], f.subject > place[2])
    behind = or_(_TARGET.c.id > place[0], and_(_TARGET.c.id == place[0], or_(f.rule > place[1], later)))
    query = query.where(_TARGET.c.id >= place[0], behind).order_by(_TARGET.c.id, f.rule, f.subject)
    rows = connection.execute(query.limit(2 * (limit + 1))).all()  # two of each at most
    bodies = _bodies(connection, rows)
    found = [_paired(list(group), bodies) for _, group in groupby(rows, lambda row: (row.id, row.rule, row.subject))]
    return found[:limit], len(found) > limit


def drifts(
    connection: Connection, since: Row[Any], until: Row[Any], reach: Reach, after: Place, limit: int
) -> tuple[list[Changed], bool]:
    """The same of drift; each difference that is new or has ended stands by itself."""
    d = _DRIFT.c
    query = _both(since, until, reach, _DRIFT, _holds(d, _BEFORE), _holds(d, _AFTER))
    query = query.add_columns(d.id.label("number"), d.golden, d.change, d.body)
    query = query.where(_TARGET.c.id >= after[0], or_(_TARGET.c.id > after[0], d.id > after[1]))
    rows = connection.execute(query.order_by(_TARGET.c.id, d.id).limit(limit + 1)).all()
    bodies = _bodies(connection, rows)
    found = []
    for row in rows:
        side = Side(row.change, "", bodies[row.body])
        sides = (side, None) if row.then else (None, side)
        found.append(Changed((row.id, row.number, ""), row, row.golden, side.body["path"], *sides))
    return found[:limit], len(found) > limit


def coverage(connection: Connection, since: Row[Any], until: Row[Any], reach: Reach, limit: int) -> list[Covered]:
    """Targets whose status differs, by number, at most `limit`."""
    joined = _TARGET.outerjoin(_BEFORE, and_(_BEFORE.c.run == since.id, _BEFORE.c.target == _TARGET.c.id))
    joined = joined.outerjoin(_AFTER, and_(_AFTER.c.run == until.id, _AFTER.c.target == _TARGET.c.id))
    told = (_BEFORE.c.status, _AFTER.c.status.label("now"), _AFTER.c.reason)
    query = select(_TARGET.c.id, _TARGET.c.name, _TARGET.c.platform, _TARGET.c.source, *told).select_from(joined)
    differs = func.coalesce(_BEFORE.c.status, "") != func.coalesce(_AFTER.c.status, "")
    rows = connection.execute(query.where(differs, within(reach, _TARGET.c.id)).order_by(_TARGET.c.id).limit(limit))
    return [Covered(row.id, row.name, row.platform, row.source, row.status, row.now, row.reason or "") for row in rows]


def _both(
    since: Row[Any], until: Row[Any], reach: Reach, table: Any, then: ColumnElement[bool], now: ColumnElement[bool]
) -> Select[Any]:
    """Rows of a table that hold one of the two moments of a target that both runs read."""
    joined = _TARGET.join(_BEFORE, _BEFORE.c.target == _TARGET.c.id).join(_AFTER, _AFTER.c.target == _TARGET.c.id)
    joined = joined.join(table, table.c.target == _TARGET.c.id)
    named = (_TARGET.c.id, _TARGET.c.name, _TARGET.c.platform, _TARGET.c.source, then.label("then"))
    query = select(*named).select_from(joined).where(_BEFORE.c.run == since.id, _AFTER.c.run == until.id)
    query = query.where(_BEFORE.c.status == READ, _AFTER.c.status == READ, table.c.series == until.series)
    return query.where(or_(and_(then, ~now), and_(~then, now)), within(reach, _TARGET.c.id))


def _holds(column: Any, seen: Any) -> ColumnElement[bool]:
    return and_(column.first <= seen.c.moment, or_(column.last.is_(None), column.last >= seen.c.moment))


def _bodies(connection: Connection, rows: Sequence[Row[Any]]) -> dict[int, Any]:
    contents = blobs.get_many(connection, {row.body for row in rows})
    return {ident: orjson.loads(content) for ident, content in contents.items()}


def _paired(rows: Sequence[Row[Any]], bodies: Mapping[int, Any]) -> Changed:
    sides = {bool(row.then): Side(row.status, row.severity, bodies[row.body]) for row in rows}
    row, last = rows[0], bodies[rows[-1].body]
    place = (row.id, row.rule, row.subject)
    subject = last.get("subject", row.subject or None)
    return Changed(place, row, row.named, subject, sides.get(True), sides.get(False))


def values_of(side: Side | None) -> Iterator[dict[str, Any]]:
    """What was seen: paths with their values."""
    for one in side.body["observations"] if side is not None else ():
        yield {"path": one["path"], "actual": one["actual"]}
