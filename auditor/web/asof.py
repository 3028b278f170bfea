"""The moment of the past that a page shows: in the address as UTC, in the form as a day and time in a named zone."""

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, AwareDatetime

from auditor.errors import InputError
from auditor.evidence.captures import iso
from auditor.store.history import time_of

OFFERED = (
    "UTC", "Europe/London", "Europe/Lisbon", "Europe/Amsterdam", "Europe/Berlin", "Europe/Paris", "Europe/Rome",
    "Europe/Stockholm", "Europe/Zurich", "Europe/Athens", "Europe/Istanbul", "Africa/Johannesburg", "Asia/Dubai",
    "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "America/Sao_Paulo", "America/New_York",
    "America/Chicago", "America/Denver", "America/Los_Angeles",
)  # fmt: skip


def _within(at: datetime | None) -> datetime | None:
    try:
        return at.astimezone(UTC) if at is not None else None
    except OverflowError:
        raise ValueError("no calendar has this time in UTC") from None


Moment = Annotated[AwareDatetime | None, AfterValidator(_within)]  # a parameter of a page
MEND = "Write a day and a time, 2026-11-01T00:00, and a zone such as Europe/Paris."


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def moment_in(day: str, zone: str) -> str:
    """What a form says, as ISO 8601 in UTC. A time that the clock skips or repeats is the first it can be.

    Raises InputError.
    """
    name = zone.strip() or "UTC"
    if name not in _names():
        raise InputError("there is no such time zone", where=name[:60], mend=MEND)
    try:
        local = datetime.fromisoformat(day.strip())
        return iso(local.replace(tzinfo=ZoneInfo(name)).astimezone(UTC))
    except (ValueError, OverflowError):
        raise InputError("this is no day and time", where=day[:60], mend=MEND) from None


def form(at: datetime | None, zone: str) -> dict[str, Any]:
    """What the form of a page shows again."""
    name = zone if zone in _names() else "UTC"
    try:
        local = at.astimezone(ZoneInfo(name)).strftime("%Y-%m-%dT%H:%M") if at else ""
    except (ValueError, OverflowError):
        local = ""
    return {"day": local, "zone": name, "zones": OFFERED, "at": iso(at) if at else ""}


def exact(moment: int) -> str:
    """A moment of the store for an address: to the microsecond, so that it shows that very look, and none before it."""
    return time_of(moment).isoformat().replace("+00:00", "Z")
