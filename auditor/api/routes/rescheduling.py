"""`PATCH /api/v1/schedules/{name}`: what a schedule says, changed by who has seen what it says."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Request
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission
from auditor.api.forms import Form, Line
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.once import Key, once
from auditor.api.problems import ProblemError, described
from auditor.api.reaching import covers
from auditor.api.routes.common import reach_of
from auditor.api.routes.schedules import schedule_in, schedule_shown, version_of
from auditor.api.routes.starting import ContentName, check_file_names
from auditor.api.shapes import ScheduleShown
from auditor.schedules import Schedule, changed_schedule
from auditor.service.profiles import approved_names
from auditor.service.scheduling import checked
from auditor.store import schedules
from auditor.store.schedules import StoredSchedule

router = APIRouter(prefix="/api/v1/schedules", tags=["schedules"])
CHANGES = Permission.SCHEDULES_WRITE
ERRORS = described(400, 401, 403, 404, 409, 412, 413, 422, 428)
Names = Annotated[list[ContentName] | None, Field(default=None, max_length=50)]
Percent = Annotated[float | None, Field(default=None, ge=0, le=100)]
Version = Annotated[
    str | None,
    Header(alias="If-Match", max_length=200, description="The schedule's `version`, in quotes: the one that was seen."),
]


class ScheduleChanges(Form):
    """What is to be otherwise; what is left out stays."""

    cron: Line | None = Field(default=None, examples=["30 3 * * *"])
    zone: Line | None = None
    blackouts: list[Line] | None = Field(default=None, max_length=100, examples=[["mon-fri 08:00-18:00"]])
    catch_up: Line | None = None
    catch_up_within: Line | None = None
    targets: list[Line] | None = Field(default=None, max_length=1000)
    labels: dict[Line, Annotated[list[Line], Field(min_length=1, max_length=50)]] | None = Field(
        default=None, max_length=10
    )
    baselines: Names
    goldens: Names
    tailoring: ContentName | None = Field(default=None, description="Null for none.")
    formats: list[Literal["json", "csv", "html", "pdf", "xlsx"]] | None = Field(default=None, max_length=5)
    fail_on: Literal["low", "medium", "high", "critical"] | None = None
    min_coverage: Percent
    max_unknown: Percent

    def applied_to(self, schedule: Schedule) -> Schedule:
        """The schedule with these changes. Raises InputError."""
        said = self.model_dump(exclude_unset=True)
        return changed_schedule(schedule, {key: said[key] for key in said if said[key] is not None or key in CLEARED})


CLEARED = frozenset({"tailoring", "max_unknown"})  # null is a value of theirs


@router.patch("/{name}", dependencies=[allowed(CHANGES)], responses=ERRORS, response_model=ScheduleShown)
def change_schedule(
    name: str,
    form: ScheduleChanges,
    request: Request,
    asks: Asks,
    world: World,
    if_match: Version = None,
    key: Key = None,
) -> Response:
    """Change what a schedule says; 412 when somebody else has changed it since it was seen. Its history stays.

    For whom a scope limits, what it chose and what it chooses now must both lie within.
    """
    if if_match is None:
        raise ProblemError(428, "version-missing", "send If-Match with the version of the schedule that you have seen")
    checked_change(world, name, form, asks, if_match)

    def act(connection: Connection) -> dict[str, Any]:
        return schedule_shown(connection, changed(connection, name, form, asks, if_match), 1)

    return once(request, world.store, asks, key, form, 200, act)


def checked_change(world: World, name: str, form: ScheduleChanges, asks: Asking, version: str) -> Schedule:
    """The schedule as it is to be, if it can be run. Raises ProblemError, InputError."""
    check_file_names((*(form.baselines or ()), *(form.goldens or ()), form.tailoring or ""))
    with world.store.reading() as connection:
        wanted = as_changed(connection, name, form, asks, version)
        approved = approved_names(connection, wanted.work.goldens)
    checked(wanted, datetime.now(UTC), approved)
    return wanted


def changed(connection: Connection, name: str, form: ScheduleChanges, asks: Asking, version: str) -> StoredSchedule:
    """The schedule, changed as `checked_change` found good. Raises ProblemError, InputError."""
    stored = schedules.find(connection, name, lock=True)
    schedules.change(connection, as_changed(connection, name, form, asks, version), asks.actor)
    return schedules.find(connection, stored.name)


def as_changed(connection: Connection, name: str, form: ScheduleChanges, asks: Asking, version: str) -> Schedule:
    """The schedule as it is to be, changed from the version that was seen. Raises ProblemError, InputError."""
    reach = reach_of(asks, CHANGES)
    stored = schedule_in(connection, name, reach)
    if version.strip() != "*" and version.strip().removeprefix("W/") != f'"{version_of(stored)}"':
        raise ProblemError(412, "version-changed", "somebody has changed the schedule since: look at it again")
    wanted = form.applied_to(stored.schedule)
    if not covers(reach, wanted.population.labels):
        raise ProblemError(403, "out-of-scope", "choose by labels that lie within your scope")
    return wanted
