"""Schedules: added, changed, paused, resumed, retired. Changes stand in the journal; a retired one keeps its slots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import orjson
from sqlalchemy import Connection, Row, insert, select, update

from auditor.errors import InputError
from auditor.schedules import Decision, Outcome, Schedule, checked_schedule, decide
from auditor.store import slots
from auditor.store.access.acting import Who, note
from auditor.store.engine import now
from auditor.store.sql import table_of
from auditor.store.tables import ScheduleRow

ACTIVE, PAUSED, RETIRED = "active", "paused", "retired"
_TABLE = table_of(ScheduleRow)


@dataclass(frozen=True, slots=True)
class StoredSchedule:
    """A schedule as it stands. Every due time up to `decided_until` has its slot."""

    id: int
    schedule: Schedule
    state: str
    created_at: datetime
    changed_at: datetime
    decided_until: datetime

    @property
    def name(self) -> str:
        """Its name."""
        return self.schedule.name

    @property
    def paused(self) -> str:
        """Why nothing of it is run, "" when it is."""
        return f"paused since {self.changed_at:%Y-%m-%d %H:%M} UTC" if self.state == PAUSED else ""


def add(connection: Connection, schedule: Schedule, actor: Who) -> int:
    """Its number. A retired name is taken up again, with its history. Raises InputError for a name that is in use."""
    at = now(connection)
    row = connection.execute(select(_TABLE.c.id, _TABLE.c.state).where(_TABLE.c.name == schedule.name)).first()
    if row is not None and row.state != RETIRED:
        mend = "Choose another name, or remove that one."
        raise InputError(f"there is a schedule {schedule.name} already", mend=mend)
    values = {"definition": schedule.model_dump_json(), "state": ACTIVE, "changed_at": at, "decided_until": at}
    if row is None:
        fresh = {"name": schedule.name, "created_at": at, **values}
        number = int(connection.execute(insert(_TABLE).values(fresh).returning(_TABLE.c.id)).scalar_one())
    else:
        number = int(row.id)
        connection.execute(update(_TABLE).where(_TABLE.c.id == number).values(values))
    note(connection, actor, "schedule added", schedule.name, schedule.model_dump(mode="json"))
    return number


def change(connection: Connection, schedule: Schedule, actor: Who) -> None:
    """Give the schedule of that name another definition.

    Due times that passed under the old one and are not decided yet are missed, where the new one is due at other times.
    Raises InputError.
    """
    stored, at = find(connection, schedule.name, lock=True), now(connection)
    values: dict[str, Any] = {"definition": schedule.model_dump_json(), "changed_at": at}
    if _times(stored.schedule) != _times(schedule):
        _settle(connection, stored, at, Outcome.MISSED, "the schedule was changed before this due time was decided")
        values["decided_until"] = max(at, stored.decided_until)
    connection.execute(update(_TABLE).where(_TABLE.c.id == stored.id).values(values))
    detail = {"before": stored.schedule.model_dump(mode="json"), "after": schedule.model_dump(mode="json")}
    note(connection, actor, "schedule changed", schedule.name, detail)


def pause(connection: Connection, name: str, actor: Who) -> bool:
    """Let nothing of it run from now on; False if it was paused. Raises InputError."""
    stored = find(connection, name, lock=True)
    return stored.state != PAUSED and _go(connection, stored, PAUSED, actor, "schedule paused")


def resume(connection: Connection, name: str, actor: Who) -> bool:
    """Let it run again; what was due meanwhile is left out. False if it was not paused. Raises InputError."""
    stored = find(connection, name, lock=True)
    if stored.state != PAUSED:
        return False
    at = now(connection)
    _settle(connection, stored, at, Outcome.SKIPPED, stored.paused)
    return _go(connection, stored, ACTIVE, actor, "schedule resumed", decided_until=max(at, stored.decided_until))


def retire(connection: Connection, name: str, actor: Who) -> None:
    """Take it out of use; its slots and runs stay. Raises InputError."""
    _go(connection, find(connection, name, lock=True), RETIRED, actor, "schedule retired")


def find(connection: Connection, name: str, *, lock: bool = False) -> StoredSchedule:
    """The schedule of that name that is in use. Raises InputError with a near name."""
    query = select(_TABLE).where(_TABLE.c.name == name, _TABLE.c.state != RETIRED)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is not None:
        return _stored(row)
    names = [one for (one,) in connection.execute(select(_TABLE.c.name).where(_TABLE.c.state != RETIRED))]
    near = get_close_matches(name, names, 1)
    mend = f"Did you mean {near[0]}?" if near else "`auditor schedule list` names them."
    raise InputError(f"there is no schedule {name[:100]!r}", mend=mend)


def listed(connection: Connection, *, retired: bool = False) -> list[StoredSchedule]:
    """Every schedule in use, or with the retired ones, by name. Raises InputError for a definition that is none."""
    query = select(_TABLE).order_by(_TABLE.c.name)
    return [_stored(row) for row in connection.execute(query if retired else query.where(_TABLE.c.state != RETIRED))]


def in_use(connection: Connection) -> Sequence[int]:
    """The numbers of the schedules that a scheduler looks at."""
    query = select(_TABLE.c.id).where(_TABLE.c.state != RETIRED).order_by(_TABLE.c.id)
    return connection.execute(query).scalars().all()


def held(connection: Connection, number: int) -> StoredSchedule | None:
    """The schedule, for this transaction alone; None when another scheduler has it, or it is retired."""
    query = (
        select(_TABLE)
        .where(_TABLE.c.id == number, _TABLE.c.state != RETIRED)
        .with_for_update(skip_locked=True, key_share=True)
    )
    row = connection.execute(query).first()
    return _stored(row) if row is not None else None


def by_number(connection: Connection, number: int) -> StoredSchedule | None:
    """The schedule, retired or not."""
    row = connection.execute(select(_TABLE).where(_TABLE.c.id == number)).first()
    return _stored(row) if row is not None else None


def set_decided(connection: Connection, number: int, until: datetime) -> None:
    """Every due time up to `until` has its slot now."""
    connection.execute(update(_TABLE).where(_TABLE.c.id == number).values(decided_until=until))


def _times(schedule: Schedule) -> tuple[object, ...]:
    return schedule.cron, schedule.zone, schedule.blackouts


def _settle(connection: Connection, stored: StoredSchedule, at: datetime, outcome: Outcome, reason: str) -> None:
    """Slots for what passed undecided, none of it run."""
    for one in decide(stored.schedule, stored.decided_until, at, paused=reason).decisions:
        slots.claim(connection, stored.id, Decision(one.due_at, outcome, reason), at)


def _go(connection: Connection, stored: StoredSchedule, state: str, actor: Who, action: str, **more: datetime) -> bool:
    values = {"state": state, "changed_at": now(connection), **more}
    connection.execute(update(_TABLE).where(_TABLE.c.id == stored.id).values(values))
    note(connection, actor, action, stored.name)
    return True


def _stored(row: Row[Any]) -> StoredSchedule:
    schedule = checked_schedule(orjson.loads(row.definition))
    return StoredSchedule(row.id, schedule, row.state, row.created_at, row.changed_at, row.decided_until)
