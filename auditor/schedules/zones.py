"""Clocks of a zone: stretches of time between two changes, and what moment a wall time means."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

STEP = timedelta(hours=6)  # no zone has changed its clock twice within so short a time since 1970: see the tests
LONGEST_CHANGE = timedelta(hours=26)  # Apia and Kwajalein moved a whole day
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(/[A-Za-z0-9_+-]{1,30}){0,3}")
_NOT_A_PLACE = ("posix/", "right/")  # copies of every zone on some systems; "right" counts leap seconds


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone `name`. Raises ValueError with a near name."""
    if _NAME.fullmatch(name) and not name.startswith(_NOT_A_PLACE) and name not in ("localtime", "posixrules"):
        try:
            return ZoneInfo(name)
        except (LookupError, ValueError, OSError):
            pass
    near = get_close_matches(name[:60], available_timezones(), 1)
    hint = f"; did you mean {near[0]}?" if near else "; names are like Europe/Paris or UTC"
    raise ValueError(f"there is no time zone {name[:60]!r}{hint}")


def offset_at(zone: ZoneInfo, moment: datetime) -> timedelta:
    """How far the zone's clock is ahead of UTC at an aware UTC `moment`."""
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def wall_of(moment: datetime, offset: timedelta) -> datetime:
    """The wall clock (naive) at an aware UTC `moment`."""
    return moment.replace(tzinfo=None) + offset


def moment_of(wall: datetime, offset: timedelta) -> datetime:
    """The UTC moment at which a clock with `offset` shows `wall`."""
    return (wall - offset).replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time, from `begin` up to `end` (UTC), through which a clock keeps its offset; `before`: the one before it."""

    begin: datetime
    end: datetime
    offset: timedelta
    before: timedelta


def stretches(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[Stretch]:
    """The stretches from `begin` up to `end`, aware UTC; the first is taken to have no change before it."""
    here = begin.replace(microsecond=0)
    offset = before = offset_at(zone, here)
    seen = here
    while seen < end:
        ahead = min(seen + STEP, end)
        if offset_at(zone, ahead) == offset:
            seen = ahead
            continue
        change = _change(zone, seen, ahead)
        yield Stretch(here, change, offset, before)
        here = seen = change
        before, offset = offset, offset_at(zone, change)
    if here < end:
        yield Stretch(here, end, offset, before)


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first second after `low`, up to `high`, at which the offset is no longer that of `low`."""
    old = offset_at(zone, low)
    left, right = 0, int((high - low).total_seconds())
    while right - left > 1:
        middle = (left + right) // 2
        if offset_at(zone, low + timedelta(seconds=middle)) == old:
            left = middle
        else:
            right = middle
    return low + timedelta(seconds=right)


def resolve(wall: datetime, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """The UTC moment of a naive wall time.

    One that is skipped means the first moment after the gap; one that is shown twice its first moment, or its `last`.
    """
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first > second:  # in a gap the two folds stand the other way round, on both sides of the change
        return _change(zone, second, first)
    return second if last else first


def told(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as people read it: `2026-10-25 02:30 CEST`."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
