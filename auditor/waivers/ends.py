"""When a waiver ends: a date means the end of that day in the zone that the waiver names."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

SOON = 30  # days before the end from which on a waiver is shown as ending soon
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECOND = timedelta(seconds=1)


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime", "Factory"}  # these mean something else on each machine


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises ValueError for a name that is none."""
    if name not in _names():
        raise ValueError(f"{name!r} is no IANA time zone, such as Europe/Paris or UTC")
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True)
class End:
    """`text` (a date, or a date and a time) in `zone`. `at` is the first moment that lies behind it, in UTC."""

    text: str
    zone: str
    at: datetime = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", _moment(self.text, zone_of(self.zone)))

    @property
    def last_second(self) -> str:
        """The last second in which the waiver holds: ISO 8601, in UTC."""
        return (self.at - _SECOND).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def words(self) -> str:
        """For people: `2027-01-31 (Europe/Paris)`."""
        return f"{self.text} ({self.zone})"

    def days_left(self, now: datetime) -> int:
        """Whole days until the end; negative behind it."""
        return (self.at - now) // timedelta(days=1)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text) + timedelta(days=1)
            return datetime.combine(day, time(), zone).astimezone(UTC)
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no date, such as 2027-01-31 or 2027-01-31T18:00") from None
