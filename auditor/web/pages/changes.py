"""Changes: foretold before their window, decided about by somebody else, held against what came of them."""

from collections.abc import Mapping
from itertools import islice
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, is_other_person
from auditor.api import cursors
from auditor.api.change_shapes import ChangeForm, ChangeRefusal, ChangeRemark
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.problems import ProblemError
from auditor.api.routes.changes import (
    CHECKS,
    DECIDES,
    READS,
    SEES,
    decided,
    foretold,
    is_own,
    kept,
    put_result,
    refusals,
    verified,
)
from auditor.api.routes.common import Text, reach_of
from auditor.reporting.change.html import values
from auditor.service.changing import records
from auditor.store import changes
from auditor.store.changes import Change
from auditor.web.filling import REFUSED, Filled, faults_of, filled_with, first_time, lines_of, words_of
from auditor.web.forms import Fields, Posted, Uploaded, Uploads, filled, one
from auditor.web.paint import page, see

router = APIRouter(prefix="/changes", include_in_schema=False)
LIST, READ = allowed(SEES, page=True), allowed(READS, page=True)
CHECK, DECIDE = allowed(CHECKS, page=True), allowed(DECIDES, page=True)
SHOWN, LOOKED_AT = 50, 500
FIELDS = ("targets", "baselines", "goldens", "tailoring", "fail_on", "max_age", "ticket", "note")
NAMES = {name: name for name in FIELDS}
NAMES |= {"files": "text"}
SAID = {
    "checked": "It is checked and kept. Somebody else may approve it.",
    "approved": "It is approved. Drift that it foretold is labelled with it.",
    "rejected": "It is turned down.",
    "withdrawn": "It is taken back.",
    "verified": "It was held against what was read last.",
}
Shape = type[ChangeRemark] | type[ChangeRefusal]
State = Literal["", "checked", "approved", "rejected", "withdrawn"]


@router.get("", dependencies=[LIST])
def list_changes(
    request: Request,
    asks: Asks,
    world: World,
    state: Annotated[State, Query()] = "",
    ticket: Text = "",
    target: Text = "",
    after: cursors.After = "",
) -> Response:
    """Changes, the newest first; for whoever decides, what waits for that."""
    place = cursors.read(after, int)
    sought: dict[str, Any] = {"ticket": ticket.strip(), "target": target.strip()}
    with world.store.reading() as connection:
        below = place[0] if place else None
        states = [state] if state else ()
        found = records.list_seen(connection, reach_of(asks, SEES), SHOWN + 1, states=states, below=below, **sought)
        mine = _waiting_for(connection, asks) if not place and not state else []
    more = cursors.written(found[SHOWN - 1].id) if len(found) > SHOWN else ""
    rows = [records.told(x) for x in found[:SHOWN]]
    about: dict[str, Any] = {"state": state, **sought, "mine": [records.told(x) for x in mine], "next": more}
    return page(request, "changes", asks, changes=rows, **about)


@router.get("/new", dependencies=[CHECK])
def new_change(request: Request, asks: Asks, target: Text = "") -> Response:
    """The form."""
    form = filled_with(targets=target, fail_on="high", max_age="24h", name="candidate.txt")
    return page(request, "change_new", asks, form=form)


@router.post("/new", dependencies=[CHECK])
def check_change(request: Request, asks: Asks, world: World, sent: Uploaded) -> Response:
    """Foretell it, and keep that; a form that is sent twice is kept once."""
    try:
        form = filled(ChangeForm, _asked(sent))
        checked = foretold(world.store, form, asks)
        with world.store.writing() as connection:
            if not first_time(connection, asks, _said(sent), "/changes/new"):
                return see("/changes")
            made = kept(connection, checked, form, asks)
    except REFUSED as problem:
        status, faults = _faults(problem)
        return page(request, "change_new", asks, status=status, form=Filled(sent.fields, faults))
    return see(f"/changes/{made.name}", done="checked")


@router.get("/{name}", dependencies=[READ])
def show_change(name: str, request: Request, asks: Asks, world: World, show: Literal["", "check"] = "") -> Response:
    """The verdict, the hosts, what newly fails; once it was verified, what came of it."""
    return _drawn(request, asks, world, name, show=show)


@router.post("/{name}/verify", dependencies=[CHECK])
def verify_change(name: str, request: Request, asks: Asks, world: World) -> Response:
    """Hold it against what was read last."""
    try:
        result = verified(world.store, name, asks)
    except REFUSED as problem:
        if isinstance(problem, ProblemError) and problem.status == 404:
            raise
        status, faults = _faults(problem)
        return _drawn(request, asks, world, name, Filled({}, {"": "; ".join(faults.values())}), status)
    with world.store.writing() as connection:
        put_result(connection, name, result, asks)
    return see(f"/changes/{name}", done="verified")


