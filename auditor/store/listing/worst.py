"""Findings as they stand now, the worst first: by severity, then rule. They are walked along an index."""

import threading
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, and_, or_, select

from auditor.store import blobs
from auditor.store.listing.board import OPEN_STATUSES, Board, Targets
from auditor.store.runs import Kept
from auditor.store.sql import in_batches, one_of, table_of
from auditor.store.tables import FindingRow

ORDER = ("critical", "high", "medium", "low", "info")
FEW = 400  # rules that are named in the statement
SOME = 3000  # targets that are
_FIRST, _MOST = 200, 3200  # rows that are looked at together: twice as many each time
_FINDING = table_of(FindingRow)
_COLUMNS = tuple(
    _FINDING.c[name] for name in ("id", "series", "target", "rule", "subject", "status", "severity", "body", "first")
)
_one_looks = threading.Lock()
Place = tuple[int, int, int, int]  # severity, series, rule, number of the row
START: Place = (-1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted. `rules` None is all of them; `accepted` whether a waiver stands beside it, None either way.

    `waived_rules` are those that a waiver can stand beside.
    """

    among: Targets
    status: str = "fail"
    severity: str = ""
    rules: frozenset[str] | None = None
    accepted: bool | None = None
    waived_rules: frozenset[str] = frozenset()


class Found(NamedTuple):
    """A finding at its place."""

    place: Place
    kept: Kept


def worst(connection: Connection, whole: Board, wish: Wish, after: Place, limit: int) -> list[Found]:
    """Findings of targets that were read and are there, behind a place, at most `limit`."""
    among = whole.among_readable(wish.among)
    rules = _rules(whole, wish, among)
    if not among or (rules is not None and not rules):
        return []
    narrow: list[ColumnElement[bool]] = []
    if len(among) <= SOME:
        narrow.append(one_of(_FINDING.c.target, among))
    if rules is not None and len(rules) <= FEW:
        narrow.append(one_of(_FINDING.c.rule, rules))
    covered = frozenset[int]() if wish.accepted is None else _accepted(connection, whole, wish.waived_rules)
    if wish.accepted and wish.status == "fail":
        return _bodied(connection, whole, _of_accepted(connection, whole, wish, covered, rules, among, after, limit))
    found: list[tuple[Place, Any]] = []
    for rows in _walked(connection, whole, wish, rules, narrow, after):
        found += [
            (place, row)
            for place, row in rows
            if row.target in among
            and whole.lines[row.target].series == row.series
            and (rules is None or row.rule in rules)
            and (wish.accepted is None or (row.body in covered) == wish.accepted)
        ]
        if len(found) >= limit:
            break
    return _bodied(connection, whole, found[:limit])


def _rules(whole: Board, wish: Wish, among: Targets) -> frozenset[int] | None:
    """The numbers of rules that can be meant; None for all."""
    wanted = wish.rules
    if wish.accepted:
        wanted = wish.waived_rules if wanted is None else wanted & wish.waived_rules
    if wish.status == "fail" and len(among) < len(whole.readable):
        failing = {name for name, targets in whole.failing.items() if not targets.isdisjoint(among)}
        wanted = frozenset(failing if wanted is None else wanted & failing)
    if wanted is None:
        return None
    return frozenset(number for number, name in whole.rules.items() if name in wanted)


def _walked(
    connection: Connection,
    whole: Board,
    wish: Wish,
    rules: frozenset[int] | None,
    narrow: list[ColumnElement[bool]],
    after: Place,
) -> Iterator[list[tuple[Place, Any]]]:
    f = _FINDING.c
    for rank, severity in enumerate(ORDER):
        if rank < after[0] or (wish.severity and severity != wish.severity):
            continue
        for series in whole.series:
            here = (rank, series)
            if here < after[:2] or not _stands(whole, (series, wish.status, severity), rules):
                continue
            last, size = (after[2:] if here == after[:2] else (0, 0)), _FIRST
            while True:
                own = (f.series == series, f.status == wish.status, f.severity == severity, f.last.is_(None), *narrow)
                behind = or_(f.rule > last[0], and_(f.rule == last[0], f.id > last[1]))
                query = select(*_COLUMNS).where(*own, f.rule >= last[0], behind).order_by(f.rule, f.id).limit(size)
                rows = connection.execute(query).all()
                yield [((rank, series, row.rule, row.id), row) for row in rows if row.rule in whole.rules]
                if len(rows) < size:
                    break
                last, size = (rows[-1].rule, rows[-1].id), min(2 * size, _MOST)


def _stands(whole: Board, place: tuple[int, str, str], rules: frozenset[int] | None) -> bool:
    """Whether the board has such a finding, of one of the rules; of statuses that it does not count, it may be."""
    if place[1] not in OPEN_STATUSES:
        return True
    stand = whole.standing.get(place, frozenset())
    return bool(stand) if rules is None else not stand.isdisjoint(rules)


def _accepted(connection: Connection, whole: Board, names: frozenset[str]) -> frozenset[int]:
    """What was found, as numbers of blobs, where a waiver stands beside it: looked up once for a board."""
    with _one_looks:
        found: frozenset[int] | None = whole.remembered(("accepted", names))
        if found is not None:
            return found
        rules, f = {number for number, name in whole.rules.items() if name in names}, _FINDING.c
        bodies: set[int] = set()
        for series in whole.series:
            own = (f.series == series, f.status == "fail", f.last.is_(None), one_of(f.rule, rules))
            bodies |= set(connection.scalars(select(f.body).where(*own).distinct()))
        accepted: set[int] = set()
        for batch in in_batches(sorted(bodies)):
            contents = blobs.get_many(connection, batch)
            accepted |= {body for body, content in contents.items() if orjson.loads(content).get("waiver") is not None}
        return whole.remember(("accepted", names), frozenset(accepted))


def _of_accepted(
    connection: Connection,
    whole: Board,
    wish: Wish,
    covered: frozenset[int],
    rules: frozenset[int] | None,
    among: Targets,
    after: Place,
    limit: int,
) -> list[tuple[Place, Any]]:
    """Failures beside which a waiver stands, behind a place: few among many, so where they stand is remembered."""
    found: list[tuple[Place, Any]] = []
    places = _places(connection, whole, wish.waived_rules, covered)
    fits = (
        place
        for place, target in places[bisect_right(places, after, key=lambda one: one[0]) :]
        if target in among
        and (rules is None or place[2] in rules)
        and (not wish.severity or ORDER[place[0]] == wish.severity)
    )
    while len(found) < limit and (some := list(islice(fits, limit - len(found)))):
        own = (one_of(_FINDING.c.id, [place[3] for place in some]), _FINDING.c.last.is_(None))
        rows = {row.id: row for row in connection.execute(select(*_COLUMNS).where(*own))}
        found += [(place, rows[place[3]]) for place in some if place[3] in rows and rows[place[3]].body in covered]
    return found


def _places(
    connection: Connection, whole: Board, names: frozenset[str], covered: frozenset[int]
) -> list[tuple[Place, int]]:
    """Place and target of all of them, in order; looked up once for a board."""
    with _one_looks:
        kept: list[tuple[Place, int]] | None = whole.remembered(("places", names))
        if kept is not None:
            return kept
        f, ranks = _FINDING.c, {severity: rank for rank, severity in enumerate(ORDER)}
        found: list[tuple[Place, int]] = []
        columns = (f.id, f.series, f.target, f.rule, f.severity)
        for batch in in_batches(sorted(covered)):
            query = select(*columns).where(f.body.in_(batch), f.status == "fail", f.last.is_(None))
            found += [
                ((ranks[row.severity], row.series, row.rule, row.id), row.target)
                for row in connection.execute(query)
                if row.severity in ranks and row.rule in whole.rules and row.target in whole.lines
                if whole.lines[row.target].series == row.series
            ]
        return whole.remember(("places", names), sorted(found))


def _bodied(connection: Connection, whole: Board, found: Collection[tuple[Place, Any]]) -> list[Found]:
    contents = blobs.get_many(connection, {row.body for _, row in found})
    out = []
    for place, row in found:
        body = orjson.loads(contents[row.body])
        subject = body.get("subject", row.subject or None)
        name = whole.rules[row.rule]
        out.append(Found(place, Kept(row.target, name, subject, row.status, row.severity, body, row.first, None)))
    return out
