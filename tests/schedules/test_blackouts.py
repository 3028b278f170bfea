"""Windows in which nothing is begun."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.schedules import placed
from auditor.schedules.blackouts import DAYS, parse_blackout
from tests.schedules.clocks import CHANGING, HOUR, MINUTE, changes, schedule, utc

PARIS = "Europe/Paris"


def inside(line: str, moment: str, zone: str = PARIS) -> bool:
    return parse_blackout(line).span_at(utc(moment), zone) is not None


def test_a_weekly_window_holds_its_hours_on_its_days() -> None:
    """Begin inside, end outside, in the zone of the schedule; other days are free."""
    line = "mon-fri 08:00-18:00"  # 20 November 2026 is a Friday; Paris is one hour ahead
    assert not inside(line, "2026-11-20T06:59:59")
    assert inside(line, "2026-11-20T07:00")
    assert inside(line, "2026-11-20T16:59:59")
    assert not inside(line, "2026-11-20T17:00")
    assert not inside(line, "2026-11-21T10:00")


def test_a_window_has_its_own_zone() -> None:
    """A window of New York in a schedule of Paris."""
    assert inside("daily 08:00-09:00 America/New_York", "2026-11-20T13:30")
    assert not inside("daily 08:00-09:00 America/New_York", "2026-11-20T07:30")


def test_a_window_goes_on_past_midnight() -> None:
    """Friday's window holds Saturday's small hours, not Friday's."""
    line = "fri 22:00-06:00 UTC"
    assert [inside(line, f"2026-11-{day}") for day in ("20T05:00", "20T22:00", "21T05:59", "21T06:00", "21T23:00")] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_days_wrap_around_the_week() -> None:
    """A range may go over Sunday; a whole day is 00:00-24:00."""
    held = [inside("sat-mon 00:00-24:00 UTC", f"2026-11-{day}T12:00") for day in range(16, 23)]  # from a Monday on
    assert held == [True, False, False, False, False, True, True]


def test_a_window_over_a_change_of_the_clock_is_the_longer_one() -> None:
    """It begins in the first pass of a repeated hour and ends in the last; a skipped edge is the end of the gap."""
    autumn = parse_blackout("sun 02:15-02:45").span_at(utc("2026-10-25T01:00"), PARIS)
    assert autumn == (utc("2026-10-25T00:15"), utc("2026-10-25T01:45"))
    spring = parse_blackout("sun 02:30-04:00").span_at(utc("2026-03-29T01:30"), PARIS)
    assert spring == (utc("2026-03-29T01:00"), utc("2026-03-29T02:00"))
    assert not inside("sun 02:10-02:50", "2026-03-29T01:00")  # wholly inside the gap: that night there is none


def test_a_one_off_window_holds_once() -> None:
    """From one wall time to another, in the schedule's zone."""
    line = "2026-12-24 18:00 to 2027-01-02T06:00 because year-end freeze"
    assert [inside(line, one) for one in ("2026-12-24T16:59", "2026-12-24T17:00", "2027-01-02T05:00")] == [
        False,
        True,
        False,
    ]


@settings(max_examples=200, deadline=None)
@given(
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.sampled_from(CHANGING),
    st.data(),
)
def test_a_weekly_window_holds_exactly_what_the_clock_shows(
    days: frozenset[int], begin: int, end: int, zone: str, data: st.DataObject
) -> None:
    """A moment lies inside where its wall time does; only within a change of the clock a window may be the longer."""
    if begin == end:
        return
    around = data.draw(st.sampled_from(changes(zone)))
    moment = around + timedelta(minutes=data.draw(st.integers(-3000, 3000)))
    hours = f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    window = parse_blackout(f"{','.join(DAYS[day] for day in sorted(days))} {hours} {zone}")
    held = window.span_at(moment, "UTC") is not None
    local = moment.astimezone(ZoneInfo(zone))
    minute, day = local.hour * 60 + local.minute, local.weekday()
    if end > begin:
        shown = day in days and begin <= minute < end
    else:
        shown = (day in days and minute >= begin) or ((day - 1) % 7 in days and minute < end)
    near = any(abs(moment - one) <= 26 * HOUR for one in changes(zone))
    assert held == shown or (near and held and not shown)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("mon 25:00-26:00", "no hour '25:00'"),
        ("mon 08:60-09:00", "no hour '08:60'"),
        ("mon 08:00-24:01", "no hour '24:01'"),
        ("mon 08:00-08:00", "is empty"),
        ("mon 24:00-08:00", "is empty"),
        ("monday 08:00-09:00", "no day 'monday'"),
        ("mon- 08:00-09:00", "no day 'mon-'"),
        ("mon,,tue 08:00-09:00", "no day ''"),
        ("mon 08:00-09:00 Europe/Pari", "did you mean Europe/Paris"),
        ("mon 08:00-09:00 then stop", "`then stop` means nothing"),
        ("2026-12-24 18:00 to 2026-12-24 18:00", "ends before it begins"),
        ("2026-12-24 18:00 to 2026-12-01 06:00", "ends before it begins"),
        ("2026-02-30 18:00 to 2026-12-01 06:00", "no time '2026-02-30 18:00'"),
        ("2026-12-24 to 2026-12-25", "cannot be read"),
        ("", "cannot be read"),
        ("mon 08:00-09:00 because " + "x" * 300, "at most 300"),
        ("mon 08:00-09:00 because \x1b[31m", "one line"),
    ],
)
def test_a_bad_window_says_what_is_wrong(line: str, named: str) -> None:
    """The message quotes what cannot be read, and says how to write it."""
    with pytest.raises(ValueError) as told_:
        parse_blackout(line)
    assert named in str(told_.value)


