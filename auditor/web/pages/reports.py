"""Reports: choose what, ask for it, see it being made, take it along with its checksum."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, Reach
from auditor.api import cursors
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.problems import ProblemError
from auditor.api.routes.common import Text, reach_of, run_in
from auditor.api.routes.reports import ReportForm, ask_for, cancelled_now, mine
from auditor.evidence.captures import iso
from auditor.reporting.words import platform_word
from auditor.service.downloads.offers import checksum_line, offers, state_of
from auditor.service.exporting import make_soon
from auditor.store import exports
from auditor.store.listing import runs
from auditor.web.filling import REFUSED, Filled, faults_of, filled_with, first_time
from auditor.web.forms import Fields, Posted, filled, one
from auditor.web.paint import page, see
from auditor.web.words import scope_words
from auditor.web.zones import zones

router = APIRouter(prefix="/reports", include_in_schema=False)
TAKES = Permission.REPORTS_DOWNLOAD
DOWNLOAD = allowed(TAKES, page=True)
SHOWN, RUNS, MOST_SOURCES = 25, 30, 200
SAID = {
    "asked": "It is asked for. This page shows how far it is; you can leave and come back.",
    "there": "It was made before, and stays what it was.",
    "cancelled": "It is made no more.",
}
NAMES = {
    name: name
    for name in ("run", "from", "to", "at", "zone", "schedule", "labels", "platforms", "sources", "framework")
}
WORDS = {"pdf": "PDF", "html": "HTML", "xlsx": "XLSX workbook", "csv": "CSV", "json": "JSON"}
LABEL = "label."
State = Literal["", "waiting", "made", "failed", "cancelled", "removed"]
Number = Annotated[int, Path(ge=1, lt=1 << 53)]


@router.get("", dependencies=[DOWNLOAD])
def list_reports(
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    run: Text = "",
    state: Annotated[State, Query()] = "",
) -> Response:
    """What was asked for within the same scope, the newest first, over the form to ask for more."""
    form = filled_with(what="run", run=run or "latest", format="pdf", zone="UTC")
    return _drawn(request, asks, world, form, after=after, run=run, state=state)


@router.post("", dependencies=[DOWNLOAD])
def ask_for_report(request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Ask for one. The same choice in the same format is the same report, however often somebody asks."""
    try:
        form = filled(ReportForm, _said(fields))
        wanted = form.wanted()
        with world.store.writing() as connection:
            if not first_time(connection, asks, fields, "/reports"):
                return see("/reports")
            made = ask_for(connection, wanted, form.format, asks)
    except REFUSED as problem:
        status, faults = faults_of(problem, NAMES)
        return _drawn(request, asks, world, Filled(fields, faults), status=status)
    if made.state == exports.WAITING:
        make_soon(world.store, made.id)
    return see(f"/reports/{made.id}", done="asked" if made.state == exports.WAITING else "there")


@router.get("/{number}", dependencies=[DOWNLOAD])
def show_report(number: Number, request: Request, asks: Asks, world: World, done: Text = "") -> Response:
    """One report: how far it is, or where to get it."""
    with world.store.reading() as connection:
        row = mine(connection, number, asks)
        idle = exports.is_idle(connection, row)
    if idle:
        make_soon(world.store, number)  # whoever was to make it is gone
    line = checksum_line(row).strip() if row.state == exports.MADE else ""
    said = "" if done == "asked" and row.state != exports.WAITING else SAID.get(done, "")
    about: dict[str, Any] = {"said": said, "one": state_of(row), "line": line, "words": WORDS}
    about["origin"] = world.door.origin(request)
    return page(request, "report", asks, **about, scoped=scope_words(reach_of(asks, TAKES)))


@router.post("/{number}/cancel", dependencies=[DOWNLOAD])
def cancel_report(number: Number, asks: Asks, world: World) -> Response:
    """Make it no more."""
    with world.store.writing() as connection:
        cancelled_now(connection, number, asks)
    return see(f"/reports/{number}", done="cancelled")


def _said(fields: Fields) -> dict[str, Any]:
    """The form as the API takes it: of the three ways to say when, the one that is ticked."""
    ways = {"run": ("run",), "period": ("from", "to"), "moment": ("at",)}
    way = one(fields, "what")
    names = [*ways.get(way, ()), "framework", "format", *(() if way == "run" else ("zone", "schedule"))]
    said: dict[str, Any] = {name: value for name in names if (value := one(fields, name).strip())}
    said["platforms"], said["sources"] = ([x for x in fields.get(name, ()) if x] for name in ("platforms", "sources"))
    said["labels"] = {
        key.removeprefix(LABEL): values[-1] for key, values in fields.items() if key.startswith(LABEL) and values[-1]
    }
    if way != "run" and one(fields, "series"):
        said["series"] = one(fields, "series")
    if way not in ways:
        raise ProblemError(422, "invalid-request", "say of what it is: a run, a period or a moment")
    for name in ways[way]:
        if name not in said:
            raise ProblemError(422, "invalid-request", f"`{name}` is missing")
    return said


def _drawn(
    request: Request,
    asks: Asking,
    world: World,
    form: Filled,
    *,
    status: int = 200,
    after: str = "",
    run: str = "",
    state: str = "",
) -> Response:
    reach, place = reach_of(asks, TAKES), cursors.read(after, int)
    with world.store.reading() as connection:
        number = run_in(connection, run, reach, asks).id if run else None
        found = exports.listed(connection, reach, number, place[0] if place else None, SHOWN + 1, state)
        offered, listed = offers(connection, reach), _runs(connection, reach, asks, run)
    about: dict[str, Any] = {
        "form": form,
        "reports": [state_of(row) for row in found[:SHOWN]],
        "next": cursors.written(found[SHOWN - 1].id) if len(found) > SHOWN else "",
        "run": run,
        "state": state,
        "words": WORDS,
        "scoped": scope_words(reach),
        "runs": listed,
        "zones": [(name, name) for name in zones()],
        "formats": list(WORDS.items()),
        "frameworks": [("", "All rules"), *((x["id"], f"{x['title']} ({x['rules']})") for x in offered["frameworks"])],
        "schedules": [("", "Any"), *((name, name) for name in offered["schedules"])],
        "serieses": [("", "As the latest run"), *((str(x["number"]), x["words"]) for x in offered["series"])],
        "labels": {
            key: [("", "Any"), *((value, value) for value in values)] for key, values in offered["labels"].items()
        },
        "platforms": [(name, platform_word(name)) for name in offered["platforms"]],
        "sources": [(name, name) for name in offered["sources"][:MOST_SOURCES]],
    }
    return page(request, "reports", asks, status=status, **about)


def _runs(connection: Connection, reach: Reach, asks: Asking, run: str) -> list[tuple[str, str]]:
    """Runs to choose from: the newest with a result, and the one that the page is about."""
    found = [row for row in runs.listed(connection, reach, asks.actor.name, None, RUNS, "done") if row.head is not None]
    words = {
        row.name: f"{iso(row.started_at)[:16].replace('T', ' ')} UTC"
        + (f", {row.planned}" if reach.everything and row.planned else "")
        for row in found
    }
    first = {} if not run or run in words else {run: run}
    return [("latest", "The latest"), *({**first, **words}).items()]
