"""Blackout windows: times in which a schedule begins nothing, one-off or weekly, as a line of text.

    mon-fri 08:00-18:00 Europe/Paris then after because business hours
    2026-12-24 18:00 to 2027-01-02 06:00 because year-end freeze

A window that ends at or before the hour it begins at goes on past midnight. Without a zone it is the schedule's. At a
change of the clock a window is the longer one: it begins in the first pass of a repeated hour and ends in the last.
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from auditor.schedules.zones import resolve, zone_named

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST = 300  # characters
_DAY = timedelta(days=1)
_TAIL = (
    r"(?:\s+(?P<zone>(?!then\b|because\b)[A-Za-z][\w/+-]*))?(?:\s+then\s+(?P<act>\w+))?(?:\s+because\s+(?P<why>.+))?"
)
_WEEKLY = re.compile(rf"(?P<days>[a-z,-]+)\s+(?P<begin>\d\d:\d\d)\s*-\s*(?P<end>\d\d:\d\d){_TAIL}", re.ASCII | re.I)
_STAMP = r"\d{4}-\d\d-\d\d[ tT]\d\d:\d\d"
_ONCE = re.compile(rf"(?P<begin>{_STAMP})\s+to\s+(?P<end>{_STAMP}){_TAIL}", re.ASCII | re.I)


@dataclass(frozen=True, slots=True)
class Blackout(ABC):
    """What both kinds of window have. `after`: a due time inside is moved to the window's end instead of left out."""

    zone: str  # "": the schedule's
    after: bool
    reason: str

    @abstractmethod
    def span_at(self, moment: datetime, zone: str) -> tuple[datetime, datetime] | None:
        """Begin and end (UTC, the end outside) of the window that a moment lies in, or None."""

    def _tail(self) -> str:
        zone = f" {self.zone}" if self.zone else ""
        return zone + (" then after" if self.after else "") + (f" because {self.reason}" if self.reason else "")


@dataclass(frozen=True, slots=True)
class Weekly(Blackout):
    """The same hours on chosen days; `end` at or before `begin` lies on the next day."""

    days: tuple[int, ...]  # 0 is Monday
    begin: int  # minutes since midnight
    end: int

    def span_at(self, moment: datetime, zone: str) -> tuple[datetime, datetime] | None:
        """The window of the day, or yesterday's that still goes on."""
        clock = zone_named(self.zone or zone)
        today = moment.astimezone(clock).date()
        length = timedelta(minutes=self.end - self.begin + (24 * 60 if self.end <= self.begin else 0))
        for day in (today - _DAY, today, today + _DAY):  # tomorrow's: its midnight may be skipped
            if day.weekday() in self.days:
                start = datetime.combine(day, time()) + timedelta(minutes=self.begin)
                span = resolve(start, clock), resolve(start + length, clock, last=True)
                if span[0] <= moment < span[1]:
                    return span
        return None

    def __str__(self) -> str:
        return f"{_days_told(self.days)} {_hour_told(self.begin)}-{_hour_told(self.end)}{self._tail()}"


@dataclass(frozen=True, slots=True)
class Once(Blackout):
    """From one wall time to another."""

    begin: datetime  # naive
    end: datetime

    def span_at(self, moment: datetime, zone: str) -> tuple[datetime, datetime] | None:
        """The window itself, if the moment lies in it."""
        clock = zone_named(self.zone or zone)
        span = resolve(self.begin, clock), resolve(self.end, clock, last=True)
        return span if span[0] <= moment < span[1] else None

    def __str__(self) -> str:
        return f"{self.begin:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}{self._tail()}"


def parse_blackout(text: str) -> Blackout:
    """The window that a line of text means. Raises ValueError with the mend."""
    line = " ".join(text.split())
    if len(text) > LONGEST or not line.isprintable():
        raise ValueError(f"a blackout window is one line of at most {LONGEST} characters")
    if found := _ONCE.fullmatch(line):
        begin, end = _stamp(found["begin"]), _stamp(found["end"])
        if end <= begin:
            raise ValueError(f"the window {line!r} ends before it begins")
        return Once(*_tail_of(found), begin, end)
    if found := _WEEKLY.fullmatch(line):
        first, last = _minutes(found["begin"]), _minutes(found["end"])
        if first == last or first == 24 * 60:
            raise ValueError(f"the window {line!r} is empty; a whole day is 00:00-24:00")
        return Weekly(*_tail_of(found), _days(found["days"]), first, last)
    raise ValueError(
        f"the window {line!r} cannot be read; write `mon-fri 08:00-18:00` or `2026-12-24 18:00 to 2027-01-02 06:00`, "
        "then perhaps a zone, `then after`, `because REASON`"
    )


def _tail_of(found: re.Match[str]) -> tuple[str, bool, str]:
    zone = found["zone"] or ""
    if zone:
        zone_named(zone)
    act = (found["act"] or "skip").lower()
    if act not in ("skip", "after"):
        raise ValueError(
            f"`then {act}` means nothing; a due time in a window is left out, or `then after` moved to its end"
        )
    return zone, act == "after", found["why"] or ""


def _stamp(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.upper().replace("T", " "))
    except ValueError:
        raise ValueError(f"there is no time {text!r}; write it like 2026-12-24 18:00") from None


def _minutes(text: str) -> int:
    hour, minute = int(text[:2]), int(text[3:])
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        raise ValueError(f"there is no hour {text!r}; a day goes from 00:00 to 24:00")
    return hour * 60 + minute


def _days(text: str) -> tuple[int, ...]:
    if text.lower() == "daily":
        return tuple(range(7))
    chosen: set[int] = set()
    for part in text.lower().split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS or part.endswith("-"):
            raise ValueError(f"there is no day {part!r}; days are {', '.join(DAYS)}, ranges of them, or daily")
        begin = DAYS.index(first)
        chosen.update((begin + n) % 7 for n in range((DAYS.index(last or first) - begin) % 7 + 1))
    return tuple(sorted(chosen))


def _days_told(days: tuple[int, ...]) -> str:
    if len(days) == 7:
        return "daily"
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
    return ",".join(DAYS[day] for day in days)


def _hour_told(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
