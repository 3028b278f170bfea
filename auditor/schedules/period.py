"""How often a schedule runs, and when what it saw last is stale."""

from datetime import datetime, timedelta
from itertools import islice, pairwise

from auditor.schedules.blackouts import Weekly
from auditor.schedules.due import due_times, latest
from auditor.schedules.model import Schedule
from auditor.schedules.place import placed

STALE_AFTER = 2  # periods
_LOOKED_AT = (4, 64, 1024)  # due times


def period(schedule: Schedule, at: datetime) -> timedelta | None:
    """The longer of the gap between runs that `at` lies in and the gap before it; None where it never runs.

    So a Friday's result is not stale on a Monday because nights of the week are a day apart. Weekly blackout windows
    count, they are part of how often it runs; one-off windows do not: data grows old in a freeze, too.
    """
    weekly = [one for one in schedule.blackouts if isinstance(one, Weekly)]

    def moments(due: list[datetime]) -> list[datetime]:
        return sorted({run for one in due if (run := placed(schedule, one, weekly).run_at) is not None})

    for count in _LOOKED_AT:
        before = latest(schedule, at, count)
        ahead = list(islice(due_times(schedule, at), count))
        runs = moments(before + ahead)
        past, coming = [run for run in runs if run <= at], [run for run in runs if run > at]
        if len(past) >= 2 and coming:
            return max(coming[0] - past[-1], past[-1] - past[-2])
    gaps = [later - earlier for earlier, later in pairwise(runs)]
    return max(gaps, default=None)


def is_stale(last_good: datetime, period: timedelta, now: datetime) -> bool:
    """Whether a snapshot of `last_good` is older than twice the period of its schedule."""
    return now - last_good > STALE_AFTER * period
