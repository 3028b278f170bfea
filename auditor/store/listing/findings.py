"""Findings and drift of looks at targets, a page at a time: those of targets that were not read are among them.

Verdicts of targets that were read stand in tables, those of the others in the blob of their look. A look is one or the
other, so the two are walked beside each other by the number of the target. A place in the list is
(target, number, text): rule and subject of a finding, or how many of its target came before it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from auditor.store import blobs
from auditor.store.listing.looks import Look, Only, looks, windows
from auditor.store.sql import one_of, table_of
from auditor.store.tables import DriftRow, FindingRow, RuleRow, RunTarget, TargetRow

Place = tuple[int, int, str]
START: Place = (0, -1, "")
_NOTHING = b'""'
UNREAD_STATUS = frozenset({"unknown", "notchecked"})  # all that is ever said of a target that was not read
_SEEN, _TARGET, _RULE = table_of(RunTarget), table_of(TargetRow), table_of(RuleRow)
_FINDING, _DRIFT = table_of(FindingRow), table_of(DriftRow)
_SOME, _MANY = 20, 640  # unread targets whose blobs are looked at together: twice as many each time


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of findings; empty means all."""

    only: Only = field(default_factory=Only)
    status: frozenset[str] = frozenset()
    severity: frozenset[str] = frozenset()
    rule: str = ""


class Listed(NamedTuple):
    """A finding or drift at its place. `first` and `last` are moments; None of a target that was not read."""

    place: Place
    run: int
    rule: str
    subject: str | None
    status: str
    severity: str
    body: Mapping[str, Any]
    first: int | None
    last: int | None


def findings(connection: Connection, look: Look, wanted: Wanted, after: Place, limit: int) -> list[Listed]:
    """Findings behind a place, at most `limit`."""
    found: list[Listed] = []
    for part in windows(connection, look, wanted.only, after[0] - 1, *_may_have(connection, look, wanted)):
        found += _findings(connection, look, replace(wanted, only=part), after, limit - len(found))
        if len(found) >= limit:
            break
    return found


def drifts(connection: Connection, look: Look, only: Only, after: Place, limit: int) -> list[Listed]:
    """Drift behind a place, at most `limit`: `rule` is the golden profile, `subject` the path, `status` the change."""
    found: list[Listed] = []
    for part in windows(connection, look, only, after[0] - 1):
        found += _drifts(connection, look, part, after, limit - len(found))
        if len(found) >= limit:
            break
    return found


def _may_have(connection: Connection, look: Look, wanted: Wanted) -> list[ColumnElement[bool]]:
    """That a target ever had a finding of the rule, or was not read once: few have it, where many have findings."""
    if not wanted.rule or look.series is None:
        return []
    number = connection.scalar(select(_RULE.c.id).where(_RULE.c.rule == wanted.rule))
    f = _FINDING.c
    had = exists().where(f.series == look.series, f.target == _TARGET.c.id, f.rule == number)
    if wanted.status and not wanted.status & UNREAD_STATUS:
        return [had]
    unread = _SEEN.c.unread.is_not(None)
    return [or_(had, exists().where(_SEEN.c.series == look.series, _SEEN.c.target == _TARGET.c.id, unread))]


def _findings(connection: Connection, look: Look, wanted: Wanted, after: Place, limit: int) -> list[Listed]:
    def unread(entry: Mapping[str, Any]) -> Iterator[tuple[str, str | None, str, str, Mapping[str, Any]]]:
        for one in sorted(entry["findings"], key=lambda one: (one["rule"], one["subject"] or "")):
            yield one["rule"], one["subject"], one["status"], one["severity"], one["body"]

    def fits(one: Listed) -> bool:
        return (
            (not wanted.status or one.status in wanted.status)
            and (not wanted.severity or one.severity in wanted.severity)
            and (not wanted.rule or one.rule == wanted.rule)
        )

    read = _read_findings(connection, look, wanted, after, limit)
    if wanted.status and not wanted.status & UNREAD_STATUS:
        return read
    end = read[-1].place[0] if len(read) == limit else None
    others = filter(fits, _unread(connection, look, wanted.only, after, end, unread, orjson.dumps(wanted.rule)))
    return list(islice(merge(read, others, key=lambda one: one.place), limit))


