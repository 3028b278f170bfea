"""When a schedule is due, above all where a clock changes."""

import struct
from datetime import timedelta
from importlib import resources
from itertools import islice, pairwise
from zoneinfo import available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.schedules import due_between, due_times, latest
from auditor.schedules.cron import every_hour
from auditor.schedules.zones import LONGEST_CHANGE, STEP, offset_at, resolve, stretches, zone_named
from tests.schedules.clocks import (
    CHANGING,
    HOUR,
    Cron,
    Window,
    changes,
    crons,
    schedule,
    slowly_due,
    told,
    utc,
    windows,
)

PARIS_SPRING = utc("2026-03-28T12:00"), utc("2026-03-30T12:00")  # the clock goes from 02:00 to 03:00 on the 29th
PARIS_AUTUMN = utc("2026-10-24T12:00"), utc("2026-10-26T12:00")  # 02:00 to 03:00 is shown twice on the 25th


@settings(max_examples=200, deadline=None)
@given(crons, windows())
def test_due_moments_are_those_of_the_written_rule(cron: Cron, window: Window) -> None:
    """Each wanted wall time once, none lost, none doubled: found minute by minute, around changes in thirteen zones."""
    zone, after, until = window
    found = due_between(schedule(str(cron), zone), after, until)
    assert found == slowly_due(cron, zone, after, until)


@settings(max_examples=100, deadline=None)
@given(crons, windows(), st.lists(st.floats(0, 1), max_size=4))
def test_time_cut_in_pieces_gives_the_same_moments(cron: Cron, window: Window, cuts: list[float]) -> None:
    """A scheduler that looks often and one that looks once see the same moments, strictly in order."""
    zone, after, until = window
    nightly = schedule(str(cron), zone)
    whole = due_between(nightly, after, until)
    edges = [after, *[after + (until - after) * cut for cut in sorted(cuts)], until]
    assert [one for a, b in pairwise(edges) for one in due_between(nightly, a, b)] == whole
    assert all(a < b for a, b in pairwise(whole))


def test_a_skipped_time_is_due_at_the_first_moment_after_the_gap() -> None:
    """02:30 does not exist in Paris on 29 March 2026: that night it is due at 03:00 summer time, 01:00 UTC."""
    assert told(due_between(schedule("30 2 * * *", "Europe/Paris"), *PARIS_SPRING)) == ["29 01:00", "30 00:30"]


def test_a_repeated_time_is_due_in_its_first_pass_only() -> None:
    """02:30 is shown twice in Paris on 25 October 2026: due at 00:30 UTC, not again at 01:30."""
    assert told(due_between(schedule("30 2 * * *", "Europe/Paris"), *PARIS_AUTUMN)) == ["25 00:30", "26 01:30"]


def test_every_skipped_time_of_one_night_is_one_moment() -> None:
    """Four wanted times inside one gap are one run, which a wanted 03:00 joins; the times after it stay."""
    quarterly = schedule("*/15 2-3 * * *", "Europe/Paris")
    found = due_between(quarterly, utc("2026-03-29T00:00"), utc("2026-03-29T12:00"))
    assert told(found) == ["29 01:00", "29 01:15", "29 01:30", "29 01:45"]


def test_every_hour_means_every_real_hour() -> None:
    """An hourly schedule is due in both passes through a repeated hour, and goes on through a skipped one."""
    hourly = schedule("30 * * * *", "Europe/Paris")
    for after, until in (PARIS_SPRING, PARIS_AUTUMN):
        found = due_between(hourly, after, until)
        assert len(found) == 48
        assert {later - earlier for earlier, later in pairwise(found)} == {HOUR}


def test_half_an_hour_that_is_skipped_delays_an_hourly_schedule_by_less_than_an_hour() -> None:
    """Lord Howe's 02:15 is skipped, and nothing else is due when it would have been: 02:30 is due for it."""
    found = due_between(schedule("15 * * * *", "Australia/Lord_Howe"), utc("2026-10-03T12:00"), utc("2026-10-03T18:00"))
    assert told(found) == ["03 12:45", "03 13:45", "03 14:45", "03 15:30", "03 16:15", "03 17:15"]


def test_every_second_hour_is_an_hour_of_the_wall_clock() -> None:
    """Only every hour follows real time: 02:30 of every second hour is due once in both nights of a change."""
    second = schedule("30 */2 * * *", "Europe/Paris")
    spring = due_between(second, utc("2026-03-28T22:00"), utc("2026-03-29T05:00"))
    autumn = due_between(second, utc("2026-10-24T22:00"), utc("2026-10-25T05:00"))
    assert told(spring) == ["28 23:30", "29 01:00", "29 02:30", "29 04:30"]
    assert told(autumn) == ["24 22:30", "25 00:30", "25 03:30"]
    assert not every_hour("30 */2 * * *")
    assert every_hour("*/5 0-23 * * *")


