"""Names of time zones to choose from."""

from functools import cache
from zoneinfo import available_timezones

_REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


@cache
def zones() -> tuple[str, ...]:
    """UTC, then those that are places, by name."""
    return ("UTC", *sorted(name for name in available_timezones() if name.startswith(_REGIONS)))
