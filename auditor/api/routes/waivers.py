"""`/api/v1/waivers`: findings accepted for a time. Whoever asks never approves; who it is, the session says."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field, StringConstraints
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, Reach, is_other_person, may_decide
from auditor.api import cursors
from auditor.api.answering import as_json, page_of
from auditor.api.forms import Form, Limit, Line
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.once import Key, once
from auditor.api.problems import ProblemError, described
from auditor.api.routes.common import Text, missing, reach_of
from auditor.api.shapes import ListOf, WaiverShown
from auditor.errors import InputError
from auditor.service import catalogue
from auditor.service.accepting import bound_now
from auditor.service.requesting import asked
from auditor.store import waivers
from auditor.store.engine import now
from auditor.store.listing import named
from auditor.store.sql import in_batches
from auditor.waivers import Scope, Waiver
from auditor.waivers.form import plain

router = APIRouter(prefix="/api/v1/waivers", tags=["waivers"])
SEES, ASKS, DECIDES = Permission.RESULTS_READ, Permission.WAIVERS_REQUEST, Permission.WAIVERS_DECIDE
READ = allowed(SEES)
LISTED, ONE, ERRORS = (
    described(401, 403, 422),
    described(401, 403, 404, 422),
    described(400, 401, 403, 404, 409, 413, 422),
)
Why = Annotated[str, StringConstraints(min_length=8, max_length=4000)]


class WaiverScope(Form):
    """Exactly one of the three."""

    targets: list[Line] = Field(default_factory=list, max_length=1000, examples=[["esx01"]])
    label: dict[Line, Line] = Field(default_factory=dict, max_length=1)
    source: Line = ""

    def scope(self) -> Scope:
        """The same, as waivers know it. Raises ProblemError."""
        if sum(map(bool, (self.targets, self.label, self.source))) != 1:
            raise ProblemError(422, "invalid-request", "name targets, or one label, or a source: one of the three")
        label = next(iter(self.label.items()), None)
        return Scope(tuple(dict.fromkeys(self.targets)), label, self.source)


class WaiverForm(Form):
    """A request. Who requests is who is signed in."""

    rule: Line = Field(examples=["esxi-account-lock-failures"])
    scope: WaiverScope
    subject: Annotated[str, StringConstraints(max_length=4000)] | None = None
    justification: Why
    ticket: Annotated[str, StringConstraints(max_length=200)] = Field(default="", examples=["CHG-4711"])
    expiration_date: Line = Field(examples=["2027-03-31"])
    zone: Line = Field(default="UTC", examples=["Europe/Amsterdam"])


class Reason(Form):
    """Why it ends."""

    why: Why = Field(examples=["replaced by the new host profile"])


@router.get("", dependencies=[READ], responses=LISTED, response_model=ListOf[WaiverShown])
def list_waivers(
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    limit: Limit = 100,
    state: Annotated[Literal["", "requested", "approved", "expired", "rejected", "revoked"], Query()] = "",
    rule: Text = "",
) -> Response:
    """Waivers in the order in which they were requested; for whom a scope limits, those wholly within."""
    reach, place = reach_of(asks, SEES), cursors.read(after, int)
    with world.store.reading() as connection:
        at, listed = now(connection), waivers.listed(connection, rule=rule)
        every = {one.waiver.id: one.id for one in listed if place is None or one.id > place[0]}
        wanted = (one.waiver for one in listed if one.waiver.id in every and state in ("", state_of(one.waiver, at)))
        first = islice(those_within(connection, wanted, reach), limit + 1)
        found = [(every[one.id], shown(one, at)) for one in first]
    more = cursors.written(found[limit - 1][0]) if len(found) > limit else None
    return page_of(request, [entry for _, entry in found[:limit]], more)


@router.get("/{name}", dependencies=[READ], responses=ONE, response_model=WaiverShown)
def show_waiver(name: str, request: Request, asks: Asks, world: World) -> Response:
    """A waiver with what it was approved for."""
    with world.store.reading() as connection:
        waiver = waiver_in(connection, name, reach_of(asks, SEES))
        return as_json(request, shown(waiver, now(connection)))


@router.post("", dependencies=[allowed(ASKS)], status_code=201, responses=ERRORS, response_model=WaiverShown)
def request_waiver(form: WaiverForm, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Ask that a failing rule be accepted for a time. Somebody else has to approve it."""
    wished = wished_for(form, asks)

    def act(connection: Connection) -> dict[str, Any]:
        return shown(requested(connection, wished, asks), now(connection))

    return once(request, world.store, asks, key, form, 201, act)


