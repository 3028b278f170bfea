"""What happened in a run, a schedule's due time or a waiver's life, as events. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from auditor.domain import EMPTY
from auditor.notify.events import Event, Item, Kind, Member


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that is over. `failures` and `drift` are what the reading of each target before this one did not show.

    `first` says that there was no run before it in its series: then nothing is new, for nothing is known.
    """

    name: str
    state: str  # done | failed | cancelled
    at: datetime
    floor: float = 100.0
    first: bool = False
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)  # that it was narrowed to
    members: Sequence[Member] = ()
    failures: Sequence[Item] = ()
    drift: Sequence[Item] = ()


@dataclass(frozen=True, slots=True)
class DueTime:
    """A due time of a schedule from which no run with a result came. `outcome` is missed, failed or nothing."""

    schedule: str
    due_at: datetime
    decided_at: datetime
    outcome: str
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Ending:
    """A waiver that ends soon or has just ended, and the targets that it covers."""

    name: str
    rule: str
    ends: datetime
    words: str
    days_left: int
    items: Sequence[Item] = ()


_OUTCOMES = {
    "missed": "no scheduler was there",
    "failed": "its run could not be begun",
    "nothing": "its run found nothing to do",
}


def of_run(run: Ended) -> list[Event]:
    """The events of a run that is over, the gravest first. A cancelled one has none: somebody knows."""
    path = f"/runs/{quote(run.name, safe='')}"
    if run.state == "failed":
        return [Event(f"run:{run.name}:failed", Kind.RUN_FAILED, run.at, run.name, path, labels=run.labels)]
    if run.state != "done" or not run.members:
        return []
    members = tuple(run.members)
    made = [Event(f"run:{run.name}:coverage", Kind.COVERAGE_LOW, run.at, run.name, path, (), members, floor=run.floor)]
    if run.failures and not run.first:
        made.append(Event(f"run:{run.name}:new", Kind.FINDINGS_NEW, run.at, run.name, path, tuple(run.failures)))
    if run.drift and not run.first:
        made.append(Event(f"run:{run.name}:drift", Kind.DRIFT_FOUND, run.at, run.name, path, tuple(run.drift)))
    made.append(Event(f"run:{run.name}:done", Kind.RUN_FINISHED, run.at, run.name, path, (), members))
    return made


def of_due_time(due: DueTime) -> Event:
    """The event of a due time without a run."""
    return Event(
        f"schedule:{due.schedule}:{due.due_at.isoformat()}:{due.outcome}",
        Kind.SCHEDULE_MISSED,
        due.decided_at,
        due.schedule,
        f"/schedules/{quote(due.schedule, safe='')}",
        labels=due.labels,
        note=f"due {due.due_at:%Y-%m-%d %H:%M} UTC: {_OUTCOMES.get(due.outcome, due.outcome)}",
    )


def of_waiver(ending: Ending, now: datetime) -> Event:
    """The event of a waiver's end. How long before it somebody is told stands in each subscription."""
    return Event(
        f"waiver:{ending.name}:{ending.ends.isoformat()}",
        Kind.WAIVER_EXPIRING,
        now,
        ending.name,
        f"/waivers/{quote(ending.name, safe='')}",
        items=tuple(ending.items),
        note=ending.words,
        days_left=ending.days_left,
    )
