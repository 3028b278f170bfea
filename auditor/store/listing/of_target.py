"""What stood on one target at a moment, and what changed from look to look, without its evidence."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, or_, select

from auditor.store import blobs
from auditor.store.history import moment_of
from auditor.store.runs import Kept, Seen
from auditor.store.sql import table_of
from auditor.store.tables import DriftRow, FindingRow, RuleRow, RunRow, RunTarget

_FINDING, _DRIFT, _RULE = table_of(FindingRow), table_of(DriftRow), table_of(RuleRow)
_RUN, _SEEN = table_of(RunRow), table_of(RunTarget)
_UNREAD = ("unknown", "error")


class Stood(NamedTuple):
    """A finding; `body` is the blob with its evidence, `last` None while it is so."""

    rule: str
    subject: str
    status: str
    severity: str
    body: int
    first: int
    last: int | None


class Event(NamedTuple):
    """A change that a look brought: fails, mended, unknown, other, drifts, drift-ended. `name` is a rule or a path."""

    kind: str
    name: str
    part: str
    severity: str


def stood_at(connection: Connection, seen: Seen, rule: str = "") -> list[Stood]:
    """The findings of a target that was read, as it was seen, in no order; of one rule, or all."""
    f = _FINDING.c
    query = _stood().where(f.series == seen.series, f.target == seen.target, f.first <= seen.moment)
    query = query.where(or_(f.last.is_(None), f.last >= seen.moment))
    if rule:
        query = query.where(_RULE.c.rule == rule)
    return [Stood._make(row) for row in connection.execute(query)]


def ever(connection: Connection, series: int, target: int, rule: str = "") -> list[Stood]:
    """All that ever stood on a target in a series, by rule, subject and time; of one rule, or all."""
    f = _FINDING.c
    query = _stood().where(f.series == series, f.target == target).order_by(_RULE.c.rule, f.subject, f.first)
    if rule:
        query = query.where(_RULE.c.rule == rule)
    return [Stood._make(row) for row in connection.execute(query)]


def whole(connection: Connection, target: int, stood: Sequence[Stood]) -> list[Kept]:
    """The same with their evidence."""
    contents = blobs.get_many(connection, {one.body for one in stood})
    out = []
    for one in stood:
        body = orjson.loads(contents[one.body])
        subject = body.get("subject", one.subject or None)
        out.append(Kept(target, one.rule, subject, one.status, one.severity, body, one.first, one.last))
    return out


def observed(connection: Connection, stood: Sequence[Stood]) -> dict[int, list[Any]]:
    """[path, value] of each observation, by the blob that has it."""
    contents = blobs.get_many(connection, {one.body for one in stood})
    return {
        body: [[one["path"], one["actual"]] for one in orjson.loads(content)["observations"]]
        for body, content in contents.items()
    }


def last_reading(connection: Connection, target: int, at: datetime) -> Any:
    """(run_name, moment, failed) of the last look by `at` in which a target was read and judged; None without one."""
    query = select(_RUN.c.name.label("run_name"), _SEEN.c.moment, _SEEN.c.failed).join(_RUN, _SEEN.c.run == _RUN.c.id)
    query = query.where(_SEEN.c.target == target, _SEEN.c.unread.is_(None), _SEEN.c.moment <= moment_of(at))
    return connection.execute(query.order_by(_SEEN.c.moment.desc()).limit(1)).first()


def events(connection: Connection, series: int, target: int, looks: Sequence[int]) -> Mapping[int, list[Event]]:
    """What changed at each of the readings of a target but the first; `looks` are the moments of all, in order."""
    found: dict[int, list[Event]] = defaultdict(list)
    for moment, event in _finding_events(ever(connection, series, target), looks):
        found[moment].append(event)
    d = _DRIFT.c
    query = select(d.golden, d.path, d.change, d.first, d.last).where(d.series == series, d.target == target)
    rows = connection.execute(query.order_by(d.golden, d.path, d.change, d.first)).all()
    begun = {(row.golden, row.path, row.first) for row in rows}
    ended = {(row.golden, row.path, _next(looks, row.last)) for row in rows if row.last is not None}
    for golden, path, moment in sorted(begun - ended):
        if not looks or moment != looks[0]:
            found[moment].append(Event("drifts", path, golden, ""))
    for golden, path, after in sorted((g, p, m) for g, p, m in ended - begun if m is not None):
        found[after].append(Event("drift-ended", path, golden, ""))
    return found


def _finding_events(stood: Iterable[Stood], looks: Sequence[int]) -> Iterable[tuple[int, Event]]:
    before: Stood | None = None
    for one in stood:
        same = before is not None and (before.rule, before.subject) == (one.rule, one.subject)
        was = before.status if before is not None and same else ""
        before = one
        if one.status == was or (not was and looks and one.first == looks[0]):
            continue
        kind = {"fail": "fails", "unknown": "unknown", "error": "unknown"}.get(one.status, "other")
        if kind == "other" and (was == "fail" or was in _UNREAD):
            kind = "mended" if was == "fail" else "other"
        yield one.first, Event(kind, one.rule, one.subject, one.severity)


def _next(looks: Sequence[int], moment: int) -> int | None:
    place = bisect_right(looks, moment)
    return looks[place] if place < len(looks) else None


def _stood() -> Any:
    f = _FINDING.c
    columns = (_RULE.c.rule, f.subject, f.status, f.severity, f.body, f.first, f.last)
    return select(*columns).join(_RULE, f.rule == _RULE.c.id)