@given(
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(0, 1440),
    st.sampled_from(["", " Europe/Paris"]),
    st.sampled_from(["", " then after"]),
    st.sampled_from(["", " because of the rest"]),
)
def test_a_window_is_written_as_it_is_read(
    days: frozenset[int], begin: int, end: int, zone: str, then: str, why: str
) -> None:
    """What a window prints means the same window."""
    if begin == end:
        return
    hours = f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    window = parse_blackout(f"{','.join(DAYS[day] for day in days)} {hours}{zone}{then}{why}")
    assert parse_blackout(str(window)) == window
    once = parse_blackout(f"2026-12-24 18:00 to 2027-01-02 06:00{zone}{then}{why}")
    assert parse_blackout(str(once)) == once


def test_a_due_time_inside_is_left_out_with_the_window_named() -> None:
    """The reason quotes the window, with its own reason."""
    nightly = schedule("0 * * * *", PARIS, blackouts=["mon-fri 08:00-18:00 because business hours"])
    found = placed(nightly, utc("2026-11-20T09:00"))
    assert found.run_at is None
    assert found.reason == "inside the blackout window mon-fri 08:00-18:00 because business hours"
    free = placed(nightly, utc("2026-11-20T19:00"))
    assert (free.run_at, free.reason) == (free.due, "")


def test_a_due_time_is_moved_to_the_end_of_windows_that_say_so() -> None:
    """Through windows that meet, to the end of the last; one that leaves out wins over one that moves."""
    lines = ["daily 01:00-04:00 then after", "daily 03:30-05:00 then after"]
    moved = placed(schedule("0 2 * * *", blackouts=lines), utc("2026-11-20T02:00"))
    assert moved.run_at == utc("2026-11-20T05:00")
    assert "moved to its end at 2026-11-20 04:00 UTC" in moved.reason
    assert "moved to its end at 2026-11-20 05:00 UTC" in moved.reason
    stopped = placed(schedule("0 2 * * *", blackouts=[*lines, "daily 05:00-06:00"]), utc("2026-11-20T02:00"))
    assert stopped.run_at is None
    assert stopped.reason.endswith("inside the blackout window daily 05:00-06:00")
    both = ["daily 01:00-04:00 then after", "daily 01:00-02:30"]
    assert placed(schedule("0 2 * * *", blackouts=both), utc("2026-11-20T02:00")).run_at is None


def test_windows_without_an_end_are_no_endless_loop() -> None:
    """Windows that hold all of the time and move, move nowhere."""
    never = schedule("0 2 * * *", blackouts=["daily 00:00-24:00 then after"])
    found = placed(never, utc("2026-11-20T02:00"))
    assert found.run_at is None
    assert "without an end" in found.reason


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "daily 22:00-06:00 then after",
                "sun 00:00-24:00",
                "mon-fri 08:00-18:00 then after",
                "daily 02:00-03:00",
                "2026-03-28 12:00 to 2026-03-29 02:30 then after",
                "sat 10:00-23:00 America/New_York then after",
            ]
        ),
        max_size=6,
    ),
    st.sampled_from(CHANGING),
    st.integers(0, 60 * 24 * 14),
)
def test_nothing_is_run_inside_a_window(lines: list[str], zone: str, minutes: int) -> None:
    """Wherever a due time is moved, no window holds that moment, and it is never moved back."""
    nightly = schedule("0 2 * * *", zone, blackouts=lines)
    due = utc("2026-03-22") + minutes * MINUTE
    found = placed(nightly, due)
    if found.run_at is None:
        assert found.reason
    else:
        assert found.run_at >= due
        assert (found.run_at == due) == (found.reason == "")
        assert not any(window.span_at(found.run_at, zone) for window in nightly.blackouts)
