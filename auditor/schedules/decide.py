"""What comes of the due times that have passed: run, left out, or missed, each with its reason in words.

A due time is decided once its moment has come: one that a blackout window moves stays open until the window ends, and
so do those after it, which lie in the same window. So due times are decided in order, each once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from auditor.schedules.due import due_times, latest
from auditor.schedules.model import CatchUp, Schedule
from auditor.schedules.place import Placed, placed
from auditor.schedules.zones import told, zone_named

ON_TIME = timedelta(minutes=5)  # a scheduler looks every minute: what is later was not looked at in time
MOST_CAUGHT_UP = 10
MOST_DECIDED = 2000  # due times told one by one; more have passed only where nothing looked for a long time
_MOMENT = timedelta(microseconds=1)


class Outcome(StrEnum):
    """What comes of a due time."""

    RUN = "run"
    SKIPPED = "skipped"  # on purpose: a blackout window, a pause
    MISSED = "missed"  # nobody looked in time


@dataclass(frozen=True, slots=True)
class Decision:
    """A due time and what comes of it; `reason` is "" only for one that is run at its time."""

    due_at: datetime
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions in the order of their due times, and up to when (UTC) every due time has been decided."""

    decisions: tuple[Decision, ...]
    until: datetime


def decide(schedule: Schedule, after: datetime, now: datetime, *, paused: str = "") -> Decided:
    """Decide the due times later than `after`, up to `now`, never a later one. `paused` says why none is run."""
    if now <= after:
        return Decided((), after)
    due = latest(schedule, now, MOST_DECIDED, after)
    decisions = _untold(schedule, after, due)
    if paused:
        return Decided((*decisions, *(Decision(one, Outcome.SKIPPED, paused) for one in due)), now)
    places = [placed(schedule, one) for one in due]
    waiting = next((n for n, one in enumerate(places) if one.run_at is not None and one.run_at > now), None)
    ready = places[:waiting]
    decisions += [Decision(one.due, Outcome.SKIPPED, one.reason) for one in ready if one.run_at is None]
    decisions += _runs(schedule, ready, now)
    until = now if waiting is None else max(after, places[waiting].due - _MOMENT)
    return Decided(tuple(sorted(decisions, key=lambda one: one.due_at)), until)


def _untold(schedule: Schedule, after: datetime, due: Sequence[datetime]) -> list[Decision]:
    """One decision for all that passed before those that are told one by one."""
    if len(due) < MOST_DECIDED:
        return []
    first = next(due_times(schedule, after))
    if first == due[0]:
        return []
    until = told(due[0], zone_named(schedule.zone))
    return [Decision(first, Outcome.MISSED, f"this and every later due time before {until} passed undecided")]


def _runs(schedule: Schedule, ready: Sequence[Placed], now: datetime) -> list[Decision]:
    zone = zone_named(schedule.zone)
    last: dict[datetime, Placed] = {one.run_at: one for one in ready if one.run_at is not None}
    decisions = []
    for one in ready:
        if one.run_at is not None and (other := last[one.run_at]) is not one:
            reason = f"{one.reason}, together with the one due at {told(other.due, zone)}"
            decisions.append(Decision(one.due, Outcome.SKIPPED, reason))
    moments = sorted(last)
    return decisions + [_run(schedule, moments, n, last[moment], now) for n, moment in enumerate(moments)]


def _run(schedule: Schedule, moments: Sequence[datetime], place: int, one: Placed, now: datetime) -> Decision:
    """The decision about one of the `moments` (in order) that have come."""
    moment, later = moments[place], len(moments) - place - 1
    late = now - moment
    if not later and late <= ON_TIME:
        return Decision(one.due, Outcome.RUN, one.reason)
    zone, within = zone_named(schedule.zone), timedelta(seconds=schedule.catch_up_within)
    reason = f"{one.reason}, " if one.reason else ""
    if schedule.catch_up is CatchUp.SKIP:
        why = f"no scheduler looked within {_length(ON_TIME)}, and the catch-up policy is skip"
    elif schedule.catch_up is CatchUp.ONCE and later:
        why = f"no scheduler looked in time: the run due at {told(moments[-1], zone)} stands for it"
    elif late > within:
        why = f"no scheduler looked for {_length(late)}, and it is caught up within {_length(within)}"
    elif later >= MOST_CAUGHT_UP:
        why = f"no scheduler looked in time, and only the last {MOST_CAUGHT_UP} are caught up"
    else:
        return Decision(one.due, Outcome.RUN, f"{reason}caught up {_length(late)} late")
    return Decision(one.due, Outcome.MISSED, reason + why)


def _length(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    return " ".join(part for part in parts if part) or "less than a minute"
