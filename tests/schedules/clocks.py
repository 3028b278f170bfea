"""Schedules for tests, and due moments found the long way: minute by minute, without cronsim and without our zones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from auditor.schedules import Schedule, checked_schedule

Window = tuple[str, datetime, datetime]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CHANGING = (
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",  # by half an hour
    "America/Havana",  # at midnight
    "Asia/Beirut",  # at midnight
    "Africa/Casablanca",  # backwards in spring, around Ramadan
    "Pacific/Apia",  # left out 30 December 2011
    "America/Nuuk",  # the gap ends at midnight
    "Europe/Dublin",
    "Antarctica/Troll",  # by two hours
)
STEADY = ("UTC", "Asia/Kolkata", "Asia/Kathmandu")


def schedule(cron: str, zone: str = "UTC", **more: Any) -> Schedule:
    return checked_schedule({"name": "nightly", "cron": cron, "zone": zone, "work": {"inventory": "i.yaml"}, **more})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(moments: list[datetime]) -> list[str]:
    return [moment.strftime("%d %H:%M") for moment in moments]


@dataclass(frozen=True)
class Cron:
    """An expression and the minutes and hours that it means, so that an oracle need not read it."""

    minute: str
    hour: str
    minutes: frozenset[int]
    hours: frozenset[int]

    def __str__(self) -> str:
        return f"{self.minute} {self.hour} * * *"

    def means(self, wall: datetime) -> bool:
        return wall.minute in self.minutes and wall.hour in self.hours


def _fields(size: int) -> st.SearchStrategy[tuple[str, frozenset[int]]]:
    every = st.just(("*", frozenset(range(size))))
    steps = st.integers(2, size // 2).map(lambda n: (f"*/{n}", frozenset(range(0, size, n))))
    some = st.frozensets(st.integers(0, size - 1), min_size=1, max_size=4)
    lists = some.map(lambda chosen: (",".join(map(str, sorted(chosen))), chosen))
    bounds = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).map(lambda two: (min(two), max(two)))
    ranges = bounds.map(lambda two: (f"{two[0]}-{two[1]}", frozenset(range(two[0], two[1] + 1))))
    return st.one_of(every, steps, lists, ranges)


crons = st.builds(lambda m, h: Cron(m[0], h[0], m[1], h[1]), _fields(60), _fields(24))


@lru_cache
def changes(zone: str) -> tuple[datetime, ...]:
    """The hours (UTC) within which a zone's clock changed, 2008 to 2031."""
    clock, moment, found = ZoneInfo(zone), utc("2008-01-01"), []
    before = moment.astimezone(clock).utcoffset()
    while moment.year < 2032:
        moment += HOUR
        if (after := moment.astimezone(clock).utcoffset()) != before:
            found.append(moment)
            before = after
    return tuple(found)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """A zone and an odd piece of time, of up to three days, mostly around a change of its clock."""
    zone = draw(st.sampled_from(CHANGING + STEADY))
    around = draw(st.sampled_from(changes(zone) or (utc("2026-03-29"),)))
    begin = around + timedelta(seconds=draw(st.integers(-48 * 3600, 24 * 3600)))
    return zone, begin, begin + timedelta(seconds=draw(st.integers(0, 72 * 3600)))


def slowly_due(cron: Cron, zone: str, after: datetime, until: datetime) -> list[datetime]:
    """The written rule, minute by minute of real time."""
    return [moment for moment in _walk(cron, ZoneInfo(zone), after, until) if after < moment <= until]


def _walk(cron: Cron, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
    every = len(cron.hours) == 24
    moment = after.replace(second=0, microsecond=0) - 50 * HOUR
    shown: set[datetime] = set()
    last = moment.astimezone(zone).replace(tzinfo=None, fold=0) - MINUTE
    while moment <= until:
        wall = moment.astimezone(zone).replace(tzinfo=None, fold=0)
        skipped = [last + MINUTE * n for n in range(1, (wall - last) // MINUTE)]
        wanted = [one for one in skipped if cron.means(one)]
        if every:
            wanted = [one for one in wanted if not cron.means(one + MINUTE * len(skipped))]
        if wanted or (cron.means(wall) and (every or wall not in shown)):
            yield moment
        shown.add(wall)
        last = wall
        moment += MINUTE