@router.post("/{name}/approve", dependencies=[allowed(DECIDES)], responses=ERRORS, response_model=WaiverShown)
def approve_waiver(name: str, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Accept what fails now, by the findings of the latest run: the waiver is bound to those values."""

    def act(connection: Connection) -> dict[str, Any]:
        return shown(approved(connection, name, asks), now(connection))

    return once(request, world.store, asks, key, None, 200, act)


@router.post("/{name}/reject", dependencies=[allowed(DECIDES)], responses=ERRORS, response_model=WaiverShown)
def reject_waiver(name: str, form: Reason, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Turn a request down."""

    def act(connection: Connection) -> dict[str, Any]:
        return shown(rejected(connection, name, form, asks), now(connection))

    return once(request, world.store, asks, key, form, 200, act)


@router.post("/{name}/withdraw", dependencies=[allowed(ASKS)], responses=ERRORS, response_model=WaiverShown)
def withdraw_waiver(name: str, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Take back a request of one's own that nobody has decided yet."""

    def act(connection: Connection) -> dict[str, Any]:
        return shown(withdrawn(connection, name, asks), now(connection))

    return once(request, world.store, asks, key, None, 200, act)


@router.post("/{name}/revoke", dependencies=[allowed(DECIDES)], responses=ERRORS, response_model=WaiverShown)
def revoke_waiver(name: str, form: Reason, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Take back a waiver: its findings are open again from the next run on."""

    def act(connection: Connection) -> dict[str, Any]:
        return shown(revoked(connection, name, form, asks), now(connection))

    return once(request, world.store, asks, key, form, 200, act)


def wished_for(form: WaiverForm, asks: Asking) -> Waiver:
    """What a form asks for, by whoever sent it. Raises ProblemError, InputError."""
    if form.rule not in catalogue.rules():
        raise ProblemError(422, "invalid-request", "there is no such rule")
    scope, until, why = form.scope.scope(), form.expiration_date, form.justification
    return asked("", form.rule, scope, form.subject, why, asks.actor.name, until, form.zone, form.ticket)


def requested(connection: Connection, wished: Waiver, asks: Asking) -> Waiver:
    """The request, kept. Raises ProblemError for one beyond the scope of who asks."""
    if not is_within(connection, wished, reach_of(asks, ASKS)):
        raise ProblemError(403, "out-of-scope", "the waiver must lie within your scope")
    return waivers.request(connection, wished, asks.actor)


def approved(connection: Connection, name: str, asks: Asking) -> Waiver:
    """The waiver, bound to what fails now. Raises ProblemError for whoever requested it."""
    waiver = waiver_in(connection, name, reach_of(asks, DECIDES))
    if not may_decide(asks.principal, DECIDES, waiver.requested_by):
        raise ProblemError(403, "own-request", "whoever requested a waiver does not approve it")
    bound = bound_now(connection, waiver, now(connection))
    return waivers.approve(connection, waiver.id, asks.actor.name, bound, asks.actor)


def rejected(connection: Connection, name: str, form: Reason, asks: Asking) -> Waiver:
    """The request, turned down."""
    waiver = waiver_in(connection, name, reach_of(asks, DECIDES))
    return waivers.reject(connection, waiver.id, asks.actor.name, form.why.strip(), asks.actor)


def withdrawn(connection: Connection, name: str, asks: Asking) -> Waiver:
    """The request, taken back. Raises ProblemError for anybody but who requested it."""
    waiver = waiver_in(connection, name, reach_of(asks, ASKS))
    if is_other_person(asks.actor.name, waiver.requested_by):
        raise ProblemError(403, "not-own-request", "only whoever requested a waiver withdraws it")
    return waivers.withdraw(connection, waiver.id, asks.actor.name, "", asks.actor)


def revoked(connection: Connection, name: str, form: Reason, asks: Asking) -> Waiver:
    """The waiver, taken back."""
    waiver = waiver_in(connection, name, reach_of(asks, DECIDES))
    return waivers.revoke(connection, waiver.id, asks.actor.name, form.why.strip(), asks.actor)


def state_of(waiver: Waiver, at: datetime) -> str:
    """What was decided, or `expired`."""
    return "expired" if waiver.state.value == "approved" and at >= waiver.end.at else waiver.state.value


def shown(waiver: Waiver, at: datetime) -> dict[str, Any]:
    """A waiver as the API shows it."""
    state = state_of(waiver, at)
    ends = {"expires": waiver.end.last_second, "days_left": waiver.end.days_left(at)}
    return {**plain(waiver), "state": state, **ends}


def is_within(connection: Connection, waiver: Waiver, reach: Reach) -> bool:
    """Whether all that a waiver is about lies in reach: what it names, and what it was approved for."""
    return any(True for _ in those_within(connection, [waiver], reach))


def those_within(connection: Connection, found: Iterable[Waiver], reach: Reach) -> Iterator[Waiver]:
    """The same of many: those within, in their order. The database is asked for many of them at once."""
    for batch in in_batches(found):
        if reach.everything or reach.nothing:
            yield from batch if reach.everything else ()
            continue
        about = [{*one.scope.targets, *(f"{bound.source}/{bound.target}" for bound in one.bound)} for one in batch]
        names = named.names_within(connection, reach, set().union(*about))
        sources = named.sources_within(connection, reach, [one.scope.source for one in batch if one.scope.source])
        for one, its in zip(batch, about, strict=True):
            label, source = one.scope.label, one.scope.source
            if its <= names and (not label or reach.matches(dict([label]))) and (not source or source in sources):
                yield one


def waiver_in(connection: Connection, name: str, reach: Reach) -> Waiver:
    """A waiver within reach. Raises ProblemError."""
    try:
        waiver = waivers.find(connection, name).waiver
    except InputError:
        raise missing("waiver") from None
    if not is_within(connection, waiver, reach):
        raise missing("waiver")
    return waiver
