"""Whether it gets better: the runs of one line as points, gaps among them, and what two points say of each other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from auditor.access import Reach
from auditor.service import outlook
from auditor.store import slots
from auditor.store.engine import Store
from auditor.store.outlook import lines

MOST, LOOKED_AT = 30, 60
SAME = 0.05  # percent: what is printed alike is alike


class Point(NamedTuple):
    """A run, or a due time without one. `gap` says why nothing is told of it, "" where something is."""

    run: str
    at: datetime
    gap: str
    population: int = 0
    collected: int = 0
    lower: float | None = None
    upper: float | None = None
    failed: int = 0
    unknown: int = 0

    @property
    def coverage(self) -> float:
        """Percent of the population that was read."""
        return 100.0 * self.collected / self.population if self.population else 0.0


class Line(NamedTuple):
    """Runs that can be compared: `latest` with a result, `before` it the one with a result; points, oldest first."""

    latest: Any
    before: Any
    points: Sequence[Point]


def chosen(connection: Connection, reach: Reach, series: int | None, schedule: str) -> Any:
    """The row of the run to begin with: the newest of a series or schedule, else of any schedule in use, else by hand.

    Of those begun by hand one over everything is taken before one over a part. None while there is none.
    """
    if planned := lines.with_result(connection, reach, 1, series=series, schedule=schedule, planned=True):
        return planned[0]
    found = lines.with_result(connection, reach, LOOKED_AT, series=series, schedule=schedule, planned=False)
    return next((one for one in found if not any(selection(one.request))), found[0] if found else None)


def line_of(store: Store, reach: Reach, latest: Any) -> Line:
    """The line that a run (its row) ends."""
    with store.reading() as connection:
        rows = lines.alike(connection, latest, LOOKED_AT)
        if latest.schedule is None:
            rows = [row for row in rows if selection(row.request) == selection(latest.request)]
        rows = rows[:MOST]
        planned = latest.schedule is not None and reach.everything
        left_out = slots.slots_of(connection, latest.schedule, LOOKED_AT) if planned else []
    told = [row for row in rows if row.head is not None]
    counts = outlook.counts_of(store, told, reach)
    if not reach.everything:  # of the run itself as labels are now; nothing of runs that looked at nobody within
        counts[latest.id] = dict(outlook.figures_of(store, latest, reach))
        told = [row for row in told if counts[row.id]["population"]]
        rows = told
    points = [_point(row, counts.get(row.id)) for row in rows]
    since = min((one.at for one in points), default=latest.started_at)
    points += [
        Point("", one.due_at, f"{one.outcome}: {one.reason}".removesuffix(": "))
        for one in left_out
        if one.run is None and since <= one.due_at
    ]
    before = next((row for row in told if row.id != latest.id and row.state == "done"), None)
    return Line(latest, before, sorted(points, key=lambda one: one.at)[-MOST:])


def said(now: Point, then: Point) -> str:
    """better | worse | same | unclear: what the pair of one point says against that of another.

    Where one end of the range went up and the other down, more or less was read: nobody can tell from that.
    """
    if now.lower is None or now.upper is None or then.lower is None or then.upper is None:
        return "unclear"
    steps = (now.lower - then.lower, now.upper - then.upper)
    up, down = any(one >= SAME for one in steps), any(one <= -SAME for one in steps)
    if up and down:
        return "unclear"
    return "better" if up else "worse" if down else "same"


@lru_cache(maxsize=2000)
def selection(request: str) -> tuple[Any, ...]:
    """What a run was narrowed to: ((), ()) for everything."""
    asked: Mapping[str, Any] = orjson.loads(request)
    labels = sorted((key, tuple(sorted(values))) for key, values in (asked.get("labels") or {}).items())
    return tuple(asked.get("patterns") or ()), tuple(labels)


def _point(row: Any, counts: Mapping[str, int] | None) -> Point:
    if row.head is None or counts is None:
        why = row.message.partition("\n")[0]
        return Point(row.name, row.started_at, f"{row.state}: {why}".removesuffix(": "))
    own = (counts["population"], counts["collected"])
    if not counts["collected"]:
        return Point(row.name, row.started_at, "nothing was read", *own)
    judged = counts["passed"] + counts["failed"] + counts["unknown"]
    lower = 100.0 * counts["passed"] / judged if judged else None
    upper = 100.0 * (counts["passed"] + counts["unknown"]) / judged if judged else None
    return Point(row.name, row.started_at, "", *own, lower, upper, counts["failed"], counts["unknown"])
