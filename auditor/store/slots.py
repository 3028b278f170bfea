"""Slots: a due time of a schedule and what came of it. Whoever inserts one may begin its run, nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from auditor.schedules import Decision, Outcome
from auditor.store.engine import now
from auditor.store.sql import clean, table_of
from auditor.store.tables import RunRow, ScheduleSlot

BEGUN, SKIPPED, MISSED, NOTHING, FAILED = "begun", "skipped", "missed", "nothing", "failed"
PLANNED, NOW = "planned", "now"
_OUTCOMES = {Outcome.RUN: BEGUN, Outcome.SKIPPED: SKIPPED, Outcome.MISSED: MISSED}
_TICK = timedelta(microseconds=1)
_TABLE, _RUN = table_of(ScheduleSlot), table_of(RunRow)


@dataclass(frozen=True, slots=True)
class Slot:
    """`outcome` is begun, skipped, missed, nothing or failed; all but the first have a `reason`. `run` is its name."""

    schedule: int
    due_at: datetime
    kind: str  # planned | now
    outcome: str
    reason: str
    run: str | None
    decided_at: datetime


def claim(connection: Connection, schedule: int, decision: Decision, decided_at: datetime, kind: str = PLANNED) -> bool:
    """Insert the slot of a due time; False when there is one already: then leave it alone.

    A rival's insert that is not committed yet is waited for.
    """
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {
        "schedule": schedule,
        "due_at": decision.due_at,
        "kind": kind,
        "outcome": _OUTCOMES[decision.outcome],
        "reason": clean(decision.reason),
        "decided_at": decided_at,
    }
    statement = build(_TABLE).values(values).on_conflict_do_nothing().returning(_TABLE.c.due_at)
    return connection.execute(statement).first() is not None


def claim_now(connection: Connection, schedule: int, reason: str) -> datetime:
    """Insert a slot for a run that is asked for now; its due time, which no other slot has."""
    due = at = now(connection)
    while not claim(connection, schedule, Decision(due, Outcome.RUN, reason), at, NOW):
        due += _TICK
    return due


def settle(
    connection: Connection, schedule: int, due_at: datetime, outcome: str, reason: str, run: int | None = None
) -> None:
    """Say what came of a slot that is ours."""
    values = {"outcome": outcome, "reason": clean(reason), "run": run}
    connection.execute(update(_TABLE).where(*_is(schedule, due_at)).values(values))


def forget_later(connection: Connection, schedule: int, at: datetime) -> int:
    """Take back what was decided without a run about due times later than `at`: the clock was ahead. How many."""
    later = (_TABLE.c.schedule == schedule, _TABLE.c.due_at > at, _TABLE.c.run.is_(None))
    return connection.execute(delete(_TABLE).where(*later)).rowcount


def slot(connection: Connection, schedule: int, due_at: datetime) -> Slot | None:
    """The slot of a due time."""
    return next(iter(_slots(connection, _select().where(*_is(schedule, due_at)))), None)


def slots_of(connection: Connection, schedule: int, limit: int = 50, before: datetime | None = None) -> list[Slot]:
    """The latest slots, the newest first; `before` is the due time to go on from."""
    query = _select().where(_TABLE.c.schedule == schedule)
    if before is not None:
        query = query.where(_TABLE.c.due_at < before)
    return _slots(connection, query.order_by(_TABLE.c.due_at.desc()).limit(limit))


def _is(schedule: int, due_at: datetime) -> Sequence[Any]:
    return _TABLE.c.schedule == schedule, _TABLE.c.due_at == due_at


def _select() -> Select[Any]:
    columns = [_TABLE.c[name] for name in ("schedule", "due_at", "kind", "outcome", "reason")]
    return select(*columns, _RUN.c.name, _TABLE.c.decided_at).join(_RUN, _RUN.c.id == _TABLE.c.run, isouter=True)


def _slots(connection: Connection, query: Select[Any]) -> list[Slot]:
    return [Slot(*row) for row in connection.execute(query)]
