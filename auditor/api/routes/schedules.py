"""`/api/v1/schedules`: audits at set times, over the inventory of the service."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, Reach
from auditor.api.answering import as_json, page_of
from auditor.api.forms import Line
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.once import Key, once
from auditor.api.problems import ProblemError, described
from auditor.api.reaching import covers
from auditor.api.routes.common import missing, reach_of
from auditor.api.routes.starting import Selection, check_names, inventory
from auditor.api.shapes import ListOf, ScheduleShown
from auditor.errors import InputError
from auditor.evidence.captures import iso
from auditor.schedules import Schedule, checked_schedule, due_times, placed
from auditor.service.profiles import approved_names
from auditor.service.scheduling import checked, run_now_in
from auditor.store import schedules, slots
from auditor.store.access.acting import Actor
from auditor.store.engine import now
from auditor.store.schedules import StoredSchedule
from auditor.store.slots import Slot

router = APIRouter(prefix="/api/v1/schedules", tags=["schedules"])
SEES, CHANGES, STARTS = Permission.RESULTS_READ, Permission.SCHEDULES_WRITE, Permission.RUNS_WRITE
READ, WRITE = allowed(SEES), allowed(CHANGES)
LISTED, ONE, ERRORS = (
    described(401, 403, 422),
    described(401, 403, 404, 422),
    described(400, 401, 403, 404, 409, 413, 422),
)
Count = Annotated[int, Query(ge=0, le=100, description="How many due times to come, and of those that were.")]


class ScheduleForm(Selection):
    """A schedule. Cron has five fields, read in the zone."""

    name: Line = Field(examples=["nightly"])
    cron: Line = Field(examples=["30 2 * * *"])
    zone: Line = Field(examples=["Europe/Amsterdam"])
    blackouts: list[Line] = Field(default_factory=list, max_length=100)
    catch_up: Line = "once"
    catch_up_within: Line = "24h"
    fail_on: Literal["low", "medium", "high", "critical"] = "high"
    min_coverage: float = Field(default=100.0, ge=0, le=100)
    max_unknown: float | None = Field(default=None, ge=0, le=100)

    def schedule(self) -> Schedule:
        """The same, checked. Raises InputError."""
        words = ("baselines", "goldens", "tailoring", "formats", "fail_on", "min_coverage", "max_unknown")
        work = {"inventory": inventory(), **{key: getattr(self, key) for key in words}}
        keys = ("name", "cron", "zone", "blackouts", "catch_up", "catch_up_within")
        population = {"labels": self.labels, "targets": self.targets}
        return checked_schedule({**{key: getattr(self, key) for key in keys}, "work": work, "population": population})


@router.get("", dependencies=[READ], responses=LISTED, response_model=ListOf[ScheduleShown])
def list_schedules(request: Request, asks: Asks, world: World) -> Response:
    """Schedules in use by name; for whom a scope limits, those wholly within."""
    reach = reach_of(asks, SEES)
    with world.store.reading() as connection:
        found = [one for one in schedules.listed(connection) if is_within(one, reach)]
        shown = [schedule_shown(connection, one, 1) for one in found]
    return page_of(request, shown, None)


@router.get("/{name}", dependencies=[READ], responses=ONE, response_model=ScheduleShown)
def show_schedule(name: str, request: Request, asks: Asks, world: World, count: Count = 10) -> Response:
    """A schedule with its next due times, and what came of its last ones."""
    with world.store.reading() as connection:
        shown = schedule_shown(connection, schedule_in(connection, name, reach_of(asks, SEES)), count)
    return as_json(request, shown)


@router.post("", dependencies=[WRITE], status_code=201, responses=ERRORS, response_model=ScheduleShown)
def add_schedule(form: ScheduleForm, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Add a schedule; one that was retired is taken up again. For whom a scope limits, `labels` must lie within."""
    schedule = wanted(world, form, asks)

    def act(connection: Connection) -> dict[str, Any]:
        return schedule_shown(connection, added(connection, schedule, asks), 1)

    return once(request, world.store, asks, key, form, 201, act)


