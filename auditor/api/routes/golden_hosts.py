"""More of golden profiles over HTTP: a drift becomes what is intended, one goes out of use, and who can move by one."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AfterValidator, Field, StringConstraints
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.api.answering import as_json
from auditor.api.forms import Form
from auditor.api.golden_shapes import MigrationShown, ProposalShown
from auditor.api.guard import Asks, World, allowed
from auditor.api.heavy import alone
from auditor.api.once import Key, once
from auditor.api.problems import ProblemError, described
from auditor.api.reaching import touches
from auditor.api.readings import readings
from auditor.api.routes.common import look_now, missing, reach_of, writable
from auditor.api.routes.proposals import (
    PROPOSES,
    READS,
    SEES,
    Why,
    proposed,
    retirement_proposed,
    shown,
)
from auditor.api.shapes import ListOf
from auditor.api.texts import faults_told
from auditor.domain import Target
from auditor.errors import InputError
from auditor.golden.migration import readiness
from auditor.service import profiles, proposals
from auditor.service.accepting_drift import accepted_text
from auditor.service.proposals import FILE
from auditor.store.listing import looks
from auditor.store.listing.looks import WHOLE, Only
from auditor.store.snapshots import as_snapshot, get_snapshots, with_facts

router = APIRouter(prefix="/api/v1", tags=["golden"])
ONE = described(401, 403, 404, 422, 503)
ERRORS = described(400, 401, 403, 404, 409, 413, 422, 503)
MOST = 5000  # targets behind one source
FactPath = Annotated[str, StringConstraints(max_length=2000), AfterValidator(writable)]


class RetireForm(Form):
    """Why a profile is to be compared with no more. Who proposes is who is signed in."""

    reason: Why = Field(examples=["the last of these hosts is gone"])


class AcceptForm(Form):
    """The host that has it right, and where. Who proposes is who is signed in."""

    target: int = Field(ge=1, lt=1 << 53, examples=[1], description="As it was read last.")
    path: FactPath = Field(examples=["dns.servers"], description="A fact, or a part of the facts, as a drift names it.")
    reason: Why = Field(examples=["the name servers have moved"])


@router.post(
    "/golden/{name}/accept",
    dependencies=[allowed(PROPOSES)],
    status_code=201,
    responses=ERRORS,
    response_model=ProposalShown,
)
def accept_drift(name: str, form: AcceptForm, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Propose that a golden profile says what a host has. Somebody else has to approve it, as any proposal."""
    with world.store.reading() as connection:
        found = profiles.in_use(connection, name)
        if found is None or not touches(reach_of(asks, SEES), found.golden.profile.for_.labels):
            raise missing("golden profile")
        (host,) = readings(connection, [form.target], reach_of(asks, READS), datetime.now(UTC))
    with alone("golden proposal"):
        try:
            text = accepted_text(found, host, form.path, asks.actor.name, form.reason)
        except InputError as problem:
            raise ProblemError(422, "not-accepted", f"{problem.what}. {problem.mend}".strip()[:1000]) from None
        with faults_told("invalid-golden", FILE):
            golden = proposals.checked(text, name)

    def act(connection: Connection) -> dict[str, Any]:
        return shown(proposed(connection, golden, text, form.reason, asks))

    return once(request, world.store, asks, key, form, 201, act)


@router.post(
    "/golden/{name}/retire",
    dependencies=[allowed(PROPOSES)],
    status_code=201,
    responses=ERRORS,
    response_model=ProposalShown,
)
def retire_golden_profile(
    name: str, form: RetireForm, request: Request, asks: Asks, world: World, key: Key = None
) -> Response:
    """Propose that an approved profile goes out of use, with no other in its place. Somebody else has to approve it.

    A file of that name counts again then. While schedules name it, and there is no such file, it is not approved.
    """

    def act(connection: Connection) -> dict[str, Any]:
        return shown(retirement_proposed(connection, name, form.reason, asks))

    return once(request, world.store, asks, key, form, 201, act)


@router.get(
    "/sources/{name}/migration",
    dependencies=[allowed(READS)],
    responses=ONE,
    response_model=ListOf[MigrationShown],
)
def show_migration(name: str, request: Request, asks: Asks, world: World) -> Response:
    """Say which ESXi hosts of a source can move to a distributed switch by a profile at once, and which need phases.

    By what was read last. A source is judged as a whole: for whom a scope limits, all behind it must lie within.
    """
    if "\0" in name:
        raise missing("source")
    with alone("migration"), world.store.reading() as connection:
        look = look_now(connection, None, None)
        found = looks.targets(connection, look, Only(reach_of(asks, READS), source=name), 0, MOST + 1)
        every = looks.targets(connection, look, Only(WHOLE, source=name), 0, MOST + 1)
        if not found or len(found) < len(every):
            raise missing("source")
        if len(found) > MOST:
            raise ProblemError(422, "invalid-request", f"it has more than {MOST} targets: ask on the command line")
        kept = with_facts(connection, [one.snapshot for one in found if one.snapshot is not None])
        data = get_snapshots(connection, kept)
    targets = []
    for one in found:
        facts = data.get(one.snapshot) if one.snapshot is not None else None
        read = as_snapshot(facts, one.name, one.platform, one.source, one.at) if facts is not None else None
        reason = one.reason or ("" if read else "its facts are not kept any more")
        targets.append(Target(one.name, one.platform, one.source, one.status, reason, snapshot=read))
    return as_json(request, {"items": [asdict(one) for one in readiness(targets)], "next": None})
