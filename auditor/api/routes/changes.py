"""`/api/v1/changes`: what a change would do, before its window; who agreed; and what came of it.

Nothing is ever sent to a target: a check stands on what was read last.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, is_other_person
from auditor.api import cursors
from auditor.api.answering import Content, as_json, download, page_of
from auditor.api.change_shapes import (
    MOST_TARGETS,
    STATE,
    ChangeForm,
    ChangeRefusal,
    ChangeRemark,
    ChangeShown,
    ChangeVerified,
    ChangeWhole,
)
from auditor.api.forms import Limit
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.heavy import alone
from auditor.api.once import Key, once
from auditor.api.problems import Fault, ProblemError, described
from auditor.api.routes.common import Text, missing, reach_of
from auditor.api.routes.starting import check_file_names
from auditor.api.shapes import ListOf
from auditor.changes.candidate import Candidate, no_candidate
from auditor.changes.check import Checked
from auditor.changes.load import candidate_of, candidate_of_files
from auditor.errors import ConflictError, InputError, NotFoundError, faults_in
from auditor.reporting import PdfUnavailable
from auditor.reporting.change import ENDINGS, MEDIA, content
from auditor.service.changing import records
from auditor.service.changing.asking import age_of, severity_of
from auditor.service.changing.checking import Rules, Wanted, check_stored, verify_stored
from auditor.store import changes
from auditor.store.changes import Change
from auditor.store.engine import Store, StoreError

router = APIRouter(prefix="/api/v1/changes", tags=["changes"])
SEES, READS, TAKES = Permission.RESULTS_READ, Permission.EVIDENCE_READ, Permission.REPORTS_DOWNLOAD
CHECKS, DECIDES = Permission.CHANGES_CHECK, Permission.CHANGES_DECIDE
READ, CHECK, DECIDE = allowed(READS), allowed(CHECKS), allowed(DECIDES)
LISTED, ONE = described(401, 403, 422), described(401, 403, 404, 422)
ERRORS = described(400, 401, 403, 404, 409, 413, 422, 503)
FOLDER = "candidate"
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {one: {"schema": {"type": "string", "format": "binary"}} for one in MEDIA.values()},
        "description": "All of it, with ETag and Repr-Digest.",
    },
    206: {"description": "The part that Range asks for."},
    304: {"description": "The caller has it already."},
    **described(401, 403, 404, 416, 422, 503),
}
Form = Literal["json", "html", "pdf", "sarif", "junit"]
Of = Literal["check", "result"]


@router.get("", dependencies=[allowed(SEES)], responses=LISTED, response_model=ListOf[ChangeShown])
def list_changes(
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    limit: Limit = 100,
    state: Annotated[STATE | None, Query()] = None,
    ticket: Text = "",
    target: Text = "",
) -> Response:
    """Changes and what became of them, the newest first; for whom a scope limits, those wholly within."""
    place = cursors.read(after, int)
    with world.store.reading() as connection:
        found = records.list_seen(
            connection,
            reach_of(asks, SEES),
            limit + 1,
            states=[state] if state else (),
            ticket=ticket,
            target=target,
            below=place[0] if place else None,
        )
    more = cursors.written(found[limit - 1].id) if len(found) > limit else None
    return page_of(request, [records.told(one) for one in found[:limit]], more)


@router.get("/{name}", dependencies=[READ], responses=ONE, response_model=ChangeWhole)
def show_change(name: str, request: Request, asks: Asks, world: World) -> Response:
    """A change with what was foretold."""
    with world.store.reading() as connection, refusals():
        found = records.seen(connection, name, reach_of(asks, READS))
        return as_json(request, {**records.told(found), "document": changes.document_of(connection, found)})


@router.get("/{name}/result", dependencies=[READ], responses=ONE, response_model=ChangeVerified)
def show_change_result(name: str, request: Request, asks: Asks, world: World) -> Response:
    """What came of a change, as it was verified last."""
    with world.store.reading() as connection, refusals():
        found = records.seen(connection, name, reach_of(asks, READS))
        return as_json(request, {**records.told(found), "result": result_in(connection, found)})


@router.get(
    "/{name}/report", dependencies=[allowed(TAKES)], responses=FILES, response_class=Response, response_model=None
)
def download_change_report(
    name: str,
    request: Request,
    asks: Asks,
    world: World,
    format_: Annotated[Form, Query(alias="format", examples=["html"])] = "html",
    of: Annotated[Of, Query(description="What was foretold, or what came of it.")] = "check",
) -> Response:
    """A change, or what came of it, as a file."""
    with world.store.reading() as connection, refusals():
        found = records.seen(connection, name, reach_of(asks, TAKES))
        document = result_in(connection, found) if of == "result" else changes.document_of(connection, found)
    try:
        with alone("change report"):
            made = Content.of(content(document, format_))
    except PdfUnavailable as problem:
        raise ProblemError(503, "no-pdf", str(problem)) from None
    part = "-result" if of == "result" else ""
    sent = download(request, made, f"change-{found.name}{part}.{ENDINGS[format_]}", MEDIA[format_])
    if sent.status_code in (200, 206) and not request.scope.get("headless"):
        with world.store.writing() as connection:
            asks.actor.note(connection, "change downloaded", found.name, {"format": format_, "of": of})
    return sent


@router.post("", dependencies=[CHECK], status_code=201, responses=ERRORS, response_model=ChangeWhole)
def check_change(form: ChangeForm, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Foretell what a change would do to targets, over what was read last, and keep it. Nothing is sent to a target.

    A fault of the candidate, which a target itself would refuse, is answered 422 with its line.
    """
    checked = foretold(world.store, form, asks)

    def act(connection: Connection) -> dict[str, Any]:
        return {**records.told(kept(connection, checked, form, asks)), "document": checked.document}

    return once(request, world.store, asks, key, form, 201, act)


