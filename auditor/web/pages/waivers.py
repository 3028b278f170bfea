"""Waivers: what is accepted and until when, what waits for somebody, what holds no longer; asked for and decided."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import may_decide
from auditor.api import cursors
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.problems import ProblemError
from auditor.api.routes.common import Text, reach_of
from auditor.api.routes.waivers import (
    ASKS,
    DECIDES,
    SEES,
    Reason,
    approved,
    is_within,
    rejected,
    requested,
    revoked,
    those_within,
    waiver_in,
    wished_for,
    withdrawn,
)
from auditor.errors import InputError
from auditor.service import catalogue
from auditor.service.waiver_board import IN_FORCE, OVER, REQUESTED, on_shelf, stands
from auditor.store import waivers
from auditor.store.engine import now
from auditor.store.listing import named
from auditor.store.listing.looks import Only
from auditor.waivers import Waiver
from auditor.waivers.form import plain
from auditor.web.filling import REFUSED, Filled, faults_of, filled_with, first_time, lines_of
from auditor.web.forms import Fields, Posted, filled, one
from auditor.web.paint import page, see
from auditor.web.waiver_form import NAMES, checked_form
from auditor.web.waivers_shown import SHOWN, failing_now, has, row, seen_now
from auditor.web.zones import zones

router = APIRouter(prefix="/waivers", include_in_schema=False)
READ, REQUEST = allowed(SEES, page=True), allowed(ASKS, page=True)
DECIDE = allowed(DECIDES, page=True)
BOUND = 200
SAID = {
    "requested": "The waiver is requested. Somebody else has to approve it.",
    "approved": "The waiver is approved. It stands beside its findings from the next run on.",
    "withdrawn": "The request is taken back.",
    "rejected": "The request is turned down.",
    "revoked": "The waiver is taken back. Its findings are open again from the next run on.",
}
Shelf = Literal["in-force", "requested", "over"]


@router.get("", dependencies=[READ])
def list_waivers(
    request: Request,
    asks: Asks,
    world: World,
    show: Annotated[Shelf, Query()] = "in-force",
    rule: Text = "",
    q: Text = "",
    after: cursors.After = "",
) -> Response:
    """What lies on a shelf: what ends first stands first."""
    reach, place = reach_of(asks, SEES), cursors.read(after, int, int)
    with world.store.reading() as connection:
        at = now(connection)
        every = on_shelf(connection, show, rule, at)
        waiting = on_shelf(connection, REQUESTED, rule, at) if show != REQUESTED else every
        fits = {
            x.stored.waiver.id: x for x in every if (place is None or x.key > tuple(place)) and has(x.stored.waiver, q)
        }
        inside = those_within(connection, (x.stored.waiver for x in fits.values()), reach)
        found = [fits[waiver.id] for waiver in islice(inside, SHOWN + 1)]
        others = {
            x.stored.waiver.id: x for x in waiting if may_decide(asks.principal, DECIDES, x.stored.waiver.requested_by)
        }
        inside = those_within(connection, (x.stored.waiver for x in others.values()), reach_of(asks, DECIDES))
        mine = [others[waiver.id] for waiver in islice(inside, SHOWN + 1)]
    shown, titles = found[:SHOWN], {name: rule_.title for name, (_, rule_) in catalogue.rules().items()}
    return page(
        request,
        "waivers",
        asks,
        show=show,
        rule=rule,
        q=q,
        waivers=[row(x, titles) for x in shown],
        mine=[row(x, titles) for x in mine[:SHOWN]],
        waiting=len(mine),
        next=cursors.written(*shown[-1].key) if len(found) > SHOWN else "",
        shelves=[(IN_FORCE, "In force"), (REQUESTED, "Requested"), (OVER, "No longer in force")],
    )


@router.get("/new", dependencies=[REQUEST])
def new_waiver(
    request: Request,
    asks: Asks,
    world: World,
    target: Text = "",
    rule: Text = "",
    subject: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """The form to ask for one, with what the link knew."""
    until = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}"
    form = filled_with(targets=target, rule=rule, subject=subject, until=until, zone="UTC")
    return _new(request, asks, world, form)


@router.post("/new", dependencies=[REQUEST])
def request_waiver(request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Ask for it."""
    form, faults = checked_form(fields)
    if form is None:
        return _new(request, asks, world, Filled(fields, faults), 422)
    try:
        wished = wished_for(form, asks)
        with world.store.writing() as connection:
            if not first_time(connection, asks, fields, "/waivers/new"):
                return see("/waivers", show=REQUESTED)
            made = requested(connection, wished, asks)
    except REFUSED as problem:
        status, faults = faults_of(problem, NAMES)
        return _new(request, asks, world, Filled(fields, faults), status)
    return see(f"/waivers/{made.id}", done="requested")


