"""Schedules: when audits begin by themselves, over what, what came of it; added, paused, resumed, run, retired."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Reach
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.problems import ProblemError
from auditor.api.reaching import covers
from auditor.api.routes.common import Text, missing, reach_of
from auditor.api.routes.rescheduling import ScheduleChanges, changed, checked_change
from auditor.api.routes.schedules import (
    CHANGES,
    SEES,
    STARTS,
    ScheduleForm,
    added,
    is_within,
    schedule_in,
    version_of,
    wanted,
)
from auditor.errors import ConflictError
from auditor.schedules.cron import explained
from auditor.service import catalogue, profiles
from auditor.service.scheduling import run_now_in
from auditor.store import schedules, slots
from auditor.store.access.acting import Actor
from auditor.store.engine import now
from auditor.store.history import moment_of, time_of
from auditor.web.filling import REFUSED, Filled, faults_of, filled_with, first_time
from auditor.web.forms import Posted, filled, one
from auditor.web.paint import page, see
from auditor.web.schedules_shown import asked, coming, row, slot_row, typed
from auditor.web.zones import zones

router = APIRouter(prefix="/schedules", include_in_schema=False)
READ, WRITE, START = allowed(SEES, page=True), allowed(CHANGES, page=True), allowed(STARTS, page=True)
AHEAD, SLOTS = 5, 20
SAID = {
    "added": "The schedule is added.",
    "changed": "The schedule is changed.",
    "pause": "Paused: nothing of it runs until it is resumed.",
    "resume": "Resumed. What was due meanwhile is not caught up.",
    "retire": "The schedule is taken out of use. Its runs stay.",
    "run": "A run has begun.",
}
STEPS: dict[str, Callable[[Connection, str, Actor], object]] = {
    "pause": schedules.pause,
    "resume": schedules.resume,
    "retire": schedules.retire,
}
NAMES = {
    **{key: key for key in ("name", "cron", "zone", "labels", "targets", "baselines", "goldens", "tailoring")},
    **{key: key for key in ("formats", "blackouts", "catch_up", "catch_up_within")},
    **{key: key for key in ("fail_on", "min_coverage", "max_unknown")},
    "population": "targets",
    "work": "baselines",
}
FORMATS = [("html", "HTML"), ("pdf", "PDF"), ("json", "JSON"), ("csv", "CSV"), ("xlsx", "Workbook (XLSX)")]
FAIL_ON = [(one_, f"{one_.capitalize()} and worse") for one_ in ("low", "medium", "high")] + [("critical", "Critical")]
CATCH_UP = [
    ("once", "The last one, once"),
    ("all", "Each of them, ten at most"),
    ("skip", "None"),
]


@router.get("", dependencies=[READ])
def list_schedules(request: Request, asks: Asks, world: World, state: Text = "") -> Response:
    """All within the scope, by name."""
    reach = reach_of(asks, SEES)
    with world.store.reading() as connection:
        at = now(connection)
        found = [one_ for one_ in schedules.listed(connection) if is_within(one_, reach)]
        kept = [one_ for one_ in found if state in ("", one_.state)]
        rows = [row(one_, slots.slots_of(connection, one_.id, 1), at) for one_ in kept]
    done = SAID["retire"] if request.query_params.get("done") == "retire" else ""
    return page(request, "schedules", asks, schedules=rows, state=state, some=bool(found), done=done)


@router.get("/new", dependencies=[WRITE])
def new_schedule(request: Request, asks: Asks, world: World) -> Response:
    """The form for one."""
    when = {"cron": "30 2 * * *", "zone": "UTC", "catch_up": "once", "catch_up_within": "24h"}
    fresh = filled_with(**when, formats=["html", "json"], fail_on="high", min_coverage="100")
    return formed(request, world, asks, fresh)


@router.post("/new", dependencies=[WRITE])
def add_schedule(request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Add it; or, with `look`, show when it would be due."""
    if one(fields, "name").strip() == "new":  # /schedules/new is this page
        taken = {"name": "A page here is called that: choose another name."}
        return formed(request, world, asks, Filled(fields, taken), 422)
    try:
        schedule = wanted(world, filled(ScheduleForm, asked(fields)), asks)
        if one(fields, "look"):
            ahead = coming(schedule, datetime.now(UTC), AHEAD)
            return formed(request, world, asks, Filled(fields), ahead=ahead, words=explained(schedule.cron))
        with world.store.writing() as connection:
            if first_time(connection, asks, fields, "/schedules/new"):
                added(connection, schedule, asks)
    except REFUSED as problem:
        status, faults = faults_of(problem, NAMES)
        return formed(request, world, asks, Filled(fields, faults), status)
    return see(f"/schedules/{schedule.name}", done="added")


