"""When a schedule is due: which UTC moments the wall times of its cron expression mean.

The rule at a change of the clock:

- An expression whose hour field means every hour follows real time: it is due at each moment at which the clock shows a
  wanted time, so also in both passes through a repeated hour. A skipped time adds a moment, the first one after the
  gap, only where the clock, had it not been changed, would have shown it at a moment that is not due anyway.
- Any other expression is due exactly once for each wanted time of each day: in a repeated hour in the first pass, for a
  skipped time at the first moment after the gap. Two wanted times that fall on one moment are due once.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from auditor.schedules.cron import every_hour, is_wanted, walls
from auditor.schedules.model import Schedule
from auditor.schedules.zones import LONGEST_CHANGE, Stretch, moment_of, stretches, wall_of, zone_named

FURTHEST = timedelta(days=50 * 366)  # no expression that ever comes leaves out more than 40 years
_FIRST_LOOK = timedelta(hours=2)


def due_between(schedule: Schedule, after: datetime, until: datetime) -> list[datetime]:
    """Due moments (UTC) later than `after`, up to and including `until`, in order, each once."""
    return list(due_times(schedule, after, until))


def due_times(schedule: Schedule, after: datetime, until: datetime | None = None) -> Iterator[datetime]:
    """As `due_between`, one after the other; without `until`, so far as anybody may ask."""
    return _due(schedule.cron, zone_named(schedule.zone), after.astimezone(UTC), until and until.astimezone(UTC))


def latest(schedule: Schedule, until: datetime, count: int, after: datetime | None = None) -> list[datetime]:
    """The last `count` due moments up to and including `until`, later than `after`, in order; fewer where none are."""
    floor = max(after or until - FURTHEST, until - FURTHEST)
    look = _FIRST_LOOK
    while True:
        begin = max(until - look, floor)
        found = list(due_times(schedule, begin, until))
        if len(found) >= count or begin <= floor:
            return found[-count:]
        look *= 4


def _due(cron: str, zone: ZoneInfo, after: datetime, until: datetime | None) -> Iterator[datetime]:
    end = after + FURTHEST if until is None else until + timedelta(seconds=1)
    every = every_hour(cron)
    for stretch in stretches(zone, after - LONGEST_CHANGE, end):
        if stretch.end <= after:
            continue
        for moment in _within(cron, stretch, after, every=every):
            if until is not None and moment > until:
                return
            if moment > after:
                yield moment


def _within(cron: str, stretch: Stretch, after: datetime, *, every: bool) -> Iterator[datetime]:
    """Due moments of one stretch, in order; those up to `after` may be left out."""
    begin = wall_of(stretch.begin, stretch.offset)
    change = stretch.offset - stretch.before
    first = max(begin, wall_of(after.replace(microsecond=0), stretch.offset))
    if change < timedelta(0) and not every:
        first = max(first, begin - change)  # what was shown before is not due again
    due = (moment_of(wall, stretch.offset) for wall in walls(cron, first, wall_of(stretch.end, stretch.offset)))
    if change > timedelta(0) and stretch.begin > after and _gap_is_due(cron, begin, change, every=every):
        yield stretch.begin
        due = (moment for moment in due if moment != stretch.begin)
    yield from due


def _gap_is_due(cron: str, end: datetime, change: timedelta, *, every: bool) -> bool:
    """Whether the first moment after a gap, which ends at the wall time `end`, is due for a skipped time."""
    skipped = walls(cron, end - change, end)
    return any(not every or not is_wanted(cron, wall + change) for wall in skipped)
