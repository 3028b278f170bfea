"""What pages show of schedules: when they are due, in words and in two zones; and how one is typed into a form."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from auditor.evidence.captures import iso
from auditor.schedules import Placed, Schedule, due_times, placed
from auditor.schedules.cron import explained
from auditor.schedules.zones import offset_at, told, zone_named
from auditor.store.schedules import StoredSchedule
from auditor.store.slots import Slot
from auditor.web.filling import Filled, filled_with, lines_of
from auditor.web.forms import Fields, one

LOOKED_AT = 200  # due times, for the next one that runs
OUTCOMES = {
    "begun": "Run",
    "skipped": "Left out",
    "missed": "Missed",
    "nothing": "Nothing to do",
    "failed": "Could not begin",
}
KINDS = {"begun": "pass", "skipped": "notapplicable", "missed": "unknown", "nothing": "notapplicable", "failed": "fail"}


def coming(schedule: Schedule, at: datetime, count: int) -> list[dict[str, Any]]:
    """The next due times: in the schedule's zone, in UTC, when it is run, and whether a clock changes before it."""
    zone, out, before = zone_named(schedule.zone), list[dict[str, Any]](), offset_at(zone_named(schedule.zone), at)
    for due in islice(due_times(schedule, at), count):
        place, offset = placed(schedule, due), offset_at(zone, due)
        out.append(_place(schedule, place) | {"change": _clock(offset - before)})
        before = offset
    return out


def row(stored: StoredSchedule, last: Sequence[Slot], at: datetime) -> dict[str, Any]:
    """A schedule in a list: when it is due, runs next, and what came of its last due time."""
    schedule = stored.schedule
    return {
        "name": schedule.name,
        "words": explained(schedule.cron),
        "cron": schedule.cron,
        "zone": schedule.zone,
        "state": stored.state,
        "changed_at": iso(stored.changed_at),
        "labels": [f"{key}={value}" for key, values in schedule.population.labels.items() for value in values],
        "targets": list(schedule.population.targets),
        "next": _next(schedule, at) if stored.state == "active" else None,
        "last": slot_row(schedule, last[0]) if last else None,
    }


def slot_row(schedule: Schedule, one_: Slot) -> dict[str, Any]:
    """A due time that was, and what came of it."""
    return {
        "due": told(one_.due_at, zone_named(schedule.zone)),
        "due_at": iso(one_.due_at),
        "asked": one_.kind == "now",
        "outcome": OUTCOMES.get(one_.outcome, one_.outcome),
        "kind": KINDS.get(one_.outcome, "unknown"),
        "reason": one_.reason,
        "run": one_.run,
    }


def typed(schedule: Schedule) -> Filled:
    """A form with what a schedule says."""
    work, population = schedule.work, schedule.population
    labels = [f"{key}={value}" for key, values in population.labels.items() for value in values]
    return filled_with(
        name=schedule.name,
        cron=schedule.cron,
        zone=schedule.zone,
        labels="\n".join(labels),
        targets="\n".join(population.targets),
        baselines=work.baselines,
        goldens=work.goldens,
        tailoring=work.tailoring or "",
        formats=work.formats,
        blackouts="\n".join(map(str, schedule.blackouts)),
        catch_up=schedule.catch_up.value,
        catch_up_within=_length(schedule.catch_up_within),
        fail_on=work.fail_on,
        min_coverage=f"{work.min_coverage:g}",
        max_unknown="" if work.max_unknown is None else f"{work.max_unknown:g}",
    )


def asked(fields: Fields) -> Mapping[str, Any]:
    """What was typed, as the API takes it."""
    return {
        "name": one(fields, "name").strip(),
        "cron": one(fields, "cron").strip(),
        "zone": one(fields, "zone").strip(),
        "labels": _labels(one(fields, "labels")),
        "targets": lines_of(one(fields, "targets")),
        "baselines": fields.get("baselines", []),
        "goldens": fields.get("goldens", []),
        "tailoring": one(fields, "tailoring").strip() or None,
        "formats": fields.get("formats", []),
        "blackouts": lines_of(one(fields, "blackouts")),
        "catch_up": one(fields, "catch_up"),
        "catch_up_within": one(fields, "catch_up_within").strip() or "24h",
        "fail_on": one(fields, "fail_on") or "high",
        "min_coverage": one(fields, "min_coverage").strip() or "100",
        "max_unknown": one(fields, "max_unknown").strip() or None,
    }


def _labels(text: str) -> dict[str, list[str]]:
    """`site=ams` on each line; two values of one key are alternatives."""
    found: dict[str, list[str]] = {}
    for line in lines_of(text.replace(",", "\n")):
        key, _, value = line.partition("=")
        found.setdefault(key.strip(), []).append(value.strip())
    return found


def _length(seconds: int) -> str:
    """A duration as it is typed, in the largest unit that says it whole."""
    unit, size = next(((unit, size) for unit, size in (("h", 3600), ("m", 60)) if seconds % size == 0), ("m", 60))
    return f"{seconds // size}{unit}"


def _place(schedule: Schedule, place: Placed) -> dict[str, Any]:
    zone = zone_named(schedule.zone)
    return {
        "due": told(place.due, zone),
        "utc": f"{place.due.astimezone(UTC):%Y-%m-%d %H:%M}",
        "due_at": iso(place.due),
        "run": told(place.run_at, zone) if place.run_at is not None and place.run_at != place.due else "",
        "left_out": place.run_at is None,
        "reason": place.reason,
    }


def _next(schedule: Schedule, at: datetime) -> dict[str, Any] | None:
    """The next due time that is run; None where none is for long."""
    places = (placed(schedule, due) for due in islice(due_times(schedule, at), LOOKED_AT))
    found = next((one_.run_at for one_ in places if one_.run_at is not None), None)
    if found is None:
        return None
    return {"local": told(found, zone_named(schedule.zone)), "utc": f"{found.astimezone(UTC):%H:%M}", "at": iso(found)}


def _clock(change: timedelta) -> str:
    """In words what the clock of the zone did between two due times."""
    if not change:
        return ""
    minutes = abs(int(change.total_seconds())) // 60
    length = f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
    return f"the clock goes {'forward' if change > timedelta(0) else 'back'} {length} before"
