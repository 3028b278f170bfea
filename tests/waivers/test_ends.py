"""A date means the end of that day in its zone, on days of 23, 24 and 25 hours."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.waivers import End


@pytest.mark.parametrize(
    ("text", "zone", "behind"),
    [
        ("2027-01-31", "UTC", "2027-02-01T00:00:00"),
        ("2027-01-31", "Europe/Paris", "2027-01-31T23:00:00"),
        ("2027-03-28", "Europe/Paris", "2027-03-28T22:00:00"),  # 23 hours
        ("2027-10-31", "Europe/Paris", "2027-10-31T23:00:00"),  # 25 hours
        ("2018-11-03", "America/Sao_Paulo", "2018-11-04T03:00:00"),  # the next day has no midnight
        ("2027-01-31T18:00", "Europe/Paris", "2027-01-31T17:00:00"),
        ("2027-01-31T18:00:00+05:30", "Europe/Paris", "2027-01-31T12:30:00"),
        ("2027-12-31", "Pacific/Kiritimati", "2027-12-31T10:00:00"),
    ],
)
def test_the_end_of_a_day_is_that_of_its_zone(text: str, zone: str, behind: str) -> None:
    """The first moment that the waiver does not hold, in UTC."""
    assert End(text, zone).at == datetime.fromisoformat(behind).replace(tzinfo=UTC)


@given(st.dates(datetime(1970, 1, 2).date(), datetime(2900, 1, 1).date()), st.sampled_from(["UTC", "Asia/Beirut"]))
def test_a_day_ends_before_the_next_one(day: datetime, zone: str) -> None:
    """One day more is between 22 and 26 hours more."""
    step = End(str(day + timedelta(days=1)), zone).at - End(str(day), zone).at
    assert timedelta(hours=22) <= step <= timedelta(hours=26)


def test_days_left_are_whole_days() -> None:
    """A waiver that ends in 23 hours has 0 days left, one that ended a second ago -1."""
    end = End("2027-01-31", "UTC")
    assert end.days_left(end.at - timedelta(hours=23)) == 0
    assert end.days_left(end.at) == 0
    assert end.days_left(end.at + timedelta(seconds=1)) == -1
    assert end.last_second == "2027-01-31T23:59:59Z"


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2027-02-30", "UTC"),
        ("31.1.2027", "UTC"),
        ("", "UTC"),
        ("9999-12-31", "UTC"),
        ("2027-01-31", "Mars/Base"),
        ("2027-01-31", "localtime"),
        ("2027-01-31", "../UTC"),
        ("2027-01-31", ""),
    ],
)
def test_what_is_no_date_or_zone_is_refused(text: str, zone: str) -> None:
    """With words that name it; never as another day or zone."""
    with pytest.raises(ValueError, match="is no "):
        End(text, zone)
