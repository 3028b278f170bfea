"""Looks at targets: those of one run, or the last one at each target of a series by a moment."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, exists, func, select

from auditor.access import EVERYTHING, Reach
from auditor.store.history import moment_of
from auditor.store.listing.labels import has, within
from auditor.store.runs import Seen, seen_rows, targets_query
from auditor.store.sql import in_batches, key_text, one_of, table_of
from auditor.store.tables import RunRow, RunTarget, TargetRow

WHOLE = Reach.of([EVERYTHING])
_FIRST, _MOST = 400, 3200  # targets that are looked at together: twice as many each time
_RUN, _SEEN, _TARGET = table_of(RunRow), table_of(RunTarget), table_of(TargetRow)
_EARLIER, _ITS_RUN = _SEEN.alias(), _RUN.alias()


@dataclass(frozen=True, slots=True)
class Look:
    """Which looks: of `run`, or the last ones of `series` in runs that had ended by `at` (both None: of no run)."""

    run: int | None = None
    series: int | None = None
    at: datetime | None = None

    def condition(self) -> ColumnElement[bool]:
        """Of a query over run_target and target."""
        return _SEEN.c.run == self.run if self.run is not None else _last(self.series, self.at)


@lru_cache(maxsize=100)  # a request asks for the same some times, and to write it down takes milliseconds
def _last(series: int | None, at: datetime | None) -> ColumnElement[bool]:
    latest = (
        select(_EARLIER.c.moment)
        .join(_ITS_RUN, _EARLIER.c.run == _ITS_RUN.c.id)
        .where(_EARLIER.c.series == series, _EARLIER.c.target == _TARGET.c.id)
        .where(_ITS_RUN.c.rules.is_not(None), _ITS_RUN.c.finished_at <= at)
        .order_by(_EARLIER.c.moment.desc())
        .limit(1)
        .correlate(_TARGET)
        .scalar_subquery()
    )
    return and_(_SEEN.c.series == series, _SEEN.c.moment == latest)


@dataclass(frozen=True, slots=True)
class Only:
    """What is wanted of targets; "" and {} mean all. `name` is a part of it; `among` and `without` are numbers."""

    reach: Reach = WHOLE
    target: int | None = None
    platform: str = ""
    source: str = ""
    status: str = ""
    name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    among: Collection[int] | None = None
    without: Collection[int] = ()

    def conditions(self) -> list[ColumnElement[bool]]:
        """Of a query over run_target and target."""
        return [*self.of_target(), *([_SEEN.c.status == self.status] if self.status else [])]

    def of_target(self) -> list[ColumnElement[bool]]:
        """Those that a query over target alone can have."""
        found = [within(self.reach, _TARGET.c.id)]
        if self.target is not None:
            found.append(_TARGET.c.id == self.target)
        if self.platform:
            found.append(_TARGET.c.platform == self.platform)
        if self.source:
            found.append(_TARGET.c.source == key_text(self.source))
        if self.name:
            found.append(func.lower(_TARGET.c.name).contains(self.name.lower(), autoescape=True))
        if self.among is not None:
            found.append(one_of(_TARGET.c.id, self.among))
        if self.without:
            found.append(~one_of(_TARGET.c.id, self.without))
        return [*found, *(has(_TARGET.c.id, key, value) for key, value in self.labels.items())]


def looks(look: Look, only: Only) -> Select[Any]:
    """(run, target, moment) of the looks, to be added to."""
    joined = _SEEN.join(_TARGET, _SEEN.c.target == _TARGET.c.id)
    query = select(_SEEN.c.run, _SEEN.c.target, _SEEN.c.moment).select_from(joined)
    query = query.where(look.condition(), *only.conditions())
    # said of both sides, for PostgreSQL carries over no IN: it read all looks of the series to join some
    return query if only.among is None else query.where(one_of(_SEEN.c.target, only.among))


def targets(connection: Connection, look: Look, only: Only, after: int, limit: int) -> list[Seen]:
    """Targets with a number above `after`, by number."""
    found: list[Row[Any]] = []
    for part in windows(connection, look, only, after, first=limit):
        query = looks(look, part).where(_SEEN.c.target > after).order_by(_SEEN.c.target)  # as its index goes
        found += connection.execute(query.limit(limit - len(found)))
        if len(found) >= limit:
            break
    return seen_at(connection, [(row.run, row.target) for row in found])


def windows(
    connection: Connection, look: Look, only: Only, after: int, *may: ColumnElement[bool], first: int = _FIRST
) -> Iterator[Only]:
    """What is wanted of some targets after others, by number, from above `after`; all at once where that is little.

    `may`: conditions of a query over target, without which nothing that is wanted can be there. `first`: how many are
    looked at first.

    PostgreSQL cannot know that nearly each target has a last look: asked for all, it looks at all for every page.
    SQLite walks along its index, and stops by itself; but where names are looked for, it would look at each target's
    looks before its name.
    """
    walks = connection.dialect.name == "sqlite" and not only.name
    if look.run is not None or only.target is not None or walks:
        yield only
        return
    size = min(first, _FIRST)
    while True:
        ever = exists().where(_SEEN.c.series == look.series, _SEEN.c.target == _TARGET.c.id)
        query = select(_TARGET.c.id).where(*only.of_target(), _TARGET.c.id > after, ever, *may)
        numbers = connection.scalars(query.order_by(_TARGET.c.id).limit(size)).all()
        if numbers:
            yield Only(status=only.status, among=numbers)
        if len(numbers) < size:
            return
        after, size = numbers[-1], min(2 * size, _MOST)


def seen_at(connection: Connection, pairs: Iterable[tuple[int, int]]) -> list[Seen]:
    """The looks of (run, target), in their order."""
    wanted = list(dict.fromkeys(pairs))
    by_run: dict[int, list[int]] = {}
    for run, target in wanted:
        by_run.setdefault(run, []).append(target)
    found: dict[tuple[int, int], Seen] = {}
    for run, numbers in by_run.items():  # SQLite finds no pairs by its index
        for batch in in_batches(numbers):
            query = targets_query().where(_SEEN.c.run == run, _SEEN.c.target.in_(batch))
            found.update({(one.run, one.target): one for one in seen_rows(connection, query)})
    return [found[pair] for pair in wanted]


def sources(
    connection: Connection, look: Look, only: Only, after: str, limit: int, gone: Collection[int] = ()
) -> Sequence[Any]:
    """(source, targets, collected, stale, unreachable, gone) of sources by name, counting the targets in reach only;
    those that are `gone` are counted as such and nowhere else.
    """
    is_gone = one_of(_TARGET.c.id, gone)
    counted = {
        "targets": ~is_gone,
        **{one: and_(_SEEN.c.status == one, ~is_gone) for one in ("collected", "stale", "unreachable")},
        "gone": is_gone,
    }
    columns = [func.coalesce(func.sum(case((what, 1), else_=0)), 0).label(name) for name, what in counted.items()]
    joined = _SEEN.join(_TARGET, _SEEN.c.target == _TARGET.c.id)
    query = select(_TARGET.c.source, *columns).select_from(joined)
    query = query.where(look.condition(), *only.conditions(), _TARGET.c.source > after)
    return connection.execute(query.group_by(_TARGET.c.source).order_by(_TARGET.c.source).limit(limit)).all()


def default_series(connection: Connection) -> int | None:
    """The series of the run that has ended last with a result; None while there is none."""
    query = select(_RUN.c.series).where(_RUN.c.state == "done", _RUN.c.head.is_not(None))
    found = connection.scalar(query.order_by(_RUN.c.id.desc()).limit(1))
    return int(found) if found is not None else None


def is_visible(connection: Connection, target: int, reach: Reach) -> bool:
    """Whether there is a target of that number in reach."""
    query = select(_TARGET.c.id).where(_TARGET.c.id == target, within(reach, _TARGET.c.id))
    return connection.scalar(query) is not None


def target_row(connection: Connection, target: int, reach: Reach) -> Row[Any] | None:
    """(id, source, platform, name) of a target in reach."""
    return connection.execute(select(_TARGET).where(_TARGET.c.id == target, within(reach, _TARGET.c.id))).first()


def has_source(connection: Connection, name: str, reach: Reach) -> bool:
    """Whether there is a target in reach behind a source of that name."""
    query = select(_TARGET.c.id).where(_TARGET.c.source == key_text(name), within(reach, _TARGET.c.id)).limit(1)
    return connection.scalar(query) is not None


def moments(
    connection: Connection, target: int, at: datetime, limit: int, *, read: bool = False, below: int | None = None
) -> Sequence[Any]:
    """Looks at a target by `at`, the newest first: (run, name, series, moment, status, reason, counts, snapshot)."""
    query = select(_SEEN, _RUN.c.name.label("run_name")).join(_RUN, _SEEN.c.run == _RUN.c.id)
    query = query.where(_SEEN.c.target == target, _SEEN.c.moment <= moment_of(at))
    if read:
        query = query.where(_SEEN.c.snapshot.is_not(None))
    if below is not None:
        query = query.where(_SEEN.c.moment < below)
    return connection.execute(query.order_by(_SEEN.c.moment.desc(), _SEEN.c.run.desc()).limit(limit)).all()
