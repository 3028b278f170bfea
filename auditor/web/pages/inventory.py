"""The inventory over time: sources and how they stand, what is gone and why, lists looked at before they apply."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from auditor.access import may
from auditor.api import cursors
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.inventories import declared_sources
from auditor.api.problems import ProblemError
from auditor.api.routes.common import Text, reach_of
from auditor.api.routes.imports import ApplyForm, ListForm, applied, looked_at
from auditor.api.routes.inventory import CHANGES, READS, SEES, Retiring, shown, source_retired, target_retired
from auditor.collectors import kinds
from auditor.errors import InputError
from auditor.service import importing
from auditor.service.importing import ON_THE_SERVER
from auditor.store.listing.board import Board, Targets, board, sight, still_within
from auditor.web.filling import REFUSED, Filled, faults_of, filled_with, first_time
from auditor.web.forms import Fields, Posted, filled, one
from auditor.web.paint import page, see

router = APIRouter(prefix="/inventory", include_in_schema=False)
READ, WRITE = allowed(SEES, page=True), allowed(CHANGES, page=True)
SHOWN, MOST_CHANGES = 100, 300
FORMS = [
    ("csv", "CSV: name,address,kind,labels"),
    ("ansible", "Ansible inventory"),
    ("netbox", "NetBox, as its API answers"),
]
NAMES = {key: key for key in ("form", "text", "name", "origin", "kind", "new", "remove_gone")}
SAID = {
    "retired": "Confirmed: it is reported no more, unless it comes back. Its history stays.",
    "applied": "The list is applied. The next run reads the inventory as it stands now.",
    "same": "Nothing was left to write: the inventory says all of it already.",
}


@router.get("", dependencies=[READ])
def list_sources(request: Request, asks: Asks, world: World, q: Text = "", after: cursors.After = "") -> Response:
    """Sources by name: what is behind each and how it was read last; for whom may, as the inventory has them."""
    place = cursors.read(after, str)
    with world.store.reading() as connection:
        whole = board(connection)
        reach = reach_of(asks, SEES)
        counts = whole.remembered(("sources", reach))
        if counts is None:
            counts = whole.remember(("sources", reach), _counts(whole, sight(connection, whole, reach)))
    declared, fault = _declared(asks)
    names = sorted(name for name in {*counts, *declared} if q.casefold() in name.casefold())
    names = [name for name in names if place is None or name > place[0]]
    rows = [
        {"name": name, "declared": declared.get(name), **{key: counts.get(name, Counter())[key] for key in _STATES}}
        for name in names[:SHOWN]
    ]
    return page(
        request,
        "inventory",
        asks,
        sources=rows,
        q=q,
        next=cursors.written(names[SHOWN - 1]) if len(names) > SHOWN else "",
        knows=declared is not _NOTHING,
        fault=fault,
        done=_said(request),
    )


@router.get("/gone", dependencies=[READ])
def list_gone(
    request: Request,
    asks: Asks,
    world: World,
    source: Text = "",
    retired: Annotated[Literal["no", "yes"], Query()] = "no",
    vms: Annotated[Literal["", "1"], Query()] = "",
    after: cursors.After = "",
) -> Response:
    """What earlier runs have read, and the latest run of its source does not find any more; the longest gone first."""
    return _gone(request, asks, world, source, retired, vms, after)


@router.post("/gone/{number}/retire", dependencies=[WRITE])
def retire_target(number: int, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Confirm that a target is gone for good."""
    try:
        form = filled(Retiring, {"reason": one(fields, "reason").strip()})
        with world.store.writing() as connection:
            target_retired(connection, number, form, asks)
    except REFUSED as problem:
        status, faults = _kept(problem)
        return _gone(request, asks, world, status=status, form=Filled(fields, faults), number=number)
    return see("/inventory/gone", done="retired")