def test_a_midnight_that_is_skipped_still_begins_its_day() -> None:
    """Havana's clock goes from 24:00 to 01:00: the daily run at midnight is due at 01:00, on the same day."""
    found = due_between(schedule("0 0 * * *", "America/Havana"), utc("2026-03-07"), utc("2026-03-09T12:00"))
    assert told(found) == ["07 05:00", "08 05:00", "09 04:00"]


def test_a_day_that_is_skipped_is_one_moment() -> None:
    """Apia left out 30 December 2011: its noon is due when the 31st began."""
    found = due_between(schedule("0 12 * * *", "Pacific/Apia"), utc("2011-12-29T00:00"), utc("2011-12-31T12:00"))
    assert told(found) == ["29 22:00", "30 10:00", "30 22:00"]


def test_after_is_outside_and_until_inside() -> None:
    """A moment is in one of two neighbouring pieces of time, whatever fraction of a second they end at."""
    daily, due = schedule("0 3 * * *"), utc("2026-11-21T03:00")
    tick = timedelta(microseconds=1)
    assert due_between(daily, due - tick, due) == [due]
    assert due_between(daily, due, due + tick) == []
    assert due_between(daily, due - 2 * tick, due - tick) == []
    assert due_between(daily, due, due - HOUR) == []


def test_rare_dates_are_found() -> None:
    """29 February and a fifth Monday in February come, however far away."""
    leap = islice(due_times(schedule("0 0 29 2 *", "Europe/Paris"), utc("2095-01-01")), 2)
    assert [one.isoformat() for one in leap] == ["2096-02-28T23:00:00+00:00", "2104-02-28T23:00:00+00:00"]
    fifth = next(due_times(schedule("0 0 * 2 MON#5"), utc("2073-01-01")))
    assert fifth == utc("2112-02-29")


@settings(max_examples=60, deadline=None)
@given(crons, windows(), st.integers(1, 5))
def test_latest_are_the_last_ones(cron: Cron, window: Window, count: int) -> None:
    """Looking back from a moment gives the end of the list of all."""
    zone, after, until = window
    nightly = schedule(str(cron), zone)
    every = due_between(nightly, after, until)
    assert latest(nightly, until, count, after) == every[-count:]


def test_no_zone_changes_twice_within_a_step() -> None:
    """Stretches are found by looking every few hours: between two looks no zone has left and regained an offset."""
    for name in sorted(available_timezones()):
        moments = _changes_of(name)
        assert all(later - earlier > STEP.total_seconds() for earlier, later in pairwise(moments)), name


def _changes_of(name: str) -> list[int]:
    """Moments since 1970 at which a shipped zone changes anything (RFC 8536, section 3)."""
    place = resources.files("tzdata.zoneinfo").joinpath(*name.split("/"))
    if not place.is_file():
        return []  # a name that only this system knows
    data = place.read_bytes()
    sizes = struct.unpack(">6l", data[20:44])
    utc_marks, wall_marks, leaps, count, types, letters = sizes
    second = 44 + count * 5 + types * 6 + letters + leaps * 8 + wall_marks + utc_marks
    count = struct.unpack(">6l", data[second + 20 : second + 44])[3]
    found = struct.unpack(f">{count}q", data[second + 44 : second + 44 + 8 * count])
    return [one for one in found if one >= 0]


def test_stretches_meet_at_each_change() -> None:
    """From the first to the last moment without a hole, with the offset that the clock has, no longer than known."""
    for name in CHANGING:
        zone = zone_named(name)
        begin, end = changes(name)[0] - 100 * HOUR, changes(name)[-1] + 100 * HOUR
        pieces = list(stretches(zone, begin, end))
        assert (pieces[0].begin, pieces[-1].end) == (begin, end)
        for one, other in pairwise(pieces):
            assert one.end == other.begin
            assert other.before == one.offset != other.offset == offset_at(zone, other.begin)
            assert offset_at(zone, other.begin - timedelta(seconds=1)) == one.offset
            assert abs(other.offset - one.offset) < LONGEST_CHANGE


def test_a_wall_time_means_a_moment() -> None:
    """Skipped: the end of the gap. Shown twice: the first or the last moment."""
    zone = zone_named("Europe/Paris")
    skipped, twice = (utc(text).replace(tzinfo=None) for text in ("2026-03-29T02:30", "2026-10-25T02:30"))
    assert resolve(skipped, zone) == resolve(skipped, zone, last=True) == utc("2026-03-29T01:00")
    assert (resolve(twice, zone), resolve(twice, zone, last=True)) == (utc("2026-10-25T00:30"), utc("2026-10-25T01:30"))
