"""A moment as people write it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import InputError
from auditor.service.when import moment


@pytest.mark.parametrize(
    ("text", "zone", "meant"),
    [
        ("2026-03-31 23:59", "Europe/Paris", datetime(2026, 3, 31, 21, 59, tzinfo=UTC)),
        ("2026-03-31T23:59+02:00", None, datetime(2026, 3, 31, 21, 59, tzinfo=UTC)),
        ("2026-03-31T23:59Z", "Europe/Paris", datetime(2026, 3, 31, 23, 59, tzinfo=UTC)),
        ("2026-03-31", "Europe/Paris", datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)),
        ("2026-10-25T02:30+01:00", "Europe/Paris", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (" 2026-03-31 23:59:30 ", "UTC", datetime(2026, 3, 31, 23, 59, 30, tzinfo=UTC)),
    ],
)
def test_a_wall_clock_with_its_zone_is_one_moment(text: str, zone: str | None, meant: datetime) -> None:
    """A wall clock in a zone, a time with its offset, which decides, and a day: its last second there."""
    assert moment(text, zone) == meant


def test_a_day_may_mean_its_beginning() -> None:
    """For what lies since a day."""
    assert moment("2026-03-31", "Europe/Paris", end_of_day=False) == datetime(2026, 3, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "words"),
    [
        ("2026-03-31 23:59", None, "has no zone"),
        ("2026-03-31", None, "has no zone"),
        ("2026-10-25 02:30", "Europe/Paris", "comes twice in Europe/Paris"),
        ("2026-03-29 02:30", "Europe/Paris", "does not exist in Europe/Paris"),
        ("2026-03-31 23:59", "Europe/Pariss", "did you mean Europe/Paris"),
        ("2026-03-31 23:59", "../../etc/passwd", "there is no time zone"),
        ("yesterday", "UTC", "is no time"),
        ("", "UTC", "is no time"),
        ("0001-01-01 00:00", "Asia/Tokyo", "beyond what a calendar holds"),
    ],
)
def test_what_means_no_moment_or_two_is_said(text: str, zone: str | None, words: str) -> None:
    """Nobody guesses: the message says what is wrong and how to write it."""
    with pytest.raises(InputError, match=words):
        moment(text, zone)


def test_a_doubled_hour_is_written_with_either_offset() -> None:
    """The mend names both, and each is a moment."""
    with pytest.raises(InputError) as refused:
        moment("2026-10-25 02:30", "Europe/Paris")
    first, second = (part.strip(". ") for part in refused.value.mend.removeprefix("Write ").split(" or "))
    assert [moment(one).hour for one in (first, second)] == [0, 1]


@given(
    st.text(max_size=40), st.none() | st.sampled_from(["UTC", "Europe/Paris", "Asia/Kathmandu"]) | st.text(max_size=9)
)
def test_any_text_is_a_moment_or_an_input_error(text: str, zone: str | None) -> None:
    """Hostile text ends in a message, never in a fault."""
    try:
        assert moment(text, zone).tzinfo is UTC
    except InputError:
        pass
