"""A history as intervals: what was seen at a moment of a target is told from what was seen before and after it.

An interval runs from the first moment to the last at which the same was seen; one without a last moment is still so.
Moments may come in any order: an older capture that is judged later finds its place in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, insert, or_, select, update

from auditor.store.sql import in_batches, table_of
from auditor.store.tables import DriftRow, FindingRow

Key = tuple[Any, ...]
Seen = Mapping[Key, Key]  # what was seen: values by key


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of intervals: which columns say what a row is about, and which what was seen."""

    table: Table
    keys: tuple[str, ...]
    values: tuple[str, ...]


FINDINGS = Kind(table_of(FindingRow), ("rule", "subject"), ("status", "severity", "body"))
DRIFT = Kind(table_of(DriftRow), ("golden", "path", "change"), ("body",))


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of one target's history, and the judged moments right before and after it."""

    series: int
    target: int
    moment: int
    before: int | None
    after: int | None


def record(connection: Connection, kind: Kind, point: Point, seen: Seen) -> int:
    """Make the history say that exactly `seen` was so at the point; returns how many rows were written.

    The caller holds the target's lock. The point is new: nothing was recorded at its moment.
    """
    if point.after is None:
        return _at_the_end(connection, kind, point, seen)
    return _in_between(connection, kind, point, seen)


def _at_the_end(connection: Connection, kind: Kind, point: Point, seen: Seen) -> int:
    table, rest = kind.table, dict(seen)
    ended = []
    for row in connection.execute(_of_target(kind, point).where(table.c.last.is_(None))):
        key, values = _split(kind, row)
        if rest.get(key) == values:
            del rest[key]
        else:
            ended.append(row.id)
    for batch in in_batches(ended):
        connection.execute(update(table).where(table.c.id.in_(batch)).values(last=point.before))
    _insert(connection, kind, point, rest, last=None)
    return len(ended) + len(rest)


def _in_between(connection: Connection, kind: Kind, point: Point, seen: Seen) -> int:
    table, rest, written = kind.table, dict(seen), 0
    near = or_(table.c.last.is_(None), table.c.last >= (point.moment if point.before is None else point.before))
    rows = connection.execute(_of_target(kind, point).where(near, table.c.first <= point.after)).all()
    for row in rows:
        key, values = _split(kind, row)
        same = rest.get(key) == values
        around = point.before is not None and row.first <= point.before
        around = around and (row.last is None or row.last >= point.after)
        if same:
            del rest[key]
        if around and not same:
            connection.execute(update(table).where(table.c.id == row.id).values(last=point.before))
            again = {name: getattr(row, name) for name in (*kind.keys, *kind.values)}
            _put(connection, kind, point, [{**again, "first": point.after, "last": row.last}])
            written += 2
        elif same and not around:
            grown = {"first": point.moment} if row.first > point.moment else {"last": point.moment}
            connection.execute(update(table).where(table.c.id == row.id).values(grown))
            written += 1
    _insert(connection, kind, point, rest, last=point.moment)
    return written + len(rest)


def _of_target(kind: Kind, point: Point) -> Any:
    return select(kind.table).where(kind.table.c.series == point.series, kind.table.c.target == point.target)


def _split(kind: Kind, row: Any) -> tuple[Key, Key]:
    return tuple(getattr(row, name) for name in kind.keys), tuple(getattr(row, name) for name in kind.values)


def _insert(connection: Connection, kind: Kind, point: Point, seen: Seen, last: int | None) -> None:
    rows = [
        dict(zip((*kind.keys, *kind.values), (*key, *values), strict=True)) | {"first": point.moment, "last": last}
        for key, values in seen.items()
    ]
    _put(connection, kind, point, rows)


def _put(connection: Connection, kind: Kind, point: Point, rows: list[dict[str, Any]]) -> None:
    if rows:
        place = {"series": point.series, "target": point.target}
        connection.execute(insert(kind.table), [row | place for row in rows])