@router.post("/{name}/pause", dependencies=[WRITE], responses=ERRORS, response_model=ScheduleShown)
def pause_schedule(name: str, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Let nothing of it run until it is resumed; pausing it again changes nothing."""
    return _change(name, request, asks, world, key, schedules.pause)


@router.post("/{name}/resume", dependencies=[WRITE], responses=ERRORS, response_model=ScheduleShown)
def resume_schedule(name: str, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Let it run again; what was due meanwhile is not caught up."""
    return _change(name, request, asks, world, key, schedules.resume)


@router.post("/{name}/retire", dependencies=[WRITE], responses=ERRORS, response_model=ScheduleShown)
def retire_schedule(name: str, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Take it out of use; its runs stay."""
    return _change(name, request, asks, world, key, schedules.retire)


@router.post("/{name}/run", dependencies=[allowed(STARTS)], responses=ERRORS, response_model=ScheduleShown)
def run_schedule(name: str, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Begin a run of it now, paused or not."""

    def act(connection: Connection) -> dict[str, Any]:
        stored = schedule_in(connection, name, reach_of(asks, STARTS))
        run_now_in(connection, stored.name, asks.actor)
        return schedule_shown(connection, stored, 1)

    return once(request, world.store, asks, key, None, 200, act)


def _change(
    name: str,
    request: Request,
    asks: Asks,
    world: World,
    key: str | None,
    step: Callable[[Connection, str, Actor], object],
) -> Response:
    def act(connection: Connection) -> dict[str, Any]:
        stored = schedule_in(connection, name, reach_of(asks, CHANGES))
        step(connection, stored.name, asks.actor)
        changed = schedules.by_number(connection, stored.id) or stored
        return schedule_shown(connection, changed, 1)

    return once(request, world.store, asks, key, None, 200, act)


def wanted(world: World, form: ScheduleForm, asks: Asking) -> Schedule:
    """What a form asks for, if it can be run. Raises ProblemError for one beyond the scope of who asks, InputError."""
    check_names(form)
    if not covers(reach_of(asks, CHANGES), form.labels):
        raise ProblemError(403, "out-of-scope", "choose by labels that lie within your scope")
    schedule = form.schedule()
    with world.store.reading() as connection:
        approved = approved_names(connection, schedule.work.goldens)
    checked(schedule, datetime.now(UTC), approved)
    return schedule


def added(connection: Connection, schedule: Schedule, asks: Asking) -> StoredSchedule:
    """The schedule, kept; one that was retired is taken up again. Raises ProblemError for a name that is in use."""
    known = {one.name: one for one in schedules.listed(connection, retired=True)}
    if (there := known.get(schedule.name)) is not None:
        if there.state != schedules.RETIRED:
            raise ProblemError(409, "conflict", "a schedule has that name already")
        if not is_within(there, reach_of(asks, CHANGES)):
            raise ProblemError(409, "conflict", "a schedule had that name before")
    schedules.add(connection, schedule, asks.actor)
    return schedules.find(connection, schedule.name)


def is_within(stored: StoredSchedule, reach: Reach) -> bool:
    """Whether a schedule chooses nothing that lies out of reach."""
    return covers(reach, stored.schedule.population.labels)


def schedule_in(connection: Connection, name: str, reach: Reach) -> StoredSchedule:
    """A schedule in use within reach. Raises ProblemError."""
    try:
        stored = schedules.find(connection, name) if "\0" not in name and name.isprintable() else None
    except InputError:
        stored = None
    if stored is None or not is_within(stored, reach):
        raise missing("schedule")
    return stored


def version_of(stored: StoredSchedule) -> str:
    """A word for what a schedule says and how it stands: another one after each change."""
    said = f"{stored.state} {stored.schedule.model_dump_json()}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def schedule_shown(connection: Connection, stored: StoredSchedule, count: int) -> dict[str, Any]:
    """A schedule as the API shows it, with `count` due times to come and as many that were."""
    said = stored.schedule.model_dump(mode="json")
    work = {key: value for key, value in said["work"].items() if key != "inventory"}
    places = [placed(stored.schedule, due) for due in islice(due_times(stored.schedule, now(connection)), count)]
    return {
        **said,
        "work": work,
        "state": stored.state,
        "version": version_of(stored),
        "changed_at": iso(stored.changed_at),
        "next": [
            {"due_at": iso(one.due), "run_at": iso(one.run_at) if one.run_at else None, "reason": one.reason}
            for one in places
        ],
        "slots": [_slot(one) for one in slots.slots_of(connection, stored.id, count)] if count else [],
    }


def _slot(one: Slot) -> dict[str, Any]:
    moments = {"due_at": iso(one.due_at), "decided_at": iso(one.decided_at)}
    return {**moments, "kind": one.kind, "outcome": one.outcome, "reason": one.reason, "run": one.run}
