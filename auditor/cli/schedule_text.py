"""What `auditor schedule` prints."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import typer

from auditor.cli import output
from auditor.schedules import Placed, Schedule, due_times, placed
from auditor.schedules.cron import explained
from auditor.schedules.zones import told, zone_named
from auditor.store.schedules import RETIRED, StoredSchedule
from auditor.store.slots import Slot

LOOKED_AT = 500  # due times, for the next one that runs


def told_next(schedule: Schedule, now: datetime) -> str:
    """In words when it is due, and when it runs next."""
    run = _next_run(schedule, now)
    when = f"next run {_both(schedule, run)}" if run else f"no run among the next {LOOKED_AT} due times"
    return f"{explained(schedule.cron)}, {schedule.zone}; {when}"


def print_list(found: Sequence[tuple[StoredSchedule, Sequence[Slot]]], now: datetime, *, as_json: bool) -> None:
    """Every schedule with its last slot."""
    if as_json:
        output.as_json([{**_entry(stored, now), "last": _slot(last)} for stored, (last, *_) in _with_one(found)])
        return
    if not found:
        typer.echo("no schedule; `auditor schedule add` makes one")
        return
    rows = []
    for stored, (last, *_) in _with_one(found):
        run = _next_run(stored.schedule, now) if stored.state == "active" else None
        zone = zone_named(stored.schedule.zone)
        came = f"{told(last.due_at, zone)} {last.outcome}" if last else "-"
        schedule = stored.schedule
        rows.append(
            (schedule.name, _state(stored), schedule.cron, schedule.zone, told(run, zone) if run else "-", came)
        )
    output.table(("schedule", "state", "cron", "zone", "next run", "last due time"), rows)


def print_schedule(stored: StoredSchedule, found: Sequence[Slot], now: datetime, *, as_json: bool) -> None:
    """One schedule with its latest slots."""
    if as_json:
        output.as_json({**_entry(stored, now), "slots": [_slot(one) for one in found]})
        return
    schedule, zone = stored.schedule, zone_named(stored.schedule.zone)
    typer.echo(f"{schedule.name}: {_state(stored)}{', ' + stored.paused if stored.paused else ''}")
    typer.echo(f"  {schedule.cron}: {told_next(schedule, now)}")
    for label, value in _lines(schedule):
        typer.echo(f"  {label:12} {output.one_line(value, 400)}")
    if found:
        rows = [(told(one.due_at, zone), _utc(one.due_at), one.outcome, one.run or "-", one.reason) for one in found]
        typer.echo()
        output.table(("due", "UTC", "outcome", "run", "why"), rows)


def print_next(stored: StoredSchedule, now: datetime, count: int, *, as_json: bool) -> None:
    """The due times to come."""
    schedule, zone = stored.schedule, zone_named(stored.schedule.zone)
    places = [placed(schedule, due) for due in islice(due_times(schedule, now), count)]
    if as_json:
        output.as_json([_placed(one) for one in places])
        return
    if stored.paused:
        typer.echo(f"{schedule.name} is {stored.paused}: none of these is run until it is resumed")
    rows = []
    for one in places:
        run = "not run" if one.run_at is None else "at its time" if one.run_at == one.due else told(one.run_at, zone)
        rows.append((told(one.due, zone), _utc(one.due), run, one.reason))
    output.table(("due", "UTC", "run", "why"), rows)


def _with_one(
    found: Sequence[tuple[StoredSchedule, Sequence[Slot]]],
) -> list[tuple[StoredSchedule, Sequence[Slot | None]]]:
    return [(stored, slots or (None,)) for stored, slots in found]


def _next_run(schedule: Schedule, now: datetime) -> datetime | None:
    places = (placed(schedule, due) for due in islice(due_times(schedule, now), LOOKED_AT))
    return next((one.run_at for one in places if one.run_at is not None), None)


def _lines(schedule: Schedule) -> list[tuple[str, str]]:
    work, population = schedule.work, schedule.population
    labels = [f"{key}={value}" for key, values in population.labels.items() for value in values]
    lines = [
        ("inventory", work.inventory),
        ("labels", " ".join(labels)),
        ("targets", " ".join(population.targets)),
        ("baselines", " ".join(work.baselines)),
        ("goldens", " ".join(work.goldens)),
        ("tailoring", work.tailoring or ""),
        ("formats", " ".join(work.formats)),
        *(("blackout", str(window)) for window in schedule.blackouts),
        ("catch up", f"{schedule.catch_up}, within {schedule.catch_up_within / 3600:g} h"),
    ]
    return [(label, value) for label, value in lines if value]


def _entry(stored: StoredSchedule, now: datetime) -> Mapping[str, Any]:
    run = _next_run(stored.schedule, now) if stored.state == "active" else None
    return {
        **stored.schedule.model_dump(mode="json"),
        "state": _state(stored),
        "next_run": _iso(run),
        "changed_at": _iso(stored.changed_at),
        "decided_until": _iso(stored.decided_until),
    }


def _state(stored: StoredSchedule) -> str:
    return "removed" if stored.state == RETIRED else stored.state


def _slot(one: Slot | None) -> Mapping[str, Any] | None:
    if one is None:
        return None
    moments = {"due_at": _iso(one.due_at), "decided_at": _iso(one.decided_at)}
    return {**moments, "kind": one.kind, "outcome": one.outcome, "reason": one.reason, "run": one.run}


def _placed(one: Placed) -> Mapping[str, Any]:
    return {"due_at": _iso(one.due), "run_at": _iso(one.run_at), "reason": one.reason}


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def _both(schedule: Schedule, moment: datetime) -> str:
    local = told(moment, zone_named(schedule.zone))
    return local if local.endswith("UTC") else f"{local} ({_utc(moment)} UTC)"
