"""`/api/v1/journal`: who did what, newest first. Whether nobody changed it, `auditor verify --journal` says."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from auditor.access import Permission
from auditor.api.forms import Limit, Line, Page, page
from auditor.api.guard import World, allowed
from auditor.api.problems import described
from auditor.store.entries import Entry, Only, entries

router = APIRouter(prefix="/api/v1/journal", tags=["journal"])


class EntryShown(BaseModel):
    """An entry."""

    number: int
    at: datetime
    actor: str = Field(examples=["zoe"])
    action: str = Field(examples=["role granted"])
    object: str = Field(examples=["ann"])
    detail: dict[str, Any] = Field(examples=[{"via": "session", "from": "192.0.2.7"}])
    hash: str = Field(description="SHA-256 over the entry and the hash of the one before it.")


@router.get("", dependencies=[allowed(Permission.JOURNAL_READ)], responses=described(401, 403, 422))
def list_entries(
    world: World,
    before: Annotated[int | None, Query(ge=1, lt=1 << 53, description="Only entries with lower numbers.")] = None,
    limit: Limit = 100,
    actor: Annotated[Line, Query()] = "",
    action: Annotated[Line, Query()] = "",
    object_: Annotated[Line, Query(alias="object")] = "",
) -> Page[EntryShown]:
    """Entries, newest first."""
    with world.store.reading() as connection:
        found = entries(connection, Only(actor, action, object_), before, limit + 1)
    return page(found, limit, _shown, lambda one: one.number)


def _shown(entry: Entry) -> EntryShown:
    return EntryShown(
        number=entry.number,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        object=entry.object,
        detail=entry.detail,
        hash=entry.hash.hex(),
    )