@router.post("/{name}/verify", dependencies=[CHECK], responses=ERRORS, response_model=ChangeVerified)
def verify_change(name: str, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Hold a change against what was read last: done as planned, planned but missing, happened but unplanned."""
    result = verified(world.store, name, asks)

    def act(connection: Connection) -> dict[str, Any]:
        return {**records.told(put_result(connection, name, result, asks)), "result": result}

    return once(request, world.store, asks, key, None, 200, act)


@router.post("/{name}/approve", dependencies=[DECIDE], responses=ERRORS, response_model=ChangeShown)
def approve_change(
    name: str, form: ChangeRemark, request: Request, asks: Asks, world: World, key: Key = None
) -> Response:
    """Agree to it. Whoever checked it never does."""
    return _decided(request, world, asks, key, form, lambda c: decided(c, name, changes.APPROVED, form.note, asks))


@router.post("/{name}/reject", dependencies=[DECIDE], responses=ERRORS, response_model=ChangeShown)
def reject_change(
    name: str, form: ChangeRefusal, request: Request, asks: Asks, world: World, key: Key = None
) -> Response:
    """Turn it down."""
    return _decided(request, world, asks, key, form, lambda c: decided(c, name, changes.REJECTED, form.note, asks))


@router.post("/{name}/withdraw", dependencies=[CHECK], responses=ERRORS, response_model=ChangeShown)
def withdraw_change(
    name: str, form: ChangeRemark, request: Request, asks: Asks, world: World, key: Key = None
) -> Response:
    """Take one's own back."""
    return _decided(request, world, asks, key, form, lambda c: decided(c, name, changes.WITHDRAWN, form.note, asks))


def foretold(store: Store, form: ChangeForm, asks: Asking) -> Checked:
    """The check; nothing is kept. Raises ProblemError, each fault of the candidate with its line, and ConflictError."""
    check_file_names((*form.baselines, *form.goldens, form.tailoring or ""))
    with refusals(), alone("change check"), candidate_faults():
        wanted = Wanted(
            form.targets,
            candidate_in(form),
            asks.actor.name,
            _rules(form),
            form.ticket.strip(),
            severity_of(form.fail_on),
            age_of(form.max_age),
            form.force,
            form.series,
        )
        return check_stored(store, wanted, reach_of(asks, CHECKS), MOST_TARGETS)


def candidate_in(form: ChangeForm) -> Candidate:
    """The candidate that was sent; none in an emergency. Raises InputError."""
    if form.emergency:
        return no_candidate()
    if len(form.files) == 1:
        (only,) = form.files
        return candidate_of(only.name, _bytes(only.content), only.as_path)
    for one in form.files:
        if not one.as_path:
            raise InputError(f"{one.name} does not say which file it becomes", mend="Several files need as_path, each.")
    return candidate_of_files(FOLDER, [(one.as_path[1:], _bytes(one.content)) for one in form.files])


def kept(connection: Connection, checked: Checked, form: ChangeForm, asks: Asking) -> Change:
    """The check, kept with what it was judged by."""
    return records.keep(connection, checked, {**_rules(form).entry(), "series": form.series}, asks.actor)


def verified(store: Store, name: str, asks: Asking) -> dict[str, Any]:
    """What came of it by now; nothing is kept. Raises ProblemError."""
    with refusals(), alone("change check"), candidate_faults():
        with store.reading() as connection:
            found = records.seen(connection, name, reach_of(asks, CHECKS))
        return verify_stored(store, found, asks.actor.name)


def put_result(connection: Connection, name: str, result: dict[str, Any], asks: Asking) -> Change:
    """The change, with what came of it. Raises ProblemError."""
    with refusals():
        found = records.seen(connection, name, reach_of(asks, CHECKS))
        return changes.put_result(connection, found, result, asks.actor.name, asks.actor)


def decided(connection: Connection, name: str, state: str, words: str, asks: Asking) -> Change:
    """The change as it was decided about. Raises ProblemError for who may not, ConflictError where it is decided."""
    with refusals():
        own = state == changes.WITHDRAWN
        found = records.seen(connection, name, reach_of(asks, CHECKS if own else DECIDES))
        if own and not is_own(found, asks):
            raise ProblemError(403, "not-own", "whoever checked it withdraws it")
        if not own and not is_other_person(asks.actor.name, found.made_by):
            raise ProblemError(403, "own-change", "whoever checked a change does not decide about it")
        return changes.decide(connection, found.name, state, asks.actor.name, words.strip(), asks.actor)


def is_own(found: Change, asks: Asking) -> bool:
    """Whether who asks has checked it."""
    return found.made_by.strip().casefold() == asks.actor.name.strip().casefold()


def result_in(connection: Connection, found: Change) -> dict[str, Any]:
    """What came of it. Raises ProblemError before it was verified."""
    result = changes.result_of(connection, found)
    if result is None:
        raise ProblemError(404, "not-verified", "it was not verified yet")
    return result


@contextmanager
def refusals() -> Iterator[None]:
    """Answer what a scope refuses as what is not there. Raises ProblemError."""
    try:
        yield
    except NotFoundError:
        raise missing("change") from None


@contextmanager
def candidate_faults() -> Iterator[None]:
    """Answer 422 with every fault and its line. Raises ProblemError."""
    try:
        yield
    except (ConflictError, NotFoundError, StoreError):
        raise
    except InputError as problem:
        found = faults_in(problem)[:50]
        faults = [Fault(pointer=str(x.where or "")[:300], detail=f"{x.what}. {x.mend}".strip()[:500]) for x in found]
        raise ProblemError(422, "invalid-change", "it cannot be foretold as it is", errors=faults) from None


def _rules(form: ChangeForm) -> Rules:
    return Rules(tuple(form.baselines), tuple(form.goldens), form.tailoring)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # a lone surrogate is no UTF-8: told with its line


def _decided(
    request: Request, world: World, asks: Asking, key: str | None, form: Any, act: Callable[[Connection], Change]
) -> Response:
    return once(request, world.store, asks, key, form, 200, lambda connection: records.told(act(connection)))
