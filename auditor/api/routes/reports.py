"""Reports and documents to take along: made in the background, resumed by Range, with their SHA-256."""

import hashlib
import tempfile
from pathlib import Path as File
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission
from auditor.api import cursors
from auditor.api.answering import MEDIA, as_json, download, page_of
from auditor.api.forms import Form, Limit
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.once import Key, once
from auditor.api.problems import ProblemError, described
from auditor.api.routes.common import Text, missing, reach_of, run_in
from auditor.api.shapes import ListOf, ReportShown
from auditor.evidence.captures import iso
from auditor.reporting import write
from auditor.service.exporting import make_soon
from auditor.service.within import document_within
from auditor.store import blobs, exports, reports
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
    **described(401, 403, 404, 409, 416, 422),
}
Number = Annotated[int, Path(ge=1, lt=1 << 53)]


class ReportForm(Form):
    """What to make."""

    run: str = Field(max_length=100, examples=["latest"])
    format: Literal["json", "csv", "html", "pdf", "xlsx"] = Field(examples=["pdf"])


@router.get(
    "/runs/{name}/document", dependencies=[DOWNLOAD], responses=PARTS, response_class=Response, response_model=None
)
def download_document(name: str, request: Request, asks: Asks, world: World) -> Response:
    """audit.json of a run; for whom a scope limits, of the targets within."""
    reach = reach_of(asks, TAKES)
    with world.store.reading() as connection:
        row = run_in(connection, name, reach, asks)
        kept = reports.get_report(connection, row.id, "json") if reach.everything else None
    content = kept[0] if kept and kept[0] is not None else _document(world.store, row, reach)
    sent = download(request, content, hashlib.sha256(content).digest(), f"{row.name}.json", MEDIA["json"])
    _note(request, world.store, asks, sent, "document downloaded", row.name, {"format": "json"})
    return sent


@router.get(
    "/reports", dependencies=[DOWNLOAD], responses=described(401, 403, 404, 422), response_model=ListOf[ReportShown]
)
def list_reports(
    request: Request, asks: Asks, world: World, after: cursors.After = "", limit: Limit = 50, run: Text = ""
) -> Response:
    """Reports that were asked for within the same scope, the newest first."""
    reach, place = reach_of(asks, TAKES), cursors.read(after, int)
    with world.store.reading() as connection:
        number = run_in(connection, run, reach, asks).id if run else None
        found = exports.listed(connection, reach, number, place[0] if place else None, limit + 1)
    more = cursors.written(found[limit - 1].id) if len(found) > limit else None
    return page_of(request, [shown(one) for one in found[:limit]], more)


@router.post("/reports", dependencies=[DOWNLOAD], status_code=202, responses=ERRORS, response_model=ReportShown)
def make_report(form: ReportForm, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Make a report in the background. One that was made before stays what it was, and is answered at once."""
    reach = reach_of(asks, TAKES)

    def act(connection: Connection) -> dict[str, Any]:
        row = run_in(connection, form.run, reach, asks)
        if row.head is None:
            raise ProblemError(409, "conflict", f"the run has no result: it is {row.state}")
        made = exports.ask(connection, row.id, form.format, reach, asks.actor.name)
        asks.actor.note(connection, "report asked for", row.name, {"format": form.format, "report": made.id})
        return shown(made)

    answer = once(request, world.store, asks, key, form, 202, act)
    _start(world.store, answer)
    return answer


@router.get("/reports/{number}", dependencies=[DOWNLOAD], responses=ERRORS, response_model=ReportShown)
def show_report(number: Number, request: Request, asks: Asks, world: World) -> Response:
    """A report, and whether it is made."""
    with world.store.reading() as connection:
        row = _mine(connection, number, asks)
        idle = exports.is_idle(connection, row)
    if idle:
        make_soon(world.store, number)  # whoever was to make it is gone
    return as_json(request, shown(row))


@router.get(
    "/reports/{number}/content", dependencies=[DOWNLOAD], responses=PARTS, response_class=Response, response_model=None
)
def download_report(number: Number, request: Request, asks: Asks, world: World) -> Response:
    """The report itself."""
    with world.store.reading() as connection:
        row = _mine(connection, number, asks)
        if row.state != exports.MADE:
            raise ProblemError(409, "not-made", f"the report is {row.state}: {row.note}".removesuffix(": "))
        content = blobs.get(connection, row.content)
    name = f"{row.run_name}.{row.format}"
    sent = download(request, content, bytes(row.sha256), name, MEDIA[row.format])
    _note(request, world.store, asks, sent, "report downloaded", row.run_name, {"report": number, "format": row.format})
    return sent


def shown(row: Any) -> dict[str, Any]:
    """An export as the API shows it."""
    made = row.state == exports.MADE
    return {
        "id": row.id,
        "run": row.run_name,
        "format": row.format,
        "state": row.state,
        "size": row.size if made else None,
        "sha256": bytes(row.sha256).hex() if made else None,
        "note": row.note,
        "requested_by": row.requested_by,
        "created_at": iso(row.created_at),
        "finished_at": iso(row.finished_at) if row.finished_at else None,
        "content": f"/api/v1/reports/{row.id}/content" if made else None,
    }


def _mine(connection: Connection, number: int, asks: Asking) -> Any:
    """An export of exactly the scope of who asks: of another one, there is none. Raises ProblemError."""
    try:
        row = exports.get(connection, number)
    except LookupError:
        raise missing("report") from None
    if row.scope != exports.scope_key(reach_of(asks, TAKES)):
        raise missing("report")
    return row


def _start(store: Store, answer: Response) -> None:
    import orjson

    told = orjson.loads(answer.body)
    if told["state"] == exports.WAITING:
        make_soon(store, told["id"])


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
