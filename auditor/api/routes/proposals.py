"""`/api/v1/golden/proposals`: golden profiles proposed by one person and approved by another."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import AfterValidator, Field, StringConstraints
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, may_decide
from auditor.api import cursors
from auditor.api.answering import as_json, page_of
from auditor.api.forms import Form, Limit
from auditor.api.golden_shapes import TEXT, ProposalShown, ProposalWhole
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.heavy import alone
from auditor.api.once import Key, once
from auditor.api.problems import ProblemError, described
from auditor.api.reaching import touches
from auditor.api.readings import readings
from auditor.api.routes.common import Text, missing, reach_of, writable
from auditor.api.shapes import ListOf
from auditor.api.texts import faults_told
from auditor.errors import NotFoundError
from auditor.evidence.captures import iso
from auditor.golden.profile import Golden
from auditor.service import profiles, proposals, proposing
from auditor.service.proposals import FILE, LONGEST, LONGEST_NAME, OutOfScopeError
from auditor.store.golden_versions import Version, listed

router = APIRouter(prefix="/api/v1/golden/proposals", tags=["golden"])
SEES, READS = Permission.RESULTS_READ, Permission.EVIDENCE_READ
PROPOSES, DECIDES = Permission.GOLDEN_PROPOSE, Permission.GOLDEN_DECIDE
READ, PROPOSE, DECIDE = allowed(SEES), allowed(PROPOSES), allowed(DECIDES)
LISTED, ONE = described(401, 403, 422), described(401, 403, 404, 422)
ERRORS = described(400, 401, 403, 404, 409, 413, 422, 503)
Slug = Annotated[str, StringConstraints(max_length=LONGEST_NAME, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Why = Annotated[str, StringConstraints(min_length=8, max_length=4000), AfterValidator(writable)]
Note = Annotated[str, StringConstraints(max_length=4000), AfterValidator(writable)]
Body = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST), AfterValidator(writable)]
Number = Annotated[int, Path(ge=1, lt=1 << 53)]
State = Literal["", "proposed", "approved", "rejected", "withdrawn", "retired"]


class ProposalForm(Form):
    """A profile as text, or the host to take as the model; one of the two. Who proposes is who is signed in."""

    name: Slug = Field(examples=["linux-web"])
    text: Body | None = Field(default=None, examples=[TEXT])
    target: int | None = Field(default=None, ge=1, lt=1 << 53, description="As it was read last.")
    reason: Why = Field(examples=["the name servers have moved"])


class Refusal(Form):
    """Why it is not to be."""

    note: Why = Field(examples=["the old name servers stay until March"])


class Remark(Form):
    """What is said to it."""

    note: Note = Field(default="", examples=["as agreed on Monday"])


@router.get("", dependencies=[READ], responses=LISTED, response_model=ListOf[ProposalShown])
def list_golden_proposals(
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    limit: Limit = 100,
    state: Annotated[State, Query()] = "",
    name: Text = "",
) -> Response:
    """Proposals and what became of them, the newest first; for whom a scope limits, those for targets within."""
    place = cursors.read(after, int)
    with world.store.reading() as connection:
        every = listed(connection, states=[state] if state else [], name=name, below=place[0] if place else None)
        found = list(islice(proposals.those_seen(every, reach_of(asks, SEES)), limit + 1))
    more = cursors.written(found[limit - 1].id) if len(found) > limit else None
    return page_of(request, [shown(one) for one in found[:limit]], more)


@router.get("/{number}", dependencies=[READ], responses=ONE, response_model=ProposalWhole)
def show_golden_proposal(number: Number, request: Request, asks: Asks, world: World) -> Response:
    """A proposal with its text, and what it changes: by what the facts mean, not by how they are written."""
    with world.store.reading() as connection, refusals():
        return as_json(request, whole(connection, proposals.seen(connection, number, reach_of(asks, SEES))))


@router.post("", dependencies=[PROPOSE], status_code=201, responses=ERRORS, response_model=ProposalShown)
def propose_golden_profile(form: ProposalForm, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Propose a golden profile, or a change of one. Somebody else has to approve it.

    For whom a scope limits, the labels under `for` must lie within, and those of what it replaces.
    """
    text, golden = wished(world, form, asks)

    def act(connection: Connection) -> dict[str, Any]:
        return shown(proposed(connection, golden, text, form.reason, asks))

    return once(request, world.store, asks, key, form, 201, act)


@router.post("/{number}/approve", dependencies=[DECIDE], responses=ERRORS, response_model=ProposalShown)
def approve_golden_proposal(
    number: Number, form: Remark, request: Request, asks: Asks, world: World, key: Key = None
) -> Response:
    """Put it in use: runs that begin from now on compare with it. Whoever proposed it never approves it."""

    def act(connection: Connection) -> dict[str, Any]:
        return shown(approved(connection, number, form, asks))

    return once(request, world.store, asks, key, form, 200, act)