def _drifts(connection: Connection, look: Look, only: Only, after: Place, limit: int) -> list[Listed]:
    def unread(entry: Mapping[str, Any]) -> Iterator[tuple[str, str | None, str, str, Mapping[str, Any]]]:
        for one in entry["drift"]:
            yield one["golden"], one["path"], one["change"], "", one

    d = _DRIFT.c
    joined = looks(look, only).add_columns(_DRIFT).join(_DRIFT, d.target == _SEEN.c.target)
    query = joined.where(d.series == _SEEN.c.series, _SEEN.c.unread.is_(None), d.first <= _SEEN.c.moment)
    query = query.where(or_(d.last.is_(None), d.last >= _SEEN.c.moment), d.target >= after[0])
    query = query.where(or_(d.target > after[0], d.id > after[1])).order_by(d.target, d.id).limit(limit)
    rows = connection.execute(query).all()
    contents = blobs.get_many(connection, {row.body for row in rows})
    read = [
        Listed(
            (row.target, row.id, ""),
            row.run,
            row.golden,
            (body := orjson.loads(contents[row.body]))["path"],
            row.change,
            "",
            body,
            row.first,
            row.last,
        )
        for row in rows
    ]
    end = read[-1].place[0] if len(read) == limit else None
    others = _unread(connection, look, only, after, end, unread)
    return list(islice(merge(read, others, key=lambda one: one.place), limit))


def _read_findings(connection: Connection, look: Look, wanted: Wanted, after: Place, limit: int) -> list[Listed]:
    f = _FINDING.c
    columns = (f.rule, f.subject, f.status, f.severity, f.body, f.first, f.last)
    query = looks(look, wanted.only).add_columns(*columns).join(_FINDING, f.target == _SEEN.c.target)
    query = query.where(f.series == _SEEN.c.series, _SEEN.c.unread.is_(None))
    query = query.where(f.first <= _SEEN.c.moment, or_(f.last.is_(None), f.last >= _SEEN.c.moment), *_behind(after))
    if wanted.status:
        query = query.where(f.status.in_(sorted(wanted.status)))
    if wanted.severity:
        query = query.where(f.severity.in_(sorted(wanted.severity)))
    if wanted.rule:
        query = query.where(f.rule == select(_RULE.c.id).where(_RULE.c.rule == wanted.rule).scalar_subquery())
    rows = connection.execute(query.order_by(f.target, f.rule, f.subject).limit(limit)).all()
    contents = blobs.get_many(connection, {row.body for row in rows})
    named = _names(connection, {row.rule for row in rows})
    found = []
    for row in rows:
        body = orjson.loads(contents[row.body])
        subject = body.get("subject", row.subject or None)
        place = (row.target, row.rule, row.subject)
        rule, kind = named[row.rule], (row.status, row.severity)
        found.append(Listed(place, row.run, rule, subject, *kind, body, row.first, row.last))
    return found


def _names(connection: Connection, rules: Collection[int]) -> dict[int, str]:
    """Of rules by number: joined to the findings, PostgreSQL walked all rules for each of them."""
    query = select(_RULE.c.id, _RULE.c.rule).where(one_of(_RULE.c.id, rules))
    return {row.id: row.rule for row in connection.execute(query)} if rules else {}


def _behind(after: Place) -> tuple[ColumnElement[bool], ...]:
    target, rule, subject = after
    f = _FINDING.c
    later = or_(
        f.target > target,
        and_(f.target == target, or_(f.rule > rule, and_(f.rule == rule, f.subject > subject))),
    )
    return f.target >= target, later


def _unread(
    connection: Connection,
    look: Look,
    only: Only,
    after: Place,
    end: int | None,
    told: Callable[[Mapping[str, Any]], Iterator[tuple[str, str | None, str, str, Mapping[str, Any]]]],
    named: bytes = _NOTHING,
) -> Iterator[Listed]:
    """What is said of targets that were not read, up to the target `end`; little more is loaded than is taken.

    `named`: a text as JSON that what is wanted has; entries without it are not unpacked.
    """
    start, size = after[0] - 1, _SOME if only.among is None else len(only.among)
    while True:
        query = looks(look, only).add_columns(_SEEN.c.unread).where(_SEEN.c.unread.is_not(None), _SEEN.c.target > start)
        if end is not None:
            query = query.where(_SEEN.c.target <= end)
        rows = connection.execute(query.order_by(_SEEN.c.target).limit(size)).all()
        contents = blobs.get_many(connection, {row.unread for row in rows})
        for row in rows:
            if named != _NOTHING and named not in contents[row.unread]:
                continue
            for number, (rule, subject, status, severity, body) in enumerate(told(orjson.loads(contents[row.unread]))):
                place = (row.target, number, "")
                if place[:2] > after[:2]:
                    yield Listed(place, row.run, rule, subject, status, severity, body, None, None)
        if len(rows) < size:
            return
        start, size = rows[-1].target, min(2 * size, _MANY)
