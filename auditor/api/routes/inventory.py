"""`/api/v1/inventory`: what the service is to audit, and what is gone of what it has audited."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field, StringConstraints
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, Reach
from auditor.api import cursors
from auditor.api.answering import as_json, page_of
from auditor.api.forms import Form, Limit
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.inventories import declared_sources, inventory_file
from auditor.api.inventory_shapes import GoneShown, InventoryChecked, InventorySource, RetiredShown
from auditor.api.once import Key, once
from auditor.api.problems import ProblemError, described
from auditor.api.routes.common import Text, missing, reach_of
from auditor.api.shapes import ListOf
from auditor.errors import ConflictError, InputError, Place, faults_in
from auditor.evidence.captures import iso
from auditor.inventory.load import load_inventory
from auditor.store.gone import Gone, all_gone, gone_targets, retire
from auditor.store.listing import looks

router = APIRouter(prefix="/api/v1", tags=["inventory"])
SEES, READS, CHANGES = Permission.RESULTS_READ, Permission.EVIDENCE_READ, Permission.INVENTORY_WRITE
READ, DECLARED, WRITE = allowed(SEES), allowed(READS), allowed(CHANGES)
LISTED, ONE = described(401, 403, 409, 422), described(401, 403, 404, 422)
ERRORS = described(400, 401, 403, 404, 409, 413, 422)
MOST_FAULTS = 100
Id = Annotated[int, Path(ge=1, lt=1 << 53)]


class Retiring(Form):
    """Why a target is gone for good."""

    reason: Annotated[str, StringConstraints(min_length=3, max_length=1000)] = Field(
        examples=["decommissioned, change 4711"]
    )


@router.get("/inventory/sources", dependencies=[DECLARED], responses=LISTED, response_model=ListOf[InventorySource])
def list_inventory(
    request: Request, asks: Asks, after: cursors.After = "", limit: Limit = 100, kind: Text = ""
) -> Response:
    """The sources of the inventory by name, as they are written there; those whose labels lie within the scope."""
    reach, place = reach_of(asks, READS), cursors.read(after, str)
    try:
        sources = declared_sources()
    except InputError as problem:
        raise _faulty(problem) from None
    keys = ("name", "kind", "address", "port", "credential", "labels")
    found = [
        {key: getattr(one, key) for key in keys}
        for one in sources
        if reach.matches(one.labels) and (not kind or one.kind == kind) and (place is None or one.name > place[0])
    ]
    more = cursors.written(found[limit - 1]["name"]) if len(found) > limit else None
    return page_of(request, found[:limit], more)


@router.get("/inventory/check", dependencies=[DECLARED], responses=LISTED, response_model=InventoryChecked)
def check_inventory(request: Request, asks: Asks) -> Response:
    """Read the inventory as a run would, and tell every fault in it with its line. For whom no scope limits."""
    _whole(asks, READS)
    faults: Sequence[InputError] = ()
    told: dict[str, Any] = {"sources": 0, "kinds": {}, "excluded": []}
    try:
        loaded = load_inventory(inventory_file(), secrets=False)
    except InputError as problem:
        faults = faults_in(problem)
    else:
        left_out = [{"target": one.target, "reason": one.reason, "until": one.until or None} for one in loaded.excluded]
        kinds = dict(Counter(one.kind for one in loaded.sources))
        told = {"sources": len(loaded.sources), "kinds": kinds, "excluded": left_out}
    shown = [{"line": _line(one), "what": one.what[:500], "mend": one.mend[:500]} for one in faults[:MOST_FAULTS]]
    return as_json(request, {"good": not faults, **told, "faults": shown})


@router.get("/inventory/gone", dependencies=[READ], responses=LISTED, response_model=ListOf[GoneShown])
def list_gone(
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    limit: Limit = 100,
    source: Text = "",
    vms: Annotated[bool, Query(description="Virtual machines too: they come and go.")] = False,
    retired: Annotated[Literal["no", "yes"], Query(description="Those that somebody has confirmed.")] = "no",
) -> Response:
    """What earlier runs have read, and the latest run of its source does not find any more, by number."""
    place, reach = cursors.read(after, int), reach_of(asks, SEES)
    with world.store.reading() as connection:
        every = all_gone(connection, source or None, reach)
    kept = [one for one in every if (vms or one.platform != "vm") and one.retired == (retired == "yes")]
    kept = sorted((one for one in kept if place is None or one.target > place[0]), key=lambda one: one.target)
    more = cursors.written(kept[limit - 1].target) if len(kept) > limit else None
    return page_of(request, [shown(one) for one in kept[:limit]], more)


@router.post("/targets/{number}/retire", dependencies=[WRITE], responses=ERRORS, response_model=RetiredShown)
def retire_target(number: Id, form: Retiring, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Confirm that a target is gone for good: it is reported no more, unless it comes back. Its history stays."""

    def act(connection: Connection) -> dict[str, Any]:
        return target_retired(connection, number, form, asks)

    return once(request, world.store, asks, key, form, 200, act)


@router.post("/sources/{name}/retire", dependencies=[WRITE], responses=ERRORS, response_model=RetiredShown)
def retire_source(name: str, form: Retiring, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """The same for everything behind a source that is gone; what of it is there still stays."""

    def act(connection: Connection) -> dict[str, Any]:
        return source_retired(connection, name, form, asks)

    return once(request, world.store, asks, key, form, 200, act)


def target_retired(connection: Connection, number: int, form: Retiring, asks: Asking) -> dict[str, Any]:
    """What was confirmed to be gone. Raises ProblemError, ConflictError."""
    reach = reach_of(asks, CHANGES)
    if not looks.is_visible(connection, number, reach):
        raise missing("target")
    found = [one for one in all_gone(connection, None, reach) if one.target == number]
    if not found:
        raise ConflictError("it is not gone", mend="The latest run of its source found it.")
    if found[0].retired:
        raise ConflictError("it is retired already")
    return _retired(connection, found, form, asks)


def source_retired(connection: Connection, name: str, form: Retiring, asks: Asking) -> dict[str, Any]:
    """The same for what is gone behind a source."""
    reach = reach_of(asks, CHANGES)
    found = gone_targets(connection, name, reach) if "\0" not in name else []
    if not found:
        if not _is_known(connection, name, reach):
            raise missing("source")
        raise ConflictError("nothing behind it is gone", mend="`GET /api/v1/inventory/gone` lists what is.")
    return _retired(connection, found, form, asks)


def shown(one: Gone) -> dict[str, Any]:
    """A target that is gone, as the API shows it."""
    names = ("name", "source", "platform", "last_run", "missed_by", "reason", "retired")
    told = {key: getattr(one, key) for key in names}
    return {"id": one.target, **told, "last_read": iso(one.last_seen), "checks": dict(one.counts)}


def _retired(connection: Connection, found: Sequence[Gone], form: Retiring, asks: Asking) -> dict[str, Any]:
    retire(connection, found, form.reason, asks.actor)
    return {"retired": [{**shown(one), "retired": True} for one in found]}


def _is_known(connection: Connection, name: str, reach: Reach) -> bool:
    return "\0" not in name and looks.has_source(connection, name, reach)


def _whole(asks: Asking, permission: Permission) -> None:
    if not reach_of(asks, permission).everything:
        raise ProblemError(403, "out-of-scope", "this is about the whole inventory, and your scope is a part of it")


def _faulty(problem: InputError) -> ProblemError:
    return ProblemError(409, "inventory-faulty", f"the inventory cannot be used: {faults_in(problem)[0].what}"[:500])


def _line(one: InputError) -> int | None:
    return one.where.line or None if isinstance(one.where, Place) else None
