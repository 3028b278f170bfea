"""Reports and documents to take along: made in the background, resumed by Range, with their SHA-256."""

import tempfile
from functools import partial
from pathlib import Path as File
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import PlainTextResponse, Response

from auditor.access import Permission
from auditor.access.scopes import parsed_scope
from auditor.api import cursors
from auditor.api.answering import MEDIA, Content, as_json, download, page_of
from auditor.api.forms import Form, Limit, Line, Name
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.once import Key, once
from auditor.api.problems import ProblemError, described
from auditor.api.routes.common import Text, missing, reach_of, run_in
from auditor.api.shapes import DownloadOffers, ListOf, ReportShown
from auditor.evidence.captures import iso
from auditor.reporting import write
from auditor.service.downloads.asking import Wanted, ask
from auditor.service.downloads.offers import checksum_line, file_name, offers, state_of
from auditor.service.exporting import make_soon
from auditor.service.within import document_within
from auditor.store import exports, parts, reports
from auditor.store.engine import Store

router = APIRouter(prefix="/api/v1", tags=["reports"])
TAKES = Permission.REPORTS_DOWNLOAD
DOWNLOAD = allowed(TAKES)
ERRORS = described(400, 401, 403, 404, 409, 413, 422)
FILE = {"content": {one: {"schema": {"type": "string", "format": "binary"}} for one in MEDIA.values()}}
PARTS: dict[int | str, dict[str, Any]] = {
    200: {**FILE, "description": "All of it, with ETag and Repr-Digest."},
    206: {**FILE, "description": "The part that Range asks for."},
    304: {"description": "The caller has it already."},
    **described(401, 403, 404, 409, 410, 416, 422),
}
LINE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "`HASH  NAME`."},
    **described(401, 403, 404, 409, 410, 422),
}
Number = Annotated[int, Path(ge=1, lt=1 << 53)]
State = Literal["waiting", "made", "failed", "cancelled", "removed"]
Some = Annotated[list[Line], Field(default_factory=list, max_length=50)]


class ReportForm(Form):
    """What to make: of a run (the latest, if nothing else is said), of a period, or of the state at a moment."""

    format: Literal["json", "csv", "html", "pdf", "xlsx"] = Field(examples=["pdf"])
    run: str = Field("", max_length=100, examples=["latest"])
    begin: str = Field("", alias="from", max_length=60, examples=["2026-10-01"])
    end: str = Field("", alias="to", max_length=60, examples=["2026-10-31"])
    at: str = Field("", max_length=60, examples=["2026-03-31 23:59"])
    zone: str = Field("", max_length=60, examples=["Europe/Amsterdam"])
    schedule: Line = ""
    series: int | None = Field(None, ge=1, lt=1 << 53)
    labels: dict[Name, Name] = Field(default_factory=dict, max_length=10, examples=[{"site": "ams"}])
    platforms: Some
    sources: Some
    framework: str = Field("", max_length=60, examples=["pci-dss"])

    def wanted(self) -> Wanted:
        """The same, with labels that were checked. Raises InputError."""
        plain = {name: getattr(self, name) for name in ("run", "begin", "end", "at", "zone", "schedule", "series")}
        labels = parsed_scope(self.labels).as_dict()
        return Wanted(
            **plain,
            labels=labels,
            platforms=tuple(self.platforms),
            sources=tuple(self.sources),
            framework=self.framework,
        )


@router.get(
    "/runs/{name}/document", dependencies=[DOWNLOAD], responses=PARTS, response_class=Response, response_model=None
)
def download_document(name: str, request: Request, asks: Asks, world: World) -> Response:
    """audit.json of a run; for whom a scope limits, of the targets within."""
    reach = reach_of(asks, TAKES)
    with world.store.reading() as connection:
        row = run_in(connection, name, reach, asks)
        kept = reports.content_of_report(connection, row.id, "json") if reach.everything else None
    if kept is None:
        content = Content.of(_document(world.store, row, reach))
    else:
        content = Content(kept.size, bytes(kept.sha256), partial(parts.read_whole, world.store, kept.content))
    sent = download(request, content, f"{row.name}.json", MEDIA["json"])
    _note(request, world.store, asks, sent, "document downloaded", row.name, {"format": "json"})
    return sent


@router.get(
    "/reports", dependencies=[DOWNLOAD], responses=described(401, 403, 404, 422), response_model=ListOf[ReportShown]
)
def list_reports(
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    limit: Limit = 50,
    run: Text = "",
    state: Annotated[State | None, Query()] = None,
) -> Response:
    """Reports that were asked for within the same scope, the newest first; `waiting` are those that are being made."""
    reach, place = reach_of(asks, TAKES), cursors.read(after, int)
    with world.store.reading() as connection:
        number = run_in(connection, run, reach, asks).id if run else None
        found = exports.listed(connection, reach, number, place[0] if place else None, limit + 1, state or "")
    more = cursors.written(found[limit - 1].id) if len(found) > limit else None
    return page_of(request, [state_of(one) for one in found[:limit]], more)


@router.get("/downloads", dependencies=[DOWNLOAD], responses=described(401, 403, 422), response_model=DownloadOffers)
def list_offers(request: Request, asks: Asks, world: World) -> Response:
    """What a report can be asked for: formats, frameworks, schedules, labels, platforms, sources within the scope."""
    with world.store.reading() as connection:
        return as_json(request, offers(connection, reach_of(asks, TAKES)))


