"""How often a schedule runs, and what is stale by it."""

from datetime import timedelta

import pytest

from auditor.schedules import is_stale, period
from tests.schedules.clocks import HOUR, MINUTE, schedule, utc

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("cron", "length"),
    [
        ("0 2 * * *", DAY),
        ("*/15 * * * *", 15 * MINUTE),
        ("0 2 * * 0", 7 * DAY),
        ("0 2,14 * * *", 12 * HOUR),
        ("0 2,3 * * *", 23 * HOUR),
        ("0 0 1 1 *", 365 * DAY),
        ("0 0 29 2 *", 1461 * DAY),
    ],
)
def test_the_period_is_the_gap_between_two_runs(cron: str, length: timedelta) -> None:
    """Of two gaps, the one that a moment lies in and the one before it, the longer."""
    assert period(schedule(cron), utc("2026-11-20T12:00")) == length


def test_a_weekend_does_not_make_monday_stale() -> None:
    """Nights of the week: on Monday the gap over the weekend counts, by Tuesday two nights were missed."""
    nights = schedule("30 2 * * mon-fri", "Europe/Paris")
    friday = utc("2026-11-20T01:35")
    for moment, stale in (("2026-11-22T12:00", False), ("2026-11-23T12:00", False), ("2026-11-24T12:00", True)):
        length = period(nights, utc(moment))
        assert length is not None
        assert is_stale(friday, length, utc(moment)) is stale


def test_stale_is_older_than_twice_the_period() -> None:
    """Two missed nights, exactly: not yet; a second later: yes."""
    seen = utc("2026-11-18T02:00")
    assert not is_stale(seen, DAY, seen + 2 * DAY)
    assert is_stale(seen, DAY, seen + 2 * DAY + timedelta(seconds=1))


def test_a_change_of_the_clock_lengthens_its_night_only() -> None:
    """The night in which the clock goes back has 25 hours between two runs."""
    nightly = schedule("30 4 * * *", "Europe/Paris")
    assert period(nightly, utc("2026-10-25T12:00")) == 25 * HOUR
    assert period(nightly, utc("2026-10-27T12:00")) == DAY


def test_weekly_windows_belong_to_how_often_it_runs() -> None:
    """A daily schedule with a window on Saturday and Sunday runs on weekdays; a one-off freeze changes no period."""
    weekly = schedule("0 2 * * *", blackouts=["sat,sun 00:00-24:00"])
    assert period(weekly, utc("2026-11-22T12:00")) == 3 * DAY
    moved = schedule("*/10 * * * *", blackouts=["daily 00:00-23:00 then after"])
    assert period(moved, utc("2026-11-22T12:00")) == 23 * HOUR + 10 * MINUTE  # from 23:50 to 23:00
    frozen = schedule("0 2 * * *", blackouts=["2026-11-01 00:00 to 2026-12-31 00:00"])
    assert period(frozen, utc("2026-11-20T12:00")) == DAY


def test_what_never_runs_has_no_period() -> None:
    """A window over all of the week."""
    assert period(schedule("0 2 * * *", blackouts=["daily 00:00-24:00"]), utc("2026-11-20")) is None
