"""The nights of a period: each run that ended in it with its coverage and score, and each due time that had no run."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from auditor.access.reaching import covers
from auditor.evidence.captures import iso
from auditor.schedules import due_times
from auditor.service.downloads.choice import Period
from auditor.service.downloads.cut import Cut
from auditor.store import periods, schedules
from auditor.store.schedules import ACTIVE, StoredSchedule

Json = dict[str, Any]
NOT_RUNNING = "the service did not run then"
CHECKS = ("passed", "failed", "unknown", "notapplicable", "notchecked", "waived")


class Nights(NamedTuple):
    """Runs by time, their entries with those of due times without a run, and whether any schedule is known."""

    rows: Sequence[Any]
    entries: list[Json]
    planned: bool


def nights_of(connection: Connection, period: Period, cut: Cut) -> Nights:
    """What ran in the period and what did not; of runs without a target in reach no more than that there was one."""
    known = {one.id: one for one in schedules.listed(connection, retired=True)}
    named = next((number for number, one in known.items() if one.name == period.schedule), None)
    every = periods.runs_between(connection, period.series, named, period.begin, period.end)
    inside = periods.counts(connection, [row.id for row in every], cut.conditions())
    reached = inside if not cut.chosen else periods.counts(connection, [row.id for row in every], cut.allowed())
    rows = [row for row in every if cut.reach.everything or row.id in reached]
    plans = periods.schedules_of(connection, period.series) if named is None else {named}
    if not cut.reach.everything:
        plans = {row.schedule for row in rows if row.schedule is not None}
    due = periods.due_times(connection, [row.id for row in every])
    told = {number for number in plans if covers(cut.reach, known[number].schedule.population.labels)}
    entries = [_run(row, inside.get(row.id), period, due.get(row.id), tell=cut.reach.everything) for row in rows]
    entries += [
        _empty(due.get(row.id) or row.started_at, row.state, "", "")
        for row in every
        if row not in rows and row.schedule in plans and row.state in ("failed", "cancelled")
    ]
    names = {known[number].name for number in told}
    for slot in periods.empty_slots(connection, plans, period.begin, period.end):
        tell = slot.name in names
        entries.append(_empty(slot.due_at, slot.outcome, slot.name if tell else "", slot.reason if tell else ""))
    for number in sorted(plans):
        entries += _undecided(known[number], period, tell=number in told)
    entries.sort(key=lambda one: (one["due_at"] or one["started_at"], one["started_at"] or ""))
    return Nights(rows, entries, bool(plans))


def _run(row: Any, counts: Mapping[str, int] | None, period: Period, due: Any, *, tell: bool) -> Json:
    found: Mapping[str, int] = counts or {}
    same = row.series == period.series and row.state == "done" and row.head is not None
    return {
        "run": row.name,
        "due_at": iso(due) if due else None,
        "started_at": iso(row.started_at),
        "finished_at": iso(row.finished_at),
        "state": row.state,
        "schedule": None,
        "reason": row.message if tell else "",  # it is of the whole run
        "same_rules": row.series == period.series,
        "targets": found.get("targets", 0),
        "collected": found.get("collected", 0),
        "unreachable": found.get("unreachable", 0),
        "stale": found.get("stale", 0),
        "score": pair_of(found) if same and found else None,
    }


def _empty(at: Any, state: str, schedule: str, reason: str) -> Json:
    nothing = dict.fromkeys(("targets", "collected", "unreachable", "stale"), 0)
    return {
        **{"run": None, "due_at": iso(at), "started_at": None, "finished_at": None, "state": state},
        **{"schedule": schedule or None, "reason": reason, "same_rules": True, **nothing, "score": None},
    }


def _undecided(stored: StoredSchedule, period: Period, *, tell: bool) -> list[Json]:
    """Due times that nobody has decided about yet: the service was not there."""
    begin = max(period.begin, stored.decided_until)
    if stored.state != ACTIVE or begin >= period.end:
        return []
    name = stored.name if tell else ""
    return [_empty(at, "missed", name, NOT_RUNNING) for at in due_times(stored.schedule, begin, period.end)]


def pair_of(counts: Mapping[str, int]) -> Json:
    """The score as documents have it, out of counts."""
    judged = counts["passed"] + counts["failed"] + counts["unknown"]
    lower = 100 * counts["passed"] / judged if judged else None
    upper = 100 * (counts["passed"] + counts["unknown"]) / judged if judged else None
    return {"lower": lower, "upper": upper, **{name: counts[name] for name in CHECKS}}