@router.post("/reports", dependencies=[DOWNLOAD], status_code=202, responses=ERRORS, response_model=ReportShown)
def make_report(form: ReportForm, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Make a report in the background. One that was made before stays what it was, and is answered at once."""
    wanted = form.wanted()

    def act(connection: Connection) -> dict[str, Any]:
        made = ask_for(connection, wanted, form.format, asks)
        return state_of(made)

    answer = once(request, world.store, asks, key, form, 202, act)
    told = orjson.loads(answer.body)
    if told["state"] == exports.WAITING:
        make_soon(world.store, told["id"])
    return answer


def ask_for(connection: Connection, wanted: Wanted, form: str, asks: Asking) -> Any:
    """The row of a report that somebody asks for, with its entry in the journal. Raises InputError, ProblemError."""
    reach = reach_of(asks, TAKES)
    if not (wanted.begin or wanted.end or wanted.at):
        run_in(connection, wanted.run or "latest", reach, asks)
    made = ask(connection, wanted, form, reach, asks.actor.name)
    detail: dict[str, Any] = {"format": form, "report": made.id}
    if made.choice is not None:
        detail["chosen"] = orjson.loads(made.choice)
    asks.actor.note(connection, "report asked for", made.run_name, detail)
    return made


@router.get("/reports/{number}", dependencies=[DOWNLOAD], responses=ERRORS, response_model=ReportShown)
def show_report(number: Number, request: Request, asks: Asks, world: World) -> Response:
    """A report, whether it is made, and how far it is."""
    with world.store.reading() as connection:
        row = mine(connection, number, asks)
        idle = exports.is_idle(connection, row)
    if idle:
        make_soon(world.store, number)  # whoever was to make it is gone
    return as_json(request, state_of(row))


@router.delete("/reports/{number}", dependencies=[DOWNLOAD], responses=ERRORS, response_model=ReportShown)
def cancel_report(number: Number, request: Request, asks: Asks, world: World) -> Response:
    """Make it no more. What is made already stays: retention removes it in its time."""
    with world.store.writing() as connection:
        return as_json(request, cancelled_now(connection, number, asks))


def cancelled_now(connection: Connection, number: int, asks: Asking) -> dict[str, Any]:
    """An export that nobody makes any more, from this transaction on. Raises ProblemError."""
    row = mine(connection, number, asks)
    if not exports.cancel(connection, number, f"cancelled by {asks.actor.name}"):
        raise ProblemError(409, "conflict", f"it is not being made: it is {row.state}")
    asks.actor.note(connection, "report cancelled", row.run_name, {"report": number, "format": row.format})
    return state_of(exports.get(connection, number))


@router.get(
    "/reports/{number}/content", dependencies=[DOWNLOAD], responses=PARTS, response_class=Response, response_model=None
)
def download_report(number: Number, request: Request, asks: Asks, world: World) -> Response:
    """The report itself."""
    with world.store.reading() as connection:
        row = made(connection, number, asks)
    sent = content_of(request, world.store, row)
    _note(request, world.store, asks, sent, "report downloaded", row.run_name, {"report": number, "format": row.format})
    return sent


@router.get("/reports/{number}/checksum", dependencies=[DOWNLOAD], responses=LINE, response_class=PlainTextResponse)
def show_checksum(number: Number, asks: Asks, world: World) -> PlainTextResponse:
    """Its SHA-256 as `sha256sum -c` reads it."""
    with world.store.reading() as connection:
        row = made(connection, number, asks)
    return PlainTextResponse(checksum_line(row), headers={"Cache-Control": "private, no-cache"})


def content_of(request: Request, store: Store, row: Any) -> Response:
    """The content of an export that is made: whole, or the part that the request asks for."""
    content = Content(row.size, bytes(row.sha256), lambda first, last: parts.read(store, row, first, last))
    return download(request, content, file_name(row), MEDIA[row.format])


def made(connection: Connection, number: int, asks: Asking) -> Any:
    """An export of the scope of who asks that is made. Raises ProblemError: 404, 409, and 410 for one that is gone."""
    row = mine(connection, number, asks)
    if row.state == exports.REMOVED:
        when = f" on {iso(row.removed_at)}" if row.removed_at else ""
        raise ProblemError(410, "removed", f"the report was {row.note}".replace("removed", f"removed{when}", 1))
    if row.state != exports.MADE:
        raise ProblemError(409, "not-made", f"the report is {row.state}: {row.note}".removesuffix(": "))
    return row


def mine(connection: Connection, number: int, asks: Asking) -> Any:
    """An export of exactly the scope of who asks: of another one, there is none. Raises ProblemError."""
    try:
        row = exports.get(connection, number)
    except LookupError:
        raise missing("report") from None
    if row.scope != exports.scope_key(reach_of(asks, TAKES)):
        raise missing("report")
    return row


def _document(store: Store, row: Any, reach: Any) -> bytes:
    with tempfile.TemporaryDirectory(prefix="auditor-document-") as folder:
        (written,) = write(document_within(store, row, reach), ["json"], File(folder))
        return written.path.read_bytes() if written.path else b""


def _note(
    request: Request, store: Store, asks: Asking, sent: Response, action: str, about: str, detail: dict[str, Any]
) -> None:
    """Write into the journal what left the house; HEAD and 304 take nothing along."""
    if sent.status_code not in (200, 206) or request.scope.get("headless"):
        return
    part = {"part": sent.headers["content-range"]} if sent.status_code == 206 else {}
    with store.writing() as connection:
        asks.actor.note(connection, action, about, {**detail, **part})
