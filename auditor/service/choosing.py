"""Which run, and which history, somebody means."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, func, select

from auditor.errors import InputError
from auditor.store import runs, schedules
from auditor.store import tables as t
from auditor.store.sql import table_of

_RUN, _SERIES = table_of(t.RunRow), table_of(t.Series)
LISTED = "`auditor run list` names the runs."


class SeriesSummary(NamedTuple):
    """A history: all runs by one choice of baselines, tailoring and golden profiles. `last` is its newest run."""

    number: int
    words: str
    runs: int
    last: str


def run_named(connection: Connection, name: str) -> Row[Any]:
    """A run with a result by its public id, or the `latest`. Raises InputError."""
    row = runs.find_run(connection, name)
    if row is None:
        what = "no run has ended with a result yet" if name == "latest" else f"there is no run {name[:100]!r}"
        raise InputError(what, mend=LISTED)
    if row.head is None or row.series is None:
        why = f": {row.message}" if row.message else ""
        raise InputError(f"the run {row.name} has no result, it is {row.state}{why}", mend=LISTED)
    return row


def all_series(connection: Connection) -> list[SeriesSummary]:
    """Every history that has a run with a result, the newest first."""
    newest = (
        select(_RUN.c.series, func.max(_RUN.c.id).label("last"), func.count().label("runs"))
        .where(_RUN.c.head.is_not(None))
        .group_by(_RUN.c.series)
        .subquery()
    )
    query = (
        select(_SERIES.c.id, _SERIES.c.definition, newest.c.runs, _RUN.c.name)
        .join(newest, newest.c.series == _SERIES.c.id)
        .join(_RUN, _RUN.c.id == newest.c.last)
        .order_by(newest.c.last.desc())
    )
    return [SeriesSummary(row.id, _words(row.definition), row.runs, row.name) for row in connection.execute(query)]


def series_meant(connection: Connection, number: int | None = None, schedule: str | None = None) -> int:
    """The number of the history that is meant: the named one, a schedule's, or the only one. Raises InputError."""
    known = all_series(connection)
    if not known:
        raise InputError("no run has ended with a result yet", mend="Run `auditor audit --save`, or a schedule.")
    if schedule is not None:
        return _of_schedule(connection, schedule, known)
    if number is not None:
        if number not in {one.number for one in known}:
            raise InputError(f"there is no series {number}", mend=_listed(known))
        return number
    if len(known) > 1:
        raise InputError("there are several histories: which one is meant?", mend=_listed(known))
    return known[0].number


def _of_schedule(connection: Connection, name: str, known: Sequence[SeriesSummary]) -> int:
    stored = schedules.find(connection, name)
    query = select(_RUN.c.series).where(_RUN.c.schedule == stored.id, _RUN.c.head.is_not(None))
    found = connection.scalar(query.order_by(_RUN.c.id.desc()).limit(1))
    if found is None:
        raise InputError(f"the schedule {name} has no run with a result yet", mend=_listed(known))
    return int(found)


def _listed(known: Sequence[SeriesSummary]) -> str:
    lines = [f"  --series {one.number}: {one.words} ({one.runs} runs, the last {one.last})" for one in known[:10]]
    return "\n".join(["Say which, or name a schedule with --schedule:", *lines])


def _words(definition: str) -> str:
    """`all baselines`, `linux-kernel, tailored by site, golden web`."""
    try:
        said = orjson.loads(definition)
        names = said.get("baselines")
        parts = ["all baselines" if names in (None, "all") else ", ".join(names)]
        if said.get("tailoring"):
            parts.append(f"tailored by {said['tailoring']}")
        if said.get("goldens"):
            parts.append(f"golden {', '.join(said['goldens'])}")
    except (ValueError, TypeError, AttributeError):
        return definition[:200]
    return "; ".join(parts)[:300]
