"""`/api/v1/inventory/imports`: lists of machines into the service's inventory, looked at before they are applied."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission
from auditor.api.answering import as_json
from auditor.api.forms import Form, Line, Name, TextBody
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.heavy import alone
from auditor.api.inventories import inventory_file
from auditor.api.inventory_shapes import ImportApplied, ImportLook
from auditor.api.once import Key, once
from auditor.api.problems import ProblemError, described
from auditor.api.routes.common import reach_of
from auditor.api.texts import faults_told
from auditor.service import importing
from auditor.service.importing import Listed, Look

router = APIRouter(prefix="/api/v1/inventory/imports", tags=["inventory"])
CHANGES = Permission.INVENTORY_WRITE
WRITE = allowed(CHANGES)
ERRORS = described(400, 401, 403, 409, 413, 422, 503)
FileName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Names = Annotated[dict[Name, Name], Field(default_factory=dict, max_length=1000)]


class NewKeys(Form):
    """Keys that new entries of a kind begin with: what names files, or turns a check off, is never sent."""

    like: Name | None = Field(default=None, description="A source that is there: its keys, but for its own labels.")
    credential: Name | None = Field(default=None, examples=["linux-audit"])
    labels: Names


class ListForm(Form):
    """A list of machines as it stands elsewhere: a CSV, a static Ansible inventory, or what NetBox's API answered."""

    form: Literal["csv", "ansible", "netbox"]
    text: TextBody = Field(examples=["name,address,labels\nweb07,10.1.2.7,site=ams\n"])
    name: FileName = Field(default="list", description="What the file was called: no file is opened by it.")
    origin: Line | None = Field(default=None, description="Label `imported-from`; else FORM:NAME.")
    kind: Name = Field(default="linux", description="Of those that name none.")
    kinds: Names
    credentials: Names
    labels: dict[Name, Name] | None = Field(default=None, max_length=100)
    new: Annotated[dict[Name, NewKeys], Field(default_factory=dict, max_length=20)]
    remove_gone: bool = Field(default=False, description="Take out what this list made before and does not name now.")

    def listed(self) -> Listed:
        """The same for the service."""
        said = self.model_dump(exclude={"new", "look"})
        new = {kind: keys.model_dump(exclude_defaults=True) for kind, keys in self.new.items()}
        return Listed(**said, new=new)


class ApplyForm(ListForm):
    """The same list again, with the token of the look at it."""

    look: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(examples=["5d41402a" * 8])


@router.post("", dependencies=[WRITE], responses=ERRORS, response_model=ImportLook)
def look_at_import(form: ListForm, request: Request, asks: Asks) -> Response:
    """Show what a list would change in the inventory, without changing it. For whom no scope limits."""
    look = looked_at(form, asks)
    shown = importing.as_data(look.difference, form.listed())
    fault = f"{look.fault.what}. {look.fault.mend}".strip() if look.fault else None
    told = {"look": look.token, "can_be_applied": look.fault is None, "fault": fault, "changes": look.changes}
    return as_json(request, {**shown, **told})


@router.post("/apply", dependencies=[WRITE], responses=ERRORS, response_model=ImportApplied)
def apply_import(form: ApplyForm, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Write what was looked at into the inventory; 409 when that or the list is another one by now.

    The file is replaced whole or not at all; its comments, its order and what was written by hand stay.
    """
    look = looked_at(form, asks)

    def act(connection: Connection) -> dict[str, Any]:
        return applied(connection, form, look, asks)

    return once(request, world.store, asks, key, form, 200, act)


def applied(connection: Connection, form: ApplyForm, look: Look, asks: Asking) -> dict[str, Any]:
    """What was written into the inventory. Raises ProblemError, ConflictError."""
    listed = form.listed()
    asks.actor.note(connection, "inventory.import", look.difference.origin, importing.counts(look.difference, listed))
    with faults_told("invalid-import", form.name):
        importing.apply(look, form.look)  # the last step: what cannot be written is not told either
    return {**importing.as_data(look.difference, listed), "changed_file": look.changes}


def looked_at(form: ListForm, asks: Asking) -> Look:
    """What a list would change. Raises ProblemError."""
    if not reach_of(asks, CHANGES).everything:
        raise ProblemError(
            403, "out-of-scope", "an import is about the whole inventory, and your scope is a part of it"
        )
    path = inventory_file()
    with alone("import"), faults_told("invalid-import", form.name):
        return importing.look_at(path, form.listed())
