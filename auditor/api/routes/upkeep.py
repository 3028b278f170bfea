"""`/api/v1/database` and `/api/v1/journal/verify`: is the database well, what is too old, does the journal hold?"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from auditor.access import Permission
from auditor.api.answering import as_json
from auditor.api.guard import Asks, World, allowed
from auditor.api.problems import described
from auditor.api.upkeep_shapes import DatabaseShown, JournalVerified, RetentionShown
from auditor.service.retaining import kept_by_settings
from auditor.store import journal
from auditor.store.going import Policy
from auditor.store.migrate import schema_of
from auditor.store.retention import Report, retain, would_go
from auditor.store.size import database_bytes

router = APIRouter(prefix="/api/v1", tags=["upkeep"])
MANAGES, READS = allowed(Permission.SETTINGS_WRITE), allowed(Permission.JOURNAL_READ)
ERRORS = described(401, 403, 422, 503)
Head = Annotated[
    str | None, Query(pattern=r"^[0-9a-f]{64}$", description="A head noted earlier: the chain must still hold it.")
]


@router.get("/database", dependencies=[MANAGES], responses=ERRORS, response_model=DatabaseShown)
def show_database(request: Request, world: World) -> Response:
    """Whether the database's schema is that of this release, and how large it is."""
    schema = schema_of(world.store)
    told = {"state": schema.state.value, "revision": schema.revision, "needed": schema.head}
    kind = "sqlite" if world.store.is_sqlite else "postgresql"
    return as_json(request, {"kind": kind, **told, "bytes": database_bytes(world.store)})


@router.get("/database/retention", dependencies=[MANAGES], responses=ERRORS, response_model=RetentionShown)
def show_retention(request: Request, world: World) -> Response:
    """What is too old by the settings, and would go in the next night. Nothing is changed."""
    policy = kept_by_settings()
    return as_json(request, _shown(policy, would_go(world.store, policy, datetime.now(UTC))))


@router.post("/database/retention", dependencies=[MANAGES], responses=ERRORS, response_model=RetentionShown)
def run_retention(request: Request, asks: Asks, world: World) -> Response:
    """Remove now what is too old by the settings, as each night does. What is younger cannot be removed by this."""
    policy = kept_by_settings()
    return as_json(request, _shown(policy, retain(world.store, policy, datetime.now(UTC), asks.actor)))


@router.get("/journal/verify", dependencies=[READS], responses=ERRORS, response_model=JournalVerified)
def verify_journal(request: Request, world: World, head: Head = None) -> Response:
    """Walk the journal's chain from its first entry: whether nothing was changed, removed or added by hand."""
    found = journal.verify(world.store, bytes.fromhex(head) if head is not None else None)
    told = {"entries": found.entries, "head": found.head.hex(), "broken": found.broken}
    return as_json(request, {"good": found.broken is None, **told, "reason": found.reason or None})


def _shown(policy: Policy, found: Report) -> dict[str, Any]:
    return {"policy": asdict(policy), **asdict(found)}
