"""`POST /api/v1/runs` and `/cancel`: as `auditor run start` and `cancel`, over the inventory of the service."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, Reach
from auditor.api.forms import Form, Line
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.inventories import inventory_file
from auditor.api.once import Key, once
from auditor.api.problems import ProblemError, described
from auditor.api.reaching import covers
from auditor.api.routes.common import reach_of, run_in
from auditor.api.shapes import Begun
from auditor.service.begin import begin
from auditor.service.profiles import approved_names
from auditor.service.request import Request as Wanted
from auditor.service.request import checked_request
from auditor.service.scheduling import check_content
from auditor.store import phases
from auditor.store.access.acting import Actor

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])
STARTS = Permission.RUNS_WRITE
ERRORS = described(400, 401, 403, 404, 409, 413, 422)
# Names of the content folders: a path would make the service read any file that it can.
ContentName = Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$")]
Names = Annotated[list[ContentName], Field(default_factory=list, max_length=50)]


class Selection(Form):
    """What is audited, and by what. Labels and targets choose from the inventory of the service."""

    targets: Annotated[list[Line], Field(default_factory=list, max_length=1000, examples=[["esx*"]])]
    labels: Annotated[
        dict[Line, Annotated[list[Line], Field(min_length=1, max_length=50)]],
        Field(default_factory=dict, max_length=10, examples=[{"site": ["ams"]}]),
    ]
    baselines: Names
    goldens: Names
    tailoring: ContentName | None = None
    formats: list[Literal["json", "csv", "html", "pdf", "xlsx"]] = Field(default=["html", "json"], max_length=5)


def inventory() -> str:
    """The inventory that the service audits. Raises ProblemError when it has none."""
    return str(inventory_file())


def check_names(one: Selection) -> None:
    """Raise ProblemError for what is a file and no name."""
    check_file_names((*one.baselines, *one.goldens, one.tailoring or ""))


def check_file_names(names: Iterable[str]) -> None:
    """Raise ProblemError when one of these is a file and no name."""
    for name in names:
        if name.lower().endswith((".yaml", ".yml")):
            raise ProblemError(422, "invalid-request", "name baselines, golden profiles and tailorings, not files")


@router.post("", dependencies=[allowed(STARTS)], status_code=201, responses=ERRORS, response_model=Begun)
def start_run(form: Selection, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Begin a run; workers carry it out. For whom a scope limits, `labels` must lie within."""
    wanted = checked(world, form, asks)
    return once(request, world.store, asks, key, form, 201, lambda connection: begun(connection, wanted, form, asks))


def checked(world: World, form: Selection, asks: Asking) -> Wanted:
    """What somebody wants to be run. Raises ProblemError, and InputError for content that is not there."""
    check_names(form)
    if not covers(reach_of(asks, STARTS), form.labels):
        raise ProblemError(403, "out-of-scope", "choose by labels that lie within your scope")
    wanted = checked_request(
        {
            "inventory": inventory(),
            "patterns": form.targets,
            "labels": form.labels,
            "baselines": form.baselines,
            "goldens": form.goldens,
            "tailoring": form.tailoring or "",
            "formats": form.formats,
            "requested_by": asks.actor.name,
        }
    )
    with world.store.reading() as connection:
        approved = approved_names(connection, wanted.goldens)
    check_content(wanted, approved)
    return wanted


def begun(connection: Connection, wanted: Wanted, form: Selection, asks: Asking) -> dict[str, Any]:
    """A run that begins in this transaction, as `Begun` shows it. Raises InputError."""
    row = phases.run_row(connection, begin(connection, wanted))
    chosen = form.model_dump(mode="json", exclude_defaults=True)
    asks.actor.note(connection, "run started", row.name, {"chosen": chosen})
    return {"run": row.name, "state": row.state, "message": row.message}


@router.post("/{name}/cancel", dependencies=[allowed(STARTS)], responses=ERRORS, response_model=Begun)
def cancel_run(name: str, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """End a run now; what it has collected stays. A run of the whole estate is ended by whoever may begin one."""
    return once(request, world.store, asks, key, None, 200, lambda connection: ended(connection, name, asks))


def ended(connection: Connection, name: str, asks: Asking) -> dict[str, Any]:
    """A run that ends in this transaction. Raises ProblemError."""
    reach = reach_of(asks, STARTS)
    row = run_in(connection, name, reach, asks)
    if not may_end(row, reach, asks):
        raise ProblemError(403, "out-of-scope", "the run has targets that are not within your scope")
    return cancelled(connection, row, asks.actor)


def may_end(row: Any, reach: Reach, asks: Asking) -> bool:
    """Whether somebody who may begin runs in reach may end this one."""
    return reach.everything or bool(row.requested_by == asks.actor.name)


def cancelled(connection: Connection, row: Any, actor: Actor) -> dict[str, Any]:
    """End an open run. Raises ProblemError when it is over."""
    if not phases.close_run(connection, row.id, "cancelled", f"cancelled by {actor.name}"):
        raise ProblemError(409, "conflict", f"the run is over: {row.state}")
    actor.note(connection, "run cancelled", row.name)
    now_ = phases.run_row(connection, row.id)
    return {"run": row.name, "state": now_.state, "message": now_.message}
