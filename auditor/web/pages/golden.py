"""Golden profiles: which there are and who differs, what is proposed, and what somebody else decides about it."""

from collections.abc import Callable
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import is_other_person
from auditor.access.reaching import touches
from auditor.api import cursors
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.problems import ProblemError
from auditor.api.routes.common import Text, reach_of
from auditor.api.routes.golden_hosts import RetireForm
from auditor.api.routes.proposals import (
    DECIDES,
    PROPOSES,
    SEES,
    ProposalForm,
    Refusal,
    Remark,
    approved,
    is_own,
    proposed,
    refusals,
    rejected,
    retirement_proposed,
    shown,
    whole,
    wished,
    withdrawn,
)
from auditor.service import profiles, proposals
from auditor.store.golden_versions import APPROVED, PROPOSED, REJECTED, RETIRED, WITHDRAWN, Version, listed
from auditor.store.listing.board import board, sight
from auditor.web import drift_groups
from auditor.web.filling import REFUSED, Filled, faults_of, filled_with, first_time
from auditor.web.forms import Fields, Posted, filled, one
from auditor.web.paint import page, see

router = APIRouter(prefix="/golden", include_in_schema=False)
READ, PROPOSE = allowed(SEES, page=True), allowed(PROPOSES, page=True)
DECIDE = allowed(DECIDES, page=True)
SHOWN, MOST_CHANGES, LOOKED_AT = 25, 500, 500
NAMES = {"name": "name", "text": "text", "reason": "reason", "note": "note"}
Shelf = Literal["", "waiting", "decided"]
DECIDED = (APPROVED, REJECTED, WITHDRAWN, RETIRED)
SAID = {
    "proposed": "It is proposed. Somebody else has to approve it.",
    "approved": "It is approved. Runs that begin from now on compare with it.",
    "retired": "It is taken out of use. Runs that begin from now on do not compare with it.",
    "rejected": "It is turned down.",
    "withdrawn": "It is taken back.",
}
Number = Annotated[int, Path(ge=1, lt=1 << 53)]


@router.get("", dependencies=[READ])
def list_profiles(
    request: Request,
    asks: Asks,
    world: World,
    show: Annotated[Shelf, Query()] = "",
    name: Text = "",
    after: cursors.After = "",
) -> Response:
    """The profiles in use and who differs from them; or proposals, the newest first."""
    reach, place = reach_of(asks, SEES), cursors.read(after, int)
    rows: list[dict[str, Any]] = []
    found: list[Version] = []
    with world.store.reading() as connection:
        mine = _waiting_for(connection, asks)
        if show:
            states = [PROPOSED] if show == "waiting" else DECIDED
            every = listed(connection, states=states, name=name, below=place[0] if place else None)
            found = list(islice(proposals.those_seen(every, reach), SHOWN + 1))
        else:
            rows = _profiles(connection, asks)
    more = cursors.written(found[SHOWN - 1].id) if len(found) > SHOWN else ""
    about: dict[str, Any] = {"show": show, "name": name, "rows": rows, "next": more, "waiting": len(mine)}
    return page(
        request,
        "golden_list",
        asks,
        mine=[shown(x) for x in mine[:SHOWN]],
        proposals=[shown(x) for x in found[:SHOWN]],
        **about,
    )


@router.get("/proposals/new", dependencies=[PROPOSE])
def new_proposal(request: Request, asks: Asks, world: World, name: Text = "") -> Response:
    """The form, with the profile that is in use under that name."""
    text = ""
    with world.store.reading() as connection:
        found = profiles.in_use(connection, name) if name else None
        if found is not None and touches(reach_of(asks, SEES), found.golden.profile.for_.labels):
            text = found.text
    return page(request, "golden_new", asks, form=filled_with(name=name if text else "", text=text), known=bool(text))


