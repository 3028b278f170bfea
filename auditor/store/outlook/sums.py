"""Sums over one run within reach: its targets, and its rules on those that were read (the worst subject counts)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, case, func, or_, select

from auditor.access import Reach
from auditor.store import blobs
from auditor.store.listing.labels import within
from auditor.store.sql import in_batches, table_of
from auditor.store.tables import DriftRow, FindingRow, RuleRow, RunTarget, TargetRow

RANKED = ("fail", "unknown", "error", "pass", "notapplicable", "notchecked")  # worst first, as `reporting.words`
SEVERITIES = ("critical", "high", "medium", "low", "info")
MOST_REASONS = 20_000  # results that could not be judged whose reasons are looked at
_SEEN, _TARGET, _RULE = table_of(RunTarget), table_of(TargetRow), table_of(RuleRow)
_FINDING, _DRIFT = table_of(FindingRow), table_of(DriftRow)


class ByPlatform(NamedTuple):
    """How many targets of a platform came out how (collected, stale, unreachable)."""

    platform: str
    status: str
    targets: int


class ByRule(NamedTuple):
    """On how many targets that were read a rule, at its severity, came out how."""

    rule: str
    severity: str
    status: str
    targets: int


class Unread(NamedTuple):
    """Why targets were not read: how many, and how many checks are unknown for it."""

    reason: str
    targets: int
    checks: int


class Unjudged(NamedTuple):
    """A result that could not be judged though its target was read."""

    target: int
    rule: str
    reason: str


def platforms(connection: Connection, run: int, reach: Reach) -> list[ByPlatform]:
    """Coverage by platform."""
    columns = (_TARGET.c.platform, _SEEN.c.status)
    query = select(*columns, func.count()).join(_TARGET, _TARGET.c.id == _SEEN.c.target).where(_SEEN.c.run == run)
    query = query.where(within(reach, _SEEN.c.target)).group_by(*columns).order_by(*columns)
    return [ByPlatform(*row) for row in connection.execute(query)]


def rules(connection: Connection, run: int, reach: Reach) -> list[ByRule]:
    """Results (rule x target) of the targets that were read. One pass over the run's findings: not for every view."""
    f = _FINDING.c
    rank = func.min(case({one: place for place, one in enumerate(RANKED)}, value=f.status, else_=1)).label("rank")
    severity = func.min(case({one: place for place, one in enumerate(SEVERITIES)}, value=f.severity, else_=4))
    each = _standing(select(f.rule, rank, severity.label("severity")), run, reach).group_by(f.target, f.rule).subquery()
    columns = (_RULE.c.rule, each.c.severity, each.c.rank)
    query = select(*columns, func.count()).join(_RULE, _RULE.c.id == each.c.rule).group_by(*columns)
    return [
        ByRule(name, SEVERITIES[weight], RANKED[place], int(count))
        for name, weight, place, count in connection.execute(query)
    ]


def unread(connection: Connection, run: int, reach: Reach, limit: int) -> list[Unread]:
    """Reasons for which targets were not read, those of the most targets first."""
    many = func.count().label("many")
    query = select(_SEEN.c.reason, many, func.coalesce(func.sum(_SEEN.c.unknown), 0))
    query = query.where(_SEEN.c.run == run, _SEEN.c.unread.is_not(None), within(reach, _SEEN.c.target))
    query = query.group_by(_SEEN.c.reason).order_by(many.desc(), _SEEN.c.reason).limit(limit)
    return [Unread(reason, int(count), int(checks)) for reason, count, checks in connection.execute(query)]


def unread_in_all(connection: Connection, run: int, reach: Reach) -> Unread:
    """All of them together."""
    query = select(func.count(), func.coalesce(func.sum(_SEEN.c.unknown), 0))
    query = query.where(_SEEN.c.run == run, _SEEN.c.unread.is_not(None), within(reach, _SEEN.c.target))
    count, checks = connection.execute(query).one()
    return Unread("", int(count), int(checks))


def unjudged(connection: Connection, run: int, reach: Reach) -> list[Unjudged]:
    """What could not be judged of targets that were read, with the reasons; of very many the first."""
    f = _FINDING.c
    query = _standing(select(f.target, _RULE.c.rule, f.body), run, reach).join(_RULE, _RULE.c.id == f.rule)
    rows = connection.execute(query.where(f.status.in_(("unknown", "error"))).limit(MOST_REASONS)).all()
    reasons = {number: one.get("reason") or "" for number, one in _bodies(connection, [row.body for row in rows])}
    return [Unjudged(row.target, row.rule, reasons[row.body]) for row in rows]


def waived(connection: Connection, run: int, reach: Reach) -> dict[str, int]:
    """On how many targets each rule fails with a waiver beside every failing subject."""
    f = _FINDING.c
    query = _standing(select(f.target, _RULE.c.rule, f.body), run, reach).join(_RULE, _RULE.c.id == f.rule)
    rows = connection.execute(query.where(f.status == "fail", _SEEN.c.waived > 0)).all()
    covered = {number for number, one in _bodies(connection, [row.body for row in rows]) if one.get("waiver")}
    all_waived: dict[tuple[int, str], bool] = {}
    for row in rows:
        key = row.target, row.rule
        all_waived[key] = all_waived.get(key, True) and row.body in covered
    found: dict[str, int] = {}
    for (_, rule), yes in all_waived.items():
        if yes:
            found[rule] = found.get(rule, 0) + 1
    return found


def drift(connection: Connection, run: int, reach: Reach) -> tuple[int, int]:
    """(differences from golden profiles, on how many targets), of the targets that were read."""
    d = _DRIFT.c
    joined = _SEEN.join(_DRIFT, (d.series == _SEEN.c.series) & (d.target == _SEEN.c.target))
    query = select(func.count(), func.count(d.target.distinct())).select_from(joined).where(d.change != "unknown")
    query = query.where(*_own(run, reach), d.first <= _SEEN.c.moment, or_(d.last.is_(None), d.last >= _SEEN.c.moment))
    many, targets = connection.execute(query).one()
    return int(many), int(targets)


def _standing(query: Any, run: int, reach: Reach) -> Any:
    """Over the findings of the run's targets that were read."""
    f = _FINDING.c
    joined = _SEEN.join(_FINDING, (f.series == _SEEN.c.series) & (f.target == _SEEN.c.target))
    stood = (f.first <= _SEEN.c.moment, or_(f.last.is_(None), f.last >= _SEEN.c.moment))
    return query.select_from(joined).where(*_own(run, reach), *stood)


def _own(run: int, reach: Reach) -> tuple[Any, ...]:
    return _SEEN.c.run == run, _SEEN.c.unread.is_(None), within(reach, _SEEN.c.target)


def _bodies(connection: Connection, numbers: Sequence[int]) -> list[tuple[int, Any]]:
    found = []
    for batch in in_batches(sorted(set(numbers))):
        found += [(number, orjson.loads(one)) for number, one in blobs.get_many(connection, set(batch)).items()]
    return found