@router.get("/{name}", dependencies=[READ])
def show_waiver(name: str, request: Request, asks: Asks, world: World) -> Response:
    """A waiver, with what it was approved for, or what it would be approved for now."""
    return _drawn(request, asks, world, name)


@router.post("/{name}/approve", dependencies=[DECIDE])
def approve_waiver(name: str, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Accept what fails now, if that is what was looked at."""
    return _decided(request, asks, world, name, fields, lambda connection: approved(connection, name, asks))


@router.post("/{name}/reject", dependencies=[DECIDE])
def reject_waiver(name: str, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Turn it down."""
    return _decided(
        request, asks, world, name, fields, lambda connection: rejected(connection, name, _why(fields), asks)
    )


@router.post("/{name}/withdraw", dependencies=[REQUEST])
def withdraw_waiver(name: str, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Take back what one asked for."""
    try:
        with world.store.writing() as connection:
            made = withdrawn(connection, name, asks)
    except InputError:
        raise ProblemError(409, "conflict", "somebody has decided about it: reload the page") from None
    return see(f"/waivers/{made.id}", done="withdrawn")


@router.post("/{name}/revoke", dependencies=[DECIDE])
def revoke_waiver(name: str, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Take it back."""
    return _decided(
        request, asks, world, name, fields, lambda connection: revoked(connection, name, _why(fields), asks)
    )


def _decided(
    request: Request,
    asks: Asking,
    world: World,
    name: str,
    fields: Fields,
    act: Callable[[Connection], Waiver],
) -> Response:
    """Do it, unless the waiver or what fails is not what was looked at any more: then nothing is done."""
    try:
        with world.store.writing() as connection:
            waiver = waiver_in(connection, name, reach_of(asks, DECIDES))
            if one(fields, "seen") != seen_now(connection, waiver):
                who = waiver.ended_by or waiver.approved_by
                by = f"the waiver is {waiver.state} by {who} now" if who else "a run has ended since you looked"
                raise ProblemError(409, "conflict", f"{by}: reload the page, look again, then decide")
            made = act(connection)
    except REFUSED as problem:
        if isinstance(problem, ProblemError) and problem.status in (403, 404, 409):
            raise
        status, faults = faults_of(problem, {"why": "why"})
        return _drawn(request, asks, world, name, Filled(fields, faults), status)
    return see(f"/waivers/{made.id}", done=made.state.value)


def _why(fields: Fields) -> Reason:
    return filled(Reason, {"why": one(fields, "why").strip()})


def _new(request: Request, asks: Asking, world: World, form: Filled, status: int = 200) -> Response:
    rules = catalogue.rules()
    chosen, failing = rules.get(form.value("rule")), None
    if chosen and form.value("targets"):
        with world.store.reading() as connection:
            names = lines_of(form.value("targets"))[:BOUND]
            failing = failing_now(connection, asks, form.value("rule"), Only(among=named.numbers_of(connection, names)))
    return page(
        request,
        "waiver_new",
        asks,
        status=status,
        form=form,
        rules=[(name, rule.title) for name, (_, rule) in rules.items()],
        title=chosen[1].title if chosen else "",
        zones=zones(),
        failing=failing,
    )


def _drawn(
    request: Request, asks: Asking, world: World, name: str, form: Filled | None = None, status: int = 200
) -> Response:
    with world.store.reading() as connection:
        waiver = waiver_in(connection, name, reach_of(asks, SEES))
        stored = waivers.find(connection, waiver.id)
        (standing,) = stands(connection, [stored], now(connection))
        scope = waiver.scope
        only = Only(source=scope.source, labels=dict([scope.label]) if scope.label else {})
        if scope.targets:
            only = Only(among=named.numbers_of(connection, scope.targets))
        failing, more = failing_now(connection, asks, waiver.rule, only)
        seen = seen_now(connection, waiver)
        decides = _decides(connection, waiver, asks)
        may_end = _reaches(connection, waiver, asks)
    rule = catalogue.rules().get(waiver.rule)
    return page(
        request,
        "waiver",
        asks,
        status=status,
        done=SAID.get(request.query_params.get("done", ""), ""),
        w=row(standing, {waiver.rule: rule[1].title} if rule else {}),
        bound=list(plain(waiver)["bound"][:BOUND]) if waiver.bound else [],
        failing=[x for x in failing if waiver.subject in (None, x["subject"])],
        more=more,
        seen=seen,
        decides=decides,
        may_end=may_end,
        own=waiver.requested_by == asks.actor.name,
        form=form or Filled(),
    )


def _reaches(connection: Connection, waiver: Waiver, asks: Asking) -> bool:
    reach = reach_of(asks, DECIDES)
    return not reach.nothing and is_within(connection, waiver, reach)


def _decides(connection: Connection, waiver: Waiver, asks: Asking) -> bool:
    """Whether who asks may approve it."""
    return may_decide(asks.principal, DECIDES, waiver.requested_by) and _reaches(connection, waiver, asks)