@router.post("/proposals/new", dependencies=[PROPOSE])
def propose_profile(request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Propose it; a form that is sent twice proposes once."""
    try:
        said = {"name": one(fields, "name").strip(), "reason": one(fields, "reason").strip()}
        form = filled(ProposalForm, {**said, "text": one(fields, "text").replace("\r\n", "\n")})
        text, golden = wished(world, form, asks)
        with world.store.writing() as connection:
            if not first_time(connection, asks, fields, "/golden/proposals/new"):
                return see("/golden", show="waiting")
            made = proposed(connection, golden, text, form.reason, asks)
    except REFUSED as problem:
        status, faults = _faults(problem)
        return page(request, "golden_new", asks, status=status, form=Filled(fields, faults), known=False)
    return see(f"/golden/proposals/{made.id}", done="proposed")


@router.post("/{name}/retire", dependencies=[PROPOSE])
def retire_profile(name: str, asks: Asks, world: World, fields: Posted) -> Response:
    """Propose that an approved profile goes out of use."""
    form = filled(RetireForm, {"reason": one(fields, "reason").strip()})
    with world.store.writing() as connection:
        made = retirement_proposed(connection, name, form.reason, asks)
    return see(f"/golden/proposals/{made.id}", done="proposed")


@router.get("/proposals/{number}", dependencies=[READ])
def show_proposal(number: Number, request: Request, asks: Asks, world: World) -> Response:
    """What it changes, who proposed it and who decided; for whoever may decide, the forms."""
    return _drawn(request, asks, world, number)


@router.post("/proposals/{number}/approve", dependencies=[DECIDE])
def approve_proposal(number: Number, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Put it in use."""
    return _decided(request, asks, world, number, fields, lambda c: approved(c, number, _remark(fields), asks))


@router.post("/proposals/{number}/reject", dependencies=[DECIDE])
def reject_proposal(number: Number, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Turn it down."""

    def act(connection: Connection) -> Version:
        return rejected(connection, number, filled(Refusal, {"note": one(fields, "note").strip()}), asks)

    return _decided(request, asks, world, number, fields, act)


@router.post("/proposals/{number}/withdraw", dependencies=[PROPOSE])
def withdraw_proposal(number: Number, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Take one's own back."""
    return _decided(request, asks, world, number, fields, lambda c: withdrawn(c, number, _remark(fields), asks))


def _decided(
    request: Request, asks: Asking, world: World, number: int, fields: Fields, act: Callable[[Connection], Version]
) -> Response:
    try:
        with world.store.writing() as connection:
            made = act(connection)
    except REFUSED as problem:
        if isinstance(problem, ProblemError):
            raise
        status, faults = faults_of(problem, NAMES)
        return _drawn(request, asks, world, number, Filled(fields, faults), status)
    return see(f"/golden/proposals/{made.id}", done=made.state)


def _drawn(
    request: Request, asks: Asking, world: World, number: int, form: Filled | None = None, status: int = 200
) -> Response:
    with world.store.reading() as connection, refusals():
        version = proposals.seen(connection, number, reach_of(asks, SEES))
        found = whole(connection, version)
        reaches = proposals.may_decide_within(connection, version, reach_of(asks, DECIDES))
    own = is_own(version, asks)
    changes = found["changes"]
    return page(
        request,
        "golden_proposal",
        asks,
        status=status,
        done=SAID.get(request.query_params.get("done", ""), ""),
        p=found,
        changes=changes[:MOST_CHANGES],
        more_changes=max(0, len(changes) - MOST_CHANGES),
        own=own,
        decides=reaches and not own,
        form=form or Filled(),
    )


def _profiles(connection: Connection, asks: Asking) -> list[dict[str, Any]]:
    """Those in use, with how many hosts were compared and differ."""
    reach = reach_of(asks, SEES)
    whole_ = board(connection)
    inside = whole_.among_present(sight(connection, whole_, reach))
    compared = drift_groups.compared(connection, whole_)
    rows = []
    for found in profiles.listed(connection):
        if touches(reach, found["labels"]):
            at = compared.get(found["id"], frozenset()) & inside
            differ = drift_groups.targets_at(whole_, found["id"], None) & inside
            rows.append({**found, "compared": len(at), "differ": len(differ)})
    return rows


def _waiting_for(connection: Connection, asks: Asking) -> list[Version]:
    """What waits and this one may decide about: somebody else's, within his scope."""
    reach = reach_of(asks, DECIDES)
    every = islice(listed(connection, states=[PROPOSED]), LOOKED_AT)
    fits = (x for x in every if is_other_person(x.proposed_by, asks.actor.name))
    return [x for x in fits if proposals.lies_within(reach, x.labels)]


def _remark(fields: Fields) -> Remark:
    return filled(Remark, {"note": one(fields, "note").strip()})


def _faults(problem: Exception) -> tuple[int, dict[str, str]]:
    """Faults by field; those of the text with their lines."""
    if isinstance(problem, ProblemError) and problem.errors:
        return problem.status, {"text": "; ".join(f"{x.pointer}: {x.detail}" for x in problem.errors[:5])[:600]}
    return faults_of(problem, NAMES)