@router.get("/{name}", dependencies=[READ])
def show_schedule(
    name: str, request: Request, asks: Asks, world: World, after: Annotated[int, Query(ge=0, lt=1 << 53)] = 0
) -> Response:
    """A schedule, when it is due next, and what came of its last due times."""
    with world.store.reading() as connection:
        stored = schedule_in(connection, name, reach_of(asks, SEES))
        at = now(connection)
        found = slots.slots_of(connection, stored.id, SLOTS + 1, time_of(after) if after else None)
    said = stored.schedule.model_dump(mode="json")
    last = found[SLOTS - 1].due_at if len(found) > SLOTS else None
    return page(
        request,
        "schedule",
        asks,
        s=row(stored, found[:1], at),
        said=said,
        done=SAID.get(request.query_params.get("done", ""), ""),
        ahead=coming(stored.schedule, at, AHEAD),
        slots=[slot_row(stored.schedule, one_) for one_ in found[:SLOTS]],
        next=moment_of(last) if last else "",
        paused=stored.paused,
        writes=_reaches(reach_of(asks, CHANGES), said["population"]["labels"]),
        starts=_reaches(reach_of(asks, STARTS), said["population"]["labels"]),
        form=Filled(),
        seen=iso_of(stored.changed_at),
    )


@router.get("/{name}/edit", dependencies=[WRITE])
def edit_schedule(name: str, request: Request, asks: Asks, world: World) -> Response:
    """The form with what it says."""
    with world.store.reading() as connection:
        stored = schedule_in(connection, name, reach_of(asks, CHANGES))
    return formed(request, world, asks, typed(stored.schedule), edits=stored.name, version=version_of(stored))


@router.post("/{name}/edit", dependencies=[WRITE])
def change_schedule(name: str, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Change it, unless somebody else has since it was looked at; or, with `look`, show when it would be due."""
    seen = f'"{one(fields, "version")}"'
    try:
        form = filled(ScheduleChanges, {key: said for key, said in asked(fields).items() if key != "name"})
        wished = checked_change(world, name, form, asks, seen)
        if one(fields, "look"):
            ahead, words = coming(wished, datetime.now(UTC), AHEAD), explained(wished.cron)
            version = one(fields, "version")
            return formed(request, world, asks, Filled(fields), ahead=ahead, words=words, edits=name, version=version)
        with world.store.writing() as connection:
            changed(connection, name, form, asks, seen)
    except REFUSED as problem:
        if isinstance(problem, ProblemError) and problem.status == 412:
            raise ProblemError(409, "conflict", problem.detail) from None
        if isinstance(problem, ProblemError) and problem.status == 404:
            raise
        status, faults = faults_of(problem, NAMES)
        return formed(request, world, asks, Filled(fields, faults), status, edits=name, version=one(fields, "version"))
    return see(f"/schedules/{wished.name}", done="changed")


@router.post("/{name}/run", dependencies=[START])
def run_schedule(name: str, asks: Asks, world: World, fields: Posted) -> Response:
    """Begin a run of it now, paused or not."""
    with world.store.writing() as connection:
        stored = schedule_in(connection, name, reach_of(asks, STARTS))
        if first_time(connection, asks, fields, f"/schedules/{stored.name}/run"):
            made = run_now_in(connection, stored.name, asks.actor)
            if made.run:
                return see(f"/schedules/{stored.name}", done="run")
    return see(f"/schedules/{stored.name}")


@router.post("/{name}/{step}", dependencies=[WRITE])
def change_state(name: str, step: str, asks: Asks, world: World, fields: Posted) -> Response:
    """Pause, resume, or take out of use what was looked at; nothing when somebody else has changed it since."""
    with world.store.writing() as connection:
        stored = schedule_in(connection, name, reach_of(asks, CHANGES))
        if step not in STEPS:
            raise missing("page")
        if one(fields, "seen") != iso_of(stored.changed_at):
            raise ConflictError("the schedule was changed since you looked", mend="Reload the page and look again.")
        STEPS[step](connection, stored.name, asks.actor)
    return see("/schedules" if step == "retire" else f"/schedules/{stored.name}", done=step)


def formed(request: Request, world: World, asks: Asking, form: Filled, status: int = 200, **more: Any) -> Response:
    """The form of a schedule; `edits` is the name of the one that it changes."""
    shown = {"ahead": [], "words": "", "edits": "", "version": "", **more}
    with world.store.reading() as connection:
        goldens = profiles.listed(connection)
    return page(
        request,
        "schedule_form",
        asks,
        status=status,
        form=form,
        zones=zones(),
        baselines=[(one_.id, f"{one_.id}: {one_.baseline.title}") for one_ in catalogue.baselines().values()],
        goldens=[(one_["id"], f"{one_['id']}: {one_['title']}") for one_ in goldens],
        formats=FORMATS,
        catch_up=CATCH_UP,
        fail_on=FAIL_ON,
        limited=not reach_of(asks, CHANGES).everything,
        **shown,
    )


def iso_of(at: datetime) -> str:
    """A moment as forms carry it, to the microsecond."""
    return at.astimezone(UTC).isoformat()


def _reaches(reach: Reach, labels: dict[str, list[str]]) -> bool:
    return not reach.nothing and covers(reach, labels)