@router.post("/{name}/approve", dependencies=[DECIDE])
def approve_change(name: str, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Agree to it."""
    return _decided(request, asks, world, name, fields, changes.APPROVED, ChangeRemark)


@router.post("/{name}/reject", dependencies=[DECIDE])
def reject_change(name: str, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Turn it down."""
    return _decided(request, asks, world, name, fields, changes.REJECTED, ChangeRefusal)


@router.post("/{name}/withdraw", dependencies=[CHECK])
def withdraw_change(name: str, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Take one's own back."""
    return _decided(request, asks, world, name, fields, changes.WITHDRAWN, ChangeRemark)


def _decided(
    request: Request, asks: Asking, world: World, name: str, fields: Fields, state: str, shape: Shape
) -> Response:
    try:
        form = filled(shape, {"note": one(fields, "note").strip()})
        with world.store.writing() as connection:
            made = decided(connection, name, state, form.note, asks)
    except REFUSED as problem:
        if isinstance(problem, ProblemError):
            raise
        status, faults = faults_of(problem, NAMES)
        return _drawn(request, asks, world, name, Filled(fields, faults), status)
    return see(f"/changes/{made.name}", done=made.state)


def _drawn(
    request: Request,
    asks: Asking,
    world: World,
    name: str,
    form: Filled | None = None,
    status: int = 200,
    show: str = "",
) -> Response:
    with world.store.reading() as connection, refusals():
        found = records.seen(connection, name, reach_of(asks, READS))
        result = changes.result_of(connection, found)
        document = changes.document_of(connection, found)
        within = reach_of(asks, DECIDES)
        decides = bool(records.those_seen(connection, [found], within)) and not is_own(found, asks)
        checks = bool(records.those_seen(connection, [found], reach_of(asks, CHECKS)))
        takes = bool(records.those_seen(connection, [found], reach_of(asks, Permission.REPORTS_DOWNLOAD)))
    shown = values(result if result is not None and show != "check" else document)
    about = {"paper": False, "link": "#", "c": records.told(found), "own": is_own(found, asks), "decides": decides}
    about |= {"form": form or Filled(), "done": SAID.get(request.query_params.get("done", ""), "")}
    more = {"verified": result is not None, "checks": checks, "takes": takes, "check": document}
    return page(request, "change", asks, status=status, **shown, **about, **more)


def _waiting_for(connection: Connection, asks: Asking) -> list[Change]:
    """What waits and this one may decide about: somebody else's, within his scope."""
    every = islice(changes.listed(connection, states=[changes.CHECKED]), LOOKED_AT)
    fits = [x for x in every if is_other_person(asks.actor.name, x.made_by)]
    return records.those_seen(connection, fits, reach_of(asks, DECIDES))[:SHOWN]


def _asked(sent: Uploads) -> Mapping[str, Any]:
    """What was sent, as the API takes it: files that were chosen, else what was pasted."""
    fields = sent.fields
    as_path = one(fields, "as_path").strip()
    uploads = [x for x in sent.files if x.content or x.file]
    paths = lines_of(one(fields, "paths"))
    if uploads:
        files = [
            {
                "name": PurePosixPath(x.file.replace("\\", "/")).name or "candidate",
                "content": x.content.decode("utf-8", "surrogateescape"),
                "as_path": paths[n] if n < len(paths) else as_path if len(uploads) == 1 else "",
            }
            for n, x in enumerate(uploads)
        ]
    else:
        text = one(fields, "text").replace("\r\n", "\n")
        files = [{"name": one(fields, "name").strip() or "candidate.txt", "content": text, "as_path": as_path}]
    emergency = "yes" in fields.get("emergency", ())
    if emergency and not uploads and not one(fields, "text").strip():
        files = []
    words = {name: one(fields, name).strip() for name in ("fail_on", "max_age", "ticket", "tailoring")}
    plain = {name: value for name, value in words.items() if value}
    named = {name: words_of(one(fields, name)) for name in ("targets", "baselines", "goldens")}
    return {**plain, **named, "files": files, "emergency": emergency, "force": "yes" in fields.get("force", ())}


def _said(sent: Uploads) -> Fields:
    """The fields with what the files hold, for telling whether a form is the same."""
    return {**sent.fields, "files": [repr((x.file, x.content)) for x in sent.files]}


def _faults(problem: Exception) -> tuple[int, dict[str, str]]:
    """Faults by field; those of the candidate with their lines."""
    if isinstance(problem, ProblemError) and problem.kind == "invalid-change":
        told = [f"{x.pointer}: {x.detail}" if x.pointer else x.detail for x in problem.errors[:10]]
        return problem.status, {"": "\n".join(" ".join(x.split())[:400] for x in told)}
    return faults_of(problem, NAMES)