@router.post("/{number}/reject", dependencies=[DECIDE], responses=ERRORS, response_model=ProposalShown)
def reject_golden_proposal(
    number: Number, form: Refusal, request: Request, asks: Asks, world: World, key: Key = None
) -> Response:
    """Turn it down."""

    def act(connection: Connection) -> dict[str, Any]:
        return shown(rejected(connection, number, form, asks))

    return once(request, world.store, asks, key, form, 200, act)


@router.post("/{number}/withdraw", dependencies=[PROPOSE], responses=ERRORS, response_model=ProposalShown)
def withdraw_golden_proposal(
    number: Number, form: Remark, request: Request, asks: Asks, world: World, key: Key = None
) -> Response:
    """Take a proposal of one's own back."""

    def act(connection: Connection) -> dict[str, Any]:
        return shown(withdrawn(connection, number, form, asks))

    return once(request, world.store, asks, key, form, 200, act)


def wished(world: World, form: ProposalForm, asks: Asking) -> tuple[str, Golden]:
    """The text that is proposed, and the profile in it. Raises ProblemError with the line of each fault."""
    if (form.text is None) == (form.target is None):
        raise ProblemError(422, "invalid-request", "send a text, or name a target: one of the two")
    text = form.text or ""
    if form.target is not None:
        with world.store.reading() as connection:
            (read,) = readings(connection, [form.target], reach_of(asks, READS), datetime.now(UTC))
        text = proposing.captured(read, form.name)["text"]
    with alone("golden proposal"), faults_told("invalid-golden", FILE):
        return text, proposals.checked(text, form.name)


def proposed(connection: Connection, golden: Golden, text: str, reason: str, asks: Asking) -> Version:
    """The proposal, kept. Raises ProblemError, ConflictError."""
    with refusals():
        reach = reach_of(asks, PROPOSES)
        return proposals.propose(connection, golden, text, reason.strip(), asks.actor.name, asks.actor, reach)


def retirement_proposed(connection: Connection, name: str, reason: str, asks: Asking) -> Version:
    """The proposal that a profile goes out of use, kept. Raises ProblemError, ConflictError."""
    current = profiles.in_use(connection, name)
    if current is None or not touches(reach_of(asks, SEES), current.golden.profile.for_.labels):
        raise missing("golden profile")
    with refusals():
        reach = reach_of(asks, PROPOSES)
        return proposals.propose_retirement(connection, name, reason.strip(), asks.actor.name, asks.actor, reach)


def approved(connection: Connection, number: int, form: Remark, asks: Asking) -> Version:
    """The version, in use. Raises ProblemError for whoever proposed it, ConflictError."""
    with refusals():
        _check_other(connection, number, asks)
        reach = reach_of(asks, DECIDES)
        return proposals.approve(connection, number, form.note.strip(), asks.actor.name, asks.actor, reach)


def rejected(connection: Connection, number: int, form: Refusal, asks: Asking) -> Version:
    """The proposal, turned down. Raises ProblemError for whoever proposed it, ConflictError."""
    with refusals():
        _check_other(connection, number, asks)
        reach = reach_of(asks, DECIDES)
        return proposals.reject(connection, number, form.note.strip(), asks.actor.name, asks.actor, reach)


def withdrawn(connection: Connection, number: int, form: Remark, asks: Asking) -> Version:
    """The proposal, taken back. Raises ProblemError for anybody else, ConflictError."""
    with refusals():
        found = proposals.seen(connection, number, reach_of(asks, SEES))
        if not is_own(found, asks):
            raise ProblemError(403, "not-own", "whoever proposed it withdraws it")
        return proposals.withdraw(connection, number, form.note.strip(), asks.actor.name, asks.actor)


def is_own(found: Version, asks: Asking) -> bool:
    """Whether who asks has proposed it."""
    return found.proposed_by.strip().casefold() == asks.actor.name.strip().casefold()


def shown(one: Version) -> dict[str, Any]:
    """A proposal as the API shows it."""
    names = ("name", "title", "version", "platform", "labels", "sha256", "state", "reason", "proposed_by")
    said = {name: getattr(one, name) for name in names}
    decided = {"decided_by": one.decided_by or None, "decided_at": iso(one.decided_at) if one.decided_at else None}
    more = {"proposed_at": iso(one.proposed_at), **decided, "note": one.note, "replaces": one.replaces}
    more["retires"] = one.retires
    return {"number": one.id, **said, **more}


def whole(connection: Connection, one: Version) -> dict[str, Any]:
    """The same with its text, and what it changes."""
    found = proposals.compared(connection, one)
    changes = [each._asdict() for each in found.changes]
    return {**shown(one), "text": one.text, "changes": changes, "compared": found.known, "stale": found.stale}


@contextmanager
def refusals() -> Iterator[None]:
    """Answer what a scope refuses. Raises ProblemError."""
    try:
        yield
    except OutOfScopeError as problem:
        raise ProblemError(403, "out-of-scope", problem.what) from None
    except NotFoundError:
        raise missing("proposal") from None


def _check_other(connection: Connection, number: int, asks: Asking) -> None:
    found = proposals.seen(connection, number, reach_of(asks, SEES))
    if not may_decide(asks.principal, DECIDES, found.proposed_by):
        raise ProblemError(403, "own-proposal", "whoever proposed it does not decide about it")
