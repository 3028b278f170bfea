"""What changed with a run: each target against the last time it was read before, in the same series.

The ends and beginnings of intervals say it. They are put side by side once, when the run has been judged, and kept in a
table of their own, so that lists and counts cost what they show.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Select, delete, func, select

from auditor.access import Reach
from auditor.store import blobs
from auditor.store.listing.labels import within
from auditor.store.outlook import kept
from auditor.store.outlook.kept import CHANGES
from auditor.store.outlook_tables import RunChange
from auditor.store.sql import in_batches, insert_many, table_of
from auditor.store.tables import DriftRow, FindingRow, RuleRow, RunRow, RunTarget, TargetRow

FAILING, MENDED, UNKNOWN, ENDED = "newly-failing", "mended", "newly-unknown", "ended"
DRIFTING, DRIFT_ENDED = "drift-new", "drift-ended"
UNREAD, READ, NEW = "not-read", "read-again", "new-target"
KINDS = (FAILING, UNKNOWN, MENDED, ENDED, DRIFTING, DRIFT_ENDED, UNREAD, READ, NEW)
_OPEN = frozenset({"unknown", "error"})
_WORST = ("critical", "high", "medium", "low", "info", "")
_TABLE, _RUN, _TARGET = table_of(RunChange), table_of(RunRow), table_of(TargetRow)
_SEEN, _FINDING, _DRIFT, _RULE = table_of(RunTarget), table_of(FindingRow), table_of(DriftRow), table_of(RuleRow)


class Change(NamedTuple):
    """A change of a target: `name` is a rule or golden profile, `part` its subject or path; "" where it has none."""

    kind: str
    target: int
    name: str = ""
    part: str = ""
    severity: str = ""
    waived: bool = False


class Listed(NamedTuple):
    """A change as it stands in a list."""

    place: int
    target: int
    shown: str
    platform: str
    name: str
    part: str
    severity: str
    waived: bool


def found_in(connection: Connection, run: Any) -> list[Change]:
    """Every change of a judged run (its row), the worst first."""
    own = _read_before(run.id)
    found = [*_findings(connection, own, run), *_drift(connection, own), *_targets(connection, run)]
    order = {kind: place for place, kind in enumerate(KINDS)}
    return sorted(found, key=lambda x: (order[x.kind], _WORST.index(x.severity), x.name, x.target, x.part))


def keep(connection: Connection, run: int, found: Sequence[Change], reach: Reach) -> None:
    """Keep what was found in a run: done twice, it stands once. `reach` is everything."""
    connection.execute(delete(_TABLE).where(_TABLE.c.run == run))
    rows = [{"run": run, "place": place, **one._asdict()} for place, one in enumerate(found, 1)]
    for batch in in_batches(rows):
        insert_many(connection, _TABLE, batch)
    kept.put(connection, CHANGES, {run: {}}, reach)


def counts(connection: Connection, run: int, reach: Reach) -> dict[str, int]:
    """How many of each kind within reach; waived failures apart, as `waived`."""
    query = select(_TABLE.c.kind, _TABLE.c.waived, func.count()).where(_TABLE.c.run == run)
    found = dict.fromkeys((*KINDS, "waived"), 0)
    for kind, waived, count in connection.execute(
        query.where(within(reach, _TABLE.c.target)).group_by(_TABLE.c.kind, _TABLE.c.waived)
    ):
        found["waived" if waived else kind] += int(count)
    return found


def listed(connection: Connection, run: int, kind: str, reach: Reach, after: int, limit: int) -> list[Listed]:
    """Changes of a kind behind a place, within reach."""
    columns = (_TABLE.c.place, _TABLE.c.target, _SEEN.c.shown, _TARGET.c.platform)
    rest = (_TABLE.c.name, _TABLE.c.part, _TABLE.c.severity, _TABLE.c.waived)
    joined = _TABLE.join(_TARGET, _TARGET.c.id == _TABLE.c.target)
    joined = joined.join(_SEEN, (_SEEN.c.run == _TABLE.c.run) & (_SEEN.c.target == _TABLE.c.target))
    query = select(*columns, *rest).select_from(joined).where(_TABLE.c.run == run, _TABLE.c.kind == kind)
    query = query.where(_TABLE.c.place > after, within(reach, _TABLE.c.target))
    return [Listed(*row) for row in connection.execute(query.order_by(_TABLE.c.place).limit(limit))]


def _read_before(run: int) -> Any:
    """The targets that a run has read, each with the moment at which it was read before (empty the first time)."""
    earlier = _SEEN.alias()
    before = (
        select(func.max(earlier.c.moment))
        .where(earlier.c.series == _SEEN.c.series, earlier.c.target == _SEEN.c.target)
        .where(earlier.c.status == "collected", earlier.c.moment < _SEEN.c.moment)
        .correlate(_SEEN)
        .scalar_subquery()
    )
    columns = (_SEEN.c.series, _SEEN.c.target, _SEEN.c.moment, before.label("before"))
    return select(*columns).where(_SEEN.c.run == run, _SEEN.c.status == "collected").cte("own")


def _turns(connection: Connection, own: Any, table: Any, *columns: Any) -> tuple[Sequence[Any], Sequence[Any]]:
    """Intervals that ended when a target was read before, and those that began when it was read in the run."""

    def joined(moment: Any) -> Select[Any]:
        same = (table.c.series == own.c.series) & (table.c.target == own.c.target)
        return select(*columns).select_from(own.join(table, same & moment)).where(own.c.before.is_not(None))

    ended = connection.execute(joined(table.c.last == own.c.before)).all()
    return ended, connection.execute(joined(table.c.first == own.c.moment)).all()


def _findings(connection: Connection, own: Any, run: Any) -> Iterator[Change]:
    f = _FINDING.c
    ended, begun = _turns(connection, own, _FINDING, f.target, f.rule, f.subject, f.status, f.severity, f.body)
    before = {(row.target, row.rule, row.subject): row for row in ended}
    now = {(row.target, row.rule, row.subject): row for row in begun}
    names = _rule_names(connection, {rule for _, rule, _ in (*before, *now)})
    waived = _waived(connection, [row.body for row in begun if row.status == "fail"]) if run.waived else frozenset()
    for key in before.keys() | now.keys():
        was, is_ = before.get(key), now.get(key)
        kind = _turned(was.status if was else None, is_.status if is_ else None)
        if kind:
            severity = is_.severity if is_ else was.severity if was else ""
            covered = bool(kind == FAILING and is_ and is_.body in waived)
            yield Change(kind, key[0], names[key[1]], key[2], severity, covered)


def _turned(was: str | None, now: str | None) -> str:
    """The kind of a change of status, "" for one that nobody asks about."""
    if now == "fail":
        return FAILING if was != "fail" else ""
    if now in _OPEN:
        return UNKNOWN if was not in _OPEN else ""
    if was == "fail":
        return MENDED if now == "pass" else ENDED
    return ""


def _drift(connection: Connection, own: Any) -> Iterator[Change]:
    d = _DRIFT.c
    ended, begun = _turns(connection, own, _DRIFT, d.target, d.golden, d.path, d.change)
    before = {(row.target, row.golden, row.path): row.change for row in ended}
    now = {(row.target, row.golden, row.path): row.change for row in begun}
    for key, change in now.items():
        if change != "unknown" and before.get(key, "unknown") == "unknown":
            yield Change(DRIFTING, *key)
    for key, change in before.items():
        if change != "unknown" and key not in now:
            yield Change(DRIFT_ENDED, *key)


def _targets(connection: Connection, run: Any) -> Iterator[Change]:
    """Targets that are not read any more, or again, or for the first time in a series that had runs before."""
    first = select(func.min(_RUN.c.id)).where(_RUN.c.series == run.series, _RUN.c.head.is_not(None))
    if connection.scalar(first) in (None, run.id):
        return
    earlier = _SEEN.alias()
    before = (
        select(earlier.c.status)
        .where(earlier.c.series == _SEEN.c.series, earlier.c.target == _SEEN.c.target)
        .where(earlier.c.moment < _SEEN.c.moment)
        .order_by(earlier.c.moment.desc())
        .limit(1)
        .correlate(_SEEN)
        .scalar_subquery()
    )
    query = select(_SEEN.c.target, _SEEN.c.status, before.label("before")).where(_SEEN.c.run == run.id)
    for target, status, was in connection.execute(query):
        if was is None:
            yield Change(NEW, target)
        elif (was == "collected") != (status == "collected"):
            yield Change(READ if status == "collected" else UNREAD, target)


def _rule_names(connection: Connection, numbers: set[int]) -> Mapping[int, str]:
    names: dict[int, str] = {}
    for batch in in_batches(sorted(numbers)):
        query = select(_RULE.c.id, _RULE.c.rule).where(_RULE.c.id.in_(batch))
        names.update((row.id, row.rule) for row in connection.execute(query))
    return names


def _waived(connection: Connection, bodies: Sequence[int]) -> frozenset[int]:
    found: set[int] = set()
    for batch in in_batches(sorted(set(bodies))):
        for number, content in blobs.get_many(connection, set(batch)).items():
            if orjson.loads(content).get("waiver"):
                found.add(number)
    return frozenset(found)
