"""A store with schedules, for tests; run as a program it is a scheduler that can be killed."""

import os
import random
import signal
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, select

from auditor.schedules import Schedule
from auditor.service.scheduling import tick
from auditor.store import runs, schedules, slots
from auditor.store.engine import Store, open_store
from auditor.store.schedules import StoredSchedule
from auditor.store.slots import Slot
from auditor.store.sql import table_of
from auditor.store.tables import RunRow, ScheduleRow
from tests.schedules.clocks import schedule, utc

RUN, SCHEDULE = table_of(RunRow), table_of(ScheduleRow)
NUMBERS = count()
START = utc("2026-11-16")  # a Monday
HOURLY = "0 * * * *"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url)
    yield opened
    opened.close()


def begun(connection: Connection, stored: StoredSchedule, requested_by: str) -> int:
    """A run without sources; it never ends, so no schedule has it: that one would not begin another."""
    name = f"run-{os.getpid()}-{next(NUMBERS)}"
    return runs.new_run(connection, name, {}, {}, requested_by=requested_by)


def going_on(connection: Connection, stored: StoredSchedule, requested_by: str) -> int:
    """A run of the schedule that has not ended."""
    run = begun(connection, stored, requested_by)
    runs.change_run(connection, run, schedule=stored.id)
    return run


def idle(connection: Connection, stored: StoredSchedule, requested_by: str) -> int:
    """A run that found nothing to do."""
    run = begun(connection, stored, requested_by)
    runs.change_run(connection, run, state="done", message="nothing to do: no source has the label site=mars")
    return run


def added(store: Store, cron: str = "0 2 * * *", since: datetime = START, **more: Any) -> Schedule:
    """A schedule that is looked at from `since` on."""
    made = schedule(cron, more.pop("zone", "UTC"), **more)
    with store.writing() as connection:
        number = schedules.add(connection, made, "tester")
        schedules.set_decided(connection, number, since)
    return made


def slots_in(store: Store, name: str = "nightly") -> list[Slot]:
    """Every slot of a schedule, the oldest first."""
    with store.reading() as connection:
        number = connection.scalar(select(SCHEDULE.c.id).where(SCHEDULE.c.name == name))
        return slots.slots_of(connection, int(number or 0), 10_000)[::-1]


def run_names(store: Store) -> list[str]:
    with store.reading() as connection:
        return [row.name for row in runs.list_runs(connection, 10_000)]


def outcomes(found: Sequence[Slot]) -> list[str]:
    return [f"{one.due_at:%d %H:%M} {one.outcome}" for one in found]


def main(url: str, seed: str, how: str) -> None:
    """Look again and again at a time of our own: `steady`, or `steps` both ways; `die` is killed when a run begins."""
    store, chance = open_store(url), random.Random(seed)

    def dying(connection: Connection, stored: StoredSchedule, requested_by: str) -> int:
        begun(connection, stored, requested_by)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    now = START
    for _ in range(48):
        now += timedelta(minutes=60)
        step = timedelta(minutes=chance.randint(-200, 200)) if how == "steps" else timedelta(0)
        tick(store, dying if how == "die" else begun, now=now + step)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