@router.post("/sources/{name}/retire", dependencies=[WRITE])
def retire_source(name: str, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """The same for all that is gone behind a source."""
    try:
        form = filled(Retiring, {"reason": one(fields, "reason").strip()})
        with world.store.writing() as connection:
            source_retired(connection, name, form, asks)
    except REFUSED as problem:
        status, faults = _kept(problem)
        return _gone(request, asks, world, name, status=status, form=Filled(fields, faults), number=0)
    return see("/inventory/gone", done="retired")


@router.get("/import", dependencies=[WRITE])
def new_import(request: Request, asks: Asks) -> Response:
    """The form for a list."""
    return _import(request, asks, filled_with(form="csv", kind="linux", name="list"))


@router.post("/import", dependencies=[WRITE])
def look_at_import(request: Request, asks: Asks, fields: Posted) -> Response:
    """Show what the list would change; nothing is written."""
    try:
        form = filled(ListForm, _listed(fields))
        look = looked_at(form, asks)
    except REFUSED as problem:
        status, faults = faults_of(problem, NAMES)
        if isinstance(problem, ProblemError) and problem.status == 403:
            raise
        lines = (
            [f"{one_.pointer}: {one_.detail}" for one_ in problem.errors] if isinstance(problem, ProblemError) else []
        )
        return _import(request, asks, Filled(fields, {**faults, "text": "\n".join(lines)} if lines else faults), status)
    told = importing.as_data(look.difference, form.listed())
    fault = f"{look.fault.what}. {look.fault.mend}".strip() if look.fault else ""
    return _import(
        request, asks, Filled(fields), look={**told, "token": look.token, "changes": look.changes, "fault": fault}
    )


@router.post("/import/apply", dependencies=[WRITE])
def apply_import(asks: Asks, world: World, fields: Posted) -> Response:
    """Write what was looked at; a conflict when the inventory or the list is another one by now."""
    form = filled(ApplyForm, {**_listed(fields), "look": one(fields, "look")})
    look = looked_at(form, asks)
    with world.store.writing() as connection:
        if not first_time(connection, asks, fields, "/inventory/import/apply"):
            return see("/inventory", done="applied")
        done = applied(connection, form, look, asks)
    return see("/inventory", done="applied" if done["changed_file"] else "same")


_STATES = ("collected", "stale", "unreachable", "gone", "retired")
_NOTHING: Mapping[str, Mapping[str, Any]] = {}


def _counts(whole: Board, inside: Targets) -> Mapping[str, Counter[str]]:
    """The targets of each source by how they stand."""
    counts: dict[str, Counter[str]] = {}
    for number in inside:
        line = whole.lines[number]
        gone = whole.gone.get(number)
        kind = line.status if gone is None else "retired" if gone.retired else "gone"
        counts.setdefault(line.source, Counter())[kind] += 1
    return counts


def _declared(asks: Asking) -> tuple[Mapping[str, Mapping[str, Any]], str]:
    """The sources of the inventory as they are written there, by name; none for whom may not see them."""
    if not may(asks.principal, READS):
        return _NOTHING, ""
    try:
        sources = declared_sources()
    except ProblemError as problem:
        return {}, problem.detail
    except InputError:
        return (
            {},
            "The inventory cannot be used as it stands. On the server, `auditor inventory check` names every fault.",
        )
    reach = reach_of(asks, READS)
    keys = ("kind", "address", "port", "credential", "labels")
    return {one_.name: {key: getattr(one_, key) for key in keys} for one_ in sources if reach.matches(one_.labels)}, ""


def _gone(
    request: Request,
    asks: Asking,
    world: World,
    source: str = "",
    retired: str = "no",
    vms: str = "",
    after: str = "",
    *,
    status: int = 200,
    form: Filled | None = None,
    number: int = -1,
) -> Response:
    place = cursors.read(after, int, int)
    with world.store.reading() as connection:
        whole = board(connection)
        inside = sight(connection, whole, reach_of(asks, SEES))
        found = sorted(
            (one_ for one_ in whole.gone.values() if one_.target in inside and one_.retired == (retired == "yes")),
            key=lambda one_: (one_.moment, one_.target),
        )
        found = [one_ for one_ in found if source in ("", one_.source) and (vms or one_.platform != "vm")]
        found = [one_ for one_ in found if place is None or (one_.moment, one_.target) > tuple(place)]
        mine = still_within(connection, [one_.target for one_ in found[:SHOWN]], reach_of(asks, CHANGES))
    return page(
        request,
        "inventory_gone",
        asks,
        status=status,
        gone=[shown(one_) | {"mine": one_.target in mine} for one_ in found[:SHOWN]],
        next=cursors.written(found[SHOWN - 1].moment, found[SHOWN - 1].target) if len(found) > SHOWN else "",
        source=source,
        retired=retired,
        vms=vms,
        form=form or Filled(),
        number=number,
        done=_said(request),
    )


def _kept(problem: Exception) -> tuple[int, dict[str, str]]:
    """What is wrong with the reason; whatever else it is, is a page of its own."""
    if isinstance(problem, ProblemError) or (isinstance(problem, InputError) and type(problem) is not InputError):
        raise problem
    return faults_of(problem, {"reason": "reason"})


def _listed(fields: Fields) -> dict[str, Any]:
    """What was typed, as the API takes it."""
    like, kind = one(fields, "like").strip(), one(fields, "kind").strip()
    return {
        "form": one(fields, "form"),
        "text": one(fields, "text").replace("\r\n", "\n"),
        "name": one(fields, "name").strip() or "list",
        "origin": one(fields, "origin").strip() or None,
        "kind": kind,
        "new": {kind: {"like": like}} if like else {},
        "remove_gone": one(fields, "remove_gone") == "1",
    }


def _import(
    request: Request, asks: Asking, form: Filled, status: int = 200, look: dict[str, Any] | None = None
) -> Response:
    known = [(kind, kind) for kind in kinds() if kind not in ON_THE_SERVER]
    whole = reach_of(asks, CHANGES).everything
    shown_ = {"form": form, "forms": FORMS, "kinds": known, "look": look, "whole": whole, "most": MOST_CHANGES}
    return page(request, "inventory_import", asks, status=status, **shown_)


def _said(request: Request) -> str:
    return SAID.get(request.query_params.get("done", ""), "")
