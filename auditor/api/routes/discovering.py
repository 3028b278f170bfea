"""`/api/v1/inventory/sources/NAME/discovery`: who stands behind a vCenter now, against who is declared to.

A source is meant by its name in the inventory: no caller says where to connect to.
"""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission
from auditor.api.answering import as_json
from auditor.api.forms import Form
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.heavy import alone
from auditor.api.inventories import declared_sources, inventory_file
from auditor.api.inventory_shapes import Discovered, DiscoveryApplied
from auditor.api.once import Key, once
from auditor.api.problems import ProblemError, described
from auditor.api.routes.common import missing, reach_of
from auditor.errors import ConflictError, InputError, faults_in
from auditor.service import discovering
from auditor.service.discovering import Found
from auditor.store.engine import StoreError

router = APIRouter(prefix="/api/v1/inventory/sources/{name}/discovery", tags=["inventory"])
CHANGES = Permission.INVENTORY_WRITE
WRITE = allowed(CHANGES)
ERRORS = described(400, 401, 403, 404, 409, 413, 422, 502, 503)


class Applying(Form):
    """What to do with members that are declared and not shown any more."""

    remove_gone: bool = Field(default=False, description="Take them out of the population; else they stay.")


@router.post("", dependencies=[WRITE], responses=ERRORS, response_model=Discovered)
def discover_source(name: str, request: Request, asks: Asks, world: World) -> Response:
    """Log in to a vCenter of the inventory and show who stands behind it now; nothing is written.

    It takes a minute at most. What guest tools say of addresses is something to look at, and nothing to trust.
    """
    found = found_at(name, asks)
    with world.store.writing() as connection:
        asks.actor.note(connection, "inventory.discovery", name, counts(found))
    return as_json(request, told(found, asks))


@router.post("/apply", dependencies=[WRITE], responses=ERRORS, response_model=DiscoveryApplied)
def apply_discovery(name: str, form: Applying, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Look again, and write who is there into the population file of the source: the next run expects them."""
    found = found_at(name, asks)

    def act(connection: Connection) -> dict[str, Any]:
        asks.actor.note(connection, "inventory.population", name, {**counts(found), "removed": form.remove_gone})
        discovering.apply(found, remove_gone=form.remove_gone)
        return {**told(found, asks), "removed": form.remove_gone}

    return once(request, world.store, asks, key, form, 200, act)


def found_at(name: str, asks: Asking) -> Found:
    """What a vCenter shows, that lies in reach. Raises ProblemError (502 when it does not answer as it should)."""
    reach = reach_of(asks, CHANGES)
    try:
        meant = [one for one in declared_sources() if one.name == name and reach.matches(one.labels)]
    except InputError as problem:
        what = f"the inventory cannot be used: {faults_in(problem)[0].what}"
        raise ProblemError(409, "inventory-faulty", what[:500]) from None
    if not meant:
        raise missing("source")
    if meant[0].kind != "vcenter":
        raise ProblemError(422, "invalid-request", "only a vCenter is asked who stands behind it")
    with alone("discovery"):
        try:
            return discovering.ask(inventory_file(), name)
        except (ConflictError, StoreError):
            raise
        except InputError as problem:
            raise ProblemError(502, "source-refused", f"{problem.what}. {problem.mend}".strip()[:500]) from None


def told(found: Found, asks: Asking) -> dict[str, Any]:
    """What was found, with no name of a source that is not in reach."""
    reach = reach_of(asks, CHANGES)
    return discovering.as_data(found, [one for one in found.sources if reach.matches(one.labels)])


def counts(found: Found) -> dict[str, Any]:
    """What the journal is told of it."""
    shown = found.shown
    return {"added": [one.name for one in shown.added[:200]], "gone": [one.name for one in shown.gone[:200]]}
