"""A moment as people write it: a wall clock with its zone, or a time with its offset."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from auditor.errors import InputError
from auditor.schedules.zones import zone_named

FORM = 'Write it like "2026-03-31 23:59" with --zone Europe/Paris, or like 2026-03-31T23:59+02:00.'


def moment(text: str, zone: str | None = None, *, option: str = "--as-of", end_of_day: bool = True) -> datetime:
    """The moment in UTC. A day alone means its last second, or its first one without `end_of_day`.

    Raises InputError for what is no time, has no zone, or is a wall clock that the zone shows twice or never.
    """
    plain = text.strip()
    try:
        wall = datetime.fromisoformat(plain)
    except ValueError:
        raise InputError(f"{option} {text[:60]!r} is no time", mend=FORM) from None
    if len(plain) <= len("2026-03-31") and "T" not in plain and ":" not in plain and end_of_day:
        wall = datetime.combine(wall.date(), time(23, 59, 59))
    try:
        if wall.tzinfo is not None:
            return wall.astimezone(UTC)
        return _in_zone(wall, zone, option)
    except OverflowError:
        raise InputError(f"{option} {text[:60]!r} is beyond what a calendar holds", mend=FORM) from None


def _in_zone(wall: datetime, zone: str | None, option: str) -> datetime:
    if not zone:
        raise InputError(f"{option} {wall:%Y-%m-%d %H:%M} has no zone: nobody knows which moment it means", mend=FORM)
    try:
        place = zone_named(zone)
    except ValueError as problem:
        raise InputError(f"--zone: {problem}", mend=FORM) from None
    first, second = (wall.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    if first.astimezone(UTC) < second.astimezone(UTC):
        offsets = f"{_written(wall, first.tzinfo)} or {_written(wall, second.tzinfo, fold=1)}"
        raise InputError(
            f"{option} {wall:%Y-%m-%d %H:%M} comes twice in {zone}: the clock is set back", mend=f"Write {offsets}."
        )
    if first.astimezone(UTC) > second.astimezone(UTC):
        shift = _offset(second) - _offset(first)
        shift = abs(shift)
        raise InputError(
            f"{option} {wall:%Y-%m-%d %H:%M} does not exist in {zone}: the clock is set on by {shift}",
            mend=f"Write a time before or after, such as {_written(wall, first.tzinfo)}.",
        )
    return first.astimezone(UTC)


def _written(wall: datetime, place: tzinfo | None, fold: int = 0) -> str:
    return wall.replace(tzinfo=place, fold=fold).isoformat(timespec="minutes")


def _offset(at: datetime) -> timedelta:
    return at.utcoffset() or timedelta(0)
