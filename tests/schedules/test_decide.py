"""What comes of due times that have passed."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.schedules import Decision, Outcome, Schedule, decide, due_between, placed
from auditor.schedules.decide import MOST_CAUGHT_UP, MOST_DECIDED, ON_TIME
from tests.schedules.clocks import HOUR, MINUTE, Window, crons, schedule, told, utc, windows

RUN, SKIPPED, MISSED = Outcome.RUN, Outcome.SKIPPED, Outcome.MISSED


def runs(decisions: Iterable[Decision]) -> list[str]:
    return told([one.due_at for one in decisions if one.outcome is RUN])


def outcomes(decisions: Iterable[Decision]) -> list[Outcome]:
    return [one.outcome for one in decisions]


def test_a_due_time_is_run_at_its_time() -> None:
    """Looked at a minute later it is run, without a reason; looked at a second before, it is not decided at all."""
    nightly, due = schedule("0 2 * * *"), utc("2026-11-20T02:00")
    early = decide(nightly, due - HOUR, due - timedelta(seconds=1))
    assert (early.decisions, early.until) == ((), due - timedelta(seconds=1))
    found = decide(nightly, early.until, due + MINUTE)
    assert found.decisions == (Decision(due, RUN),)
    assert found.until == due + MINUTE
    assert decide(nightly, found.until, due + 2 * MINUTE).decisions == ()


def test_time_that_runs_backwards_decides_nothing() -> None:
    """A clock that was set back does not decide a past moment again, and not up to an earlier one."""
    found = decide(schedule("* * * * *"), utc("2026-11-20T02:00"), utc("2026-11-20T01:00"))
    assert (found.decisions, found.until) == ((), utc("2026-11-20T02:00"))


DOWN = utc("2026-11-15T12:00"), utc("2026-11-20T12:00")  # five nights at 02:00 pass, the last ten hours ago


def test_catch_up_once_runs_the_latest_missed_one() -> None:
    """The others are missed, and say which one stands for them."""
    found = decide(schedule("0 2 * * *"), *DOWN).decisions
    assert outcomes(found) == [MISSED] * 4 + [RUN]
    assert found[-1].reason == "caught up 10 h late"
    assert found[0].reason == "no scheduler looked in time: the run due at 2026-11-20 02:00 UTC stands for it"


def test_catch_up_skip_runs_none() -> None:
    """Every one is missed, with the policy as the reason."""
    found = decide(schedule("0 2 * * *", catch_up="skip"), *DOWN).decisions
    assert outcomes(found) == [MISSED] * 5
    assert "the catch-up policy is skip" in found[-1].reason


def test_catch_up_all_runs_each_that_is_young_enough() -> None:
    """Those older than the bound are missed, and say how old they are."""
    found = decide(schedule("0 2 * * *", catch_up="all", catch_up_within="60h"), *DOWN).decisions
    assert outcomes(found) == [MISSED, MISSED, RUN, RUN, RUN]
    assert found[1].reason == "no scheduler looked for 3 d 10 h, and it is caught up within 2 d 12 h"


def test_catch_up_once_is_bounded_too() -> None:
    """Even the latest is missed when it is too old."""
    found = decide(schedule("0 2 * * *", catch_up_within="9h"), *DOWN).decisions
    assert outcomes(found) == [MISSED] * 5
    assert found[-1].reason == "no scheduler looked for 10 h, and it is caught up within 9 h"


def test_catch_up_all_is_bounded_in_number() -> None:
    """Of a hundred hours the last ten are run."""
    found = decide(schedule("0 * * * *", catch_up="all", catch_up_within="400d"), utc("2026-11-15"), utc("2026-11-20"))
    assert outcomes(found.decisions) == [MISSED] * (120 - MOST_CAUGHT_UP) + [RUN] * MOST_CAUGHT_UP
    assert "only the last 10" in found.decisions[0].reason


def test_the_one_of_now_is_run_whatever_the_policy() -> None:
    """Nights were missed, but the due time of this minute is not late: even `skip` runs it."""
    for policy in ("skip", "once", "all"):
        nightly = schedule("0 2 * * *", catch_up=policy, catch_up_within="1m")
        found = decide(nightly, utc("2026-11-15T12:00"), utc("2026-11-20T02:01")).decisions
        assert outcomes(found) == [MISSED] * 4 + [RUN]
        assert found[-1].reason == ""


def test_a_window_is_told_as_the_reason() -> None:
    """Left out on purpose is not missed."""
    hourly = schedule("0 * * * *", blackouts=["daily 08:00-18:00"])
    found = decide(hourly, utc("2026-11-20T06:30"), utc("2026-11-20T18:01")).decisions
    assert outcomes(found) == [MISSED] + [SKIPPED] * 10 + [RUN]
    assert found[1].reason == "inside the blackout window daily 08:00-18:00"


def test_moved_due_times_wait_and_become_one_run() -> None:
    """Three due times of a window are decided at its end: the last one runs, the others are with it."""
    hourly = schedule("30 * * * *", blackouts=["daily 01:00-04:00 then after"])
    begin = utc("2026-11-20T01:00")
    waiting = decide(hourly, begin, utc("2026-11-20T03:59:59"))
    assert waiting.decisions == ()
    assert waiting.until < utc("2026-11-20T01:30")
    found = decide(hourly, waiting.until, utc("2026-11-20T04:00"))
    assert outcomes(found.decisions) == [SKIPPED, SKIPPED, RUN]
    assert runs(found.decisions) == ["20 03:30"]
    assert found.decisions[0].reason.endswith("together with the one due at 2026-11-20 03:30 UTC")
    assert "moved to its end" in found.decisions[2].reason
    assert found.until == utc("2026-11-20T04:00")


def test_a_moved_due_time_can_be_missed() -> None:
    """Late is counted from the moment it was moved to."""
    nightly = schedule("0 2 * * *", blackouts=["daily 01:00-04:00 then after"], catch_up_within="2h")
    assert outcomes(decide(nightly, utc("2026-11-20"), utc("2026-11-20T05:59")).decisions) == [RUN]
    assert outcomes(decide(nightly, utc("2026-11-20"), utc("2026-11-20T06:01")).decisions) == [MISSED]


def test_a_pause_leaves_out() -> None:
    """What was due while a schedule was paused is left out, and says so."""
    found = decide(schedule("0 2 * * *"), *DOWN, paused="paused since yesterday")
    assert outcomes(found.decisions) == [SKIPPED] * 5
    assert {one.reason for one in found.decisions} == {"paused since yesterday"}


def test_a_long_downtime_is_told_in_bounded_words() -> None:
    """A year of minutes is not half a million rows: one stands for all but the last ones."""
    after, now = utc("2025-11-20"), utc("2026-11-20T00:00:30")
    found = decide(schedule("* * * * *"), after, now)
    assert len(found.decisions) == MOST_DECIDED + 1
    assert found.decisions[0].due_at == after + MINUTE
    assert found.decisions[0].reason.startswith("this and every later due time before 2026-11-18")
    assert outcomes(found.decisions) == [MISSED] * MOST_DECIDED + [RUN]


WINDOWS = (
    "daily 22:00-06:00 then after",
    "mon-fri 08:00-18:00",
    "sat 10:00-23:00 America/New_York then after",
    "sun 00:00-24:00 then after",
    "daily 02:00-03:00",
)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    lines = draw(st.lists(st.sampled_from(WINDOWS), max_size=3, unique=True))
    policy = draw(st.sampled_from(["skip", "once", "all"]))
    zone = draw(st.sampled_from(["Europe/Paris", "America/Havana", "Australia/Lord_Howe"]))
    within = draw(st.integers(1, 72))
    cron = f"{draw(st.integers(0, 59))} {draw(st.sampled_from(['*', '*/3', '2', '1,2,3', '0-23']))} * * *"
    return schedule(cron, zone, blackouts=lines, catch_up=policy, catch_up_within=f"{within}h")


@settings(max_examples=150, deadline=None)
@given(schedules(), windows(), st.lists(st.integers(1, 40_000), min_size=1, max_size=12))
def test_every_due_time_is_decided_once_and_none_before_its_moment(
    nightly: Schedule, window: Window, steps: list[int]
) -> None:
    """However often a scheduler looks: each due time is decided once, in order, and run when its moment has come."""
    _, now, _ = window
    begin = until = now
    kept: dict[datetime, Decision] = {}
    for step in steps:
        now += timedelta(seconds=step)
        found = decide(nightly, until, now)
        assert until <= found.until <= now
        until = found.until
        moments = [placed(nightly, one.due_at).run_at for one in found.decisions if one.outcome is RUN]
        assert all(moment is not None and moment <= now for moment in moments)
        for one in found.decisions:
            assert one.due_at <= now
            assert (one.outcome, one.reason) == (RUN, "") or one.reason
            assert one.due_at not in kept
            kept[one.due_at] = one
    assert list(kept) == due_between(nightly, begin, until)


@settings(max_examples=60, deadline=None)
@given(crons, windows())
def test_a_scheduler_that_looks_each_minute_misses_nothing(cron: object, window: Window) -> None:
    """Without windows and without downtime every due time is run, and none is caught up."""
    zone, begin, _ = window
    often = schedule(str(cron), zone)
    now = until = begin
    run: list[datetime] = []
    for _ in range(180):
        now += MINUTE
        found = decide(often, until, now)
        until = found.until
        assert outcomes(found.decisions) == [RUN] * len(found.decisions)
        run += [one.due_at for one in found.decisions]
    assert run == due_between(often, begin, now)


@pytest.mark.parametrize("late", [timedelta(0), ON_TIME])
def test_on_time_is_a_matter_of_minutes(late: timedelta) -> None:
    """A look that comes within minutes is on time under every policy."""
    due = utc("2026-11-20T02:00")
    assert outcomes(decide(schedule("0 2 * * *", catch_up="skip"), due - HOUR, due + late).decisions) == [RUN]
    later = due + ON_TIME + timedelta(seconds=1)
    assert outcomes(decide(schedule("0 2 * * *", catch_up="skip"), due - HOUR, later).decisions) == [MISSED]
