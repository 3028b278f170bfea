"""A history as intervals: what was seen at a moment of a target is told from what was seen before and after it.

An interval runs from the first moment to the last at which the same was seen; one without a last moment is still so.
Moments may come in any order: an older capture that is judged later finds its place in between.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, or_, select, update

from auditor.store.blobs import put_many
from auditor.store.sql import in_batches, insert_many, table_of
from auditor.store.tables import Blob, DriftRow, FindingRow

Key = tuple[Any, ...]
Seen = Mapping[Key, Key]  # what was seen: values by key; the last value is the SHA-256 of its body
_BLOB = table_of(Blob)


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of intervals: which columns say what a row is about, and which, before its body, what was seen."""

    table: Table
    keys: tuple[str, ...]
    values: tuple[str, ...]


FINDINGS = Kind(table_of(FindingRow), ("rule", "subject"), ("status", "severity"))
DRIFT = Kind(table_of(DriftRow), ("golden", "path", "change"), ())


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of one target's history, and the judged moments right before and after it."""

    series: int
    target: int
    moment: int
    before: int | None
    after: int | None


class _Row(NamedTuple):
    """An interval as it stands."""

    id: int
    first: int
    last: int | None
    body: int
    key: Key
    values: Key  # the last one is the SHA-256 of the body


@dataclass(slots=True)
class _Changes:
    """Rows to be written: new bounds of those that stand, and new ones, with the id or the SHA-256 of their body."""

    bounds: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def bound(self, row: "_Row", **change: int | None) -> None:
        self.bounds.append({"row": row.id, "first": row.first, "last": row.last} | change)

    def add(self, kind: Kind, point: Point, entries: Iterable[Key], first: int, last: int | None) -> None:
        names = (*kind.keys, *kind.values, "body", "series", "target", "first", "last")
        rest = (point.series, point.target, first, last)
        self.rows += [dict(zip(names, (*entry, *rest), strict=True)) for entry in entries]


def record(
    connection: Connection, kind: Kind, points: Mapping[Point, Seen], contents: Mapping[bytes, bytes] | None = None
) -> int:
    """Make the histories say that exactly this was seen at each point; returns how many rows were written.

    `contents` has the bodies that may be new by their SHA-256. Points are of different targets, which the caller has
    locked, and new: nothing was recorded at their moments.
    """
    changes, standing = _Changes(), _standing(connection, kind, points)
    for point, seen in points.items():
        if point.after is None:
            _at_the_end(kind, point, seen, standing.get((point.series, point.target), ()), changes)
        else:
            _in_between(kind, point, seen, _read(connection, kind, _near(kind, point)), changes)
    table = kind.table
    if changes.bounds:
        bounds = update(table).where(table.c.id == bindparam("row"))
        connection.execute(bounds.values(first=bindparam("first"), last=bindparam("last")), changes.bounds)
    wanted = list(dict.fromkeys(row["body"] for row in changes.rows if isinstance(row["body"], bytes)))
    if wanted:
        idents = dict(zip(wanted, put_many(connection, [(contents or {})[sha] for sha in wanted]), strict=True))
        for row in changes.rows:
            row["body"] = idents.get(row["body"], row["body"])
    insert_many(connection, table, changes.rows)
    return len(changes.bounds) + len(changes.rows)


def _at_the_end(kind: Kind, point: Point, seen: Seen, rows: Iterable[_Row], changes: _Changes) -> None:
    rest = dict(seen)
    for row in rows:
        if rest.get(row.key) == row.values:
            del rest[row.key]
        else:
            changes.bound(row, last=point.before)
    changes.add(kind, point, [(*key, *values) for key, values in rest.items()], point.moment, None)


def _in_between(kind: Kind, point: Point, seen: Seen, rows: Iterable[_Row], changes: _Changes) -> None:
    rest = dict(seen)
    for row in rows:
        same = rest.get(row.key) == row.values
        around = point.before is not None and row.first <= point.before
        around = around and (row.last is None or row.last > point.moment)
        if same:
            del rest[row.key]
        if around and not same:
            changes.bound(row, last=point.before)
            changes.add(kind, point, [(*row.key, *row.values[:-1], row.body)], point.after or 0, row.last)
        elif same and not around:
            before = row.first < point.moment
            changes.bound(row, **({"last": point.moment} if before else {"first": point.moment}))
    changes.add(kind, point, [(*key, *values) for key, values in rest.items()], point.moment, point.moment)


def _standing(connection: Connection, kind: Kind, points: Iterable[Point]) -> dict[tuple[int, int], list[_Row]]:
    """The open intervals of the targets whose points are the latest, by series and target."""
    by_series: dict[int, list[int]] = {}
    for point in points:
        if point.after is None and point.before is not None:
            by_series.setdefault(point.series, []).append(point.target)
    found: dict[tuple[int, int], list[_Row]] = {}
    c = kind.table.c
    for series, targets in by_series.items():
        for batch in in_batches(targets):
            own = (c.series == series, c.target.in_(batch), c.last.is_(None))
            query = _rows(kind, c.target).where(*own)
            for target, *row in connection.execute(query).all():
                found.setdefault((series, target), []).append(_row(kind, row))
    return found


def _near(kind: Kind, point: Point) -> Select[Any]:
    """The intervals that touch the point, or its neighbours."""
    c = kind.table.c
    since = point.moment if point.before is None else point.before
    own = (c.series == point.series, c.target == point.target)
    return _rows(kind).where(*own, or_(c.last.is_(None), c.last >= since), c.first <= point.after)


def _rows(kind: Kind, *more: ColumnElement[Any]) -> Select[Any]:
    c = kind.table.c
    own = (c[name] for name in (*kind.keys, *kind.values))
    columns = (*more, c.id, c.first, c.last, c.body, *own, _BLOB.c.sha256)
    return select(*columns).select_from(kind.table.join(_BLOB, c.body == _BLOB.c.id))


def _read(connection: Connection, kind: Kind, query: Select[Any]) -> list[_Row]:
    return [_row(kind, row) for row in connection.execute(query)]


def _row(kind: Kind, row: Sequence[Any]) -> _Row:
    after = 4 + len(kind.keys)
    return _Row(row[0], row[1], row[2], row[3], tuple(row[4:after]), tuple(row[after:]))
