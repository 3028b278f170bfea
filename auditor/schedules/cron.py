"""Cron expressions: five fields, read by cronsim as Debian's cron reads them, without anything about time zones."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from cronsim import CronSim, CronSimError

LONGEST = 200  # characters
_FIELDS = ("minute", "hour", "day-of-month", "month", "day-of-week")
_SIZES = (60, 24, 31, 12, 8)
_TAKES = (
    "0-59, *, lists, ranges and steps",
    "0-23, *, lists, ranges and steps",
    "1-31, L (the last day), LW (the last weekday), *, lists, ranges and steps",
    "1-12 or JAN-DEC, *, lists, ranges and steps",
    "0-7 or SUN-SAT, MON#2 (the second Monday), 5L (the last Friday), *, lists, ranges and steps",
)
_SECOND = timedelta(seconds=1)
_SAMPLE = datetime(2000, 1, 1)
_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def checked_cron(text: str) -> str:
    """`text` with single spaces, or what its nickname (`@daily`) means. Raises ValueError naming the bad field."""
    if len(text) > LONGEST:
        raise ValueError(f"a cron expression has at most {LONGEST} characters")
    text = _NICKNAMES.get(text.strip().lower(), text)
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"a cron expression has five fields ({', '.join(_FIELDS)}), this one has {len(parts)}")
    for place, (name, part, size) in enumerate(zip(_FIELDS, parts, _SIZES, strict=True)):
        if any(step.isascii() and step.isdigit() and int(step) > size for step in _steps(part)):
            raise ValueError(f"the {name} field {part!r} has a step that is longer than the field")
        alone = ["*"] * len(_FIELDS)
        alone[place] = part
        try:
            CronSim(" ".join(alone), _SAMPLE)
        except CronSimError:
            raise ValueError(f"the {name} field {part!r} cannot be read; it takes {_TAKES[place]}") from None
    tidy = " ".join(parts)
    try:
        next(CronSim(tidy, _SAMPLE))
    except (CronSimError, StopIteration):
        fields = f"day-of-month {parts[2]}, month {parts[3]} and day-of-week {parts[4]}"
        raise ValueError(f"{tidy!r} never comes: no date has {fields}") from None
    return tidy


def _steps(part: str) -> list[str]:
    return [term.partition("/")[2] for term in part.split(",") if "/" in term]


@lru_cache(maxsize=256)
def every_hour(cron: str) -> bool:
    """Whether the hour field means all 24 hours: such a schedule follows real time, not hours of the wall clock."""
    return len(CronSim(cron, _SAMPLE).hours) == 24


def walls(cron: str, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Wanted wall times (naive) from `begin` up to but not including `end`, in order."""
    if begin >= end:
        return
    begin = begin if begin.microsecond == 0 else begin.replace(microsecond=0) + _SECOND
    for wall in CronSim(cron, begin - _SECOND):
        if wall >= end:
            return
        yield wall


def is_wanted(cron: str, wall: datetime) -> bool:
    """Whether a wall time, to the second, is one that the expression means."""
    return any(True for _ in walls(cron, wall, wall + _SECOND))


def explained(cron: str) -> str:
    """The expression in English words."""
    return str(CronSim(cron, _SAMPLE).explain())
