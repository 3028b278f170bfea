"""`/api/v1/runs`: what was audited, how far it is, and what was found."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, Reach
from auditor.api import cursors
from auditor.api.answering import as_json, page_of
from auditor.api.forms import Limit
from auditor.api.guard import Asks, World, allowed
from auditor.api.problems import described
from auditor.api.routes.common import (
    LabelQuery,
    Severity,
    Status,
    Text,
    drift_page,
    findings_page,
    labels_of,
    place_in,
    reach_of,
    run_in,
    score_of,
    target_shown,
    wanted_of,
)
from auditor.api.shapes import DriftShown, FindingShown, ListOf, RunShown, RunWhole, TargetShown
from auditor.evidence.captures import iso
from auditor.service.request import visible
from auditor.store import course, phases
from auditor.store.listing import looks, runs
from auditor.store.listing.looks import Look, Only

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])
READ = allowed(Permission.RESULTS_READ)
SEES = Permission.RESULTS_READ
LISTED, ONE = described(401, 403, 422), described(401, 403, 404, 422)
COUNTS = ("population", "collected", "stale", "passed", "failed", "unknown", "notapplicable", "notchecked", "waived")


@router.get("", dependencies=[READ], responses=LISTED, response_model=ListOf[RunShown])
def list_runs(
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    limit: Limit = 50,
    state: Annotated[Literal["", "collecting", "judging", "rendering", "done", "failed", "cancelled"], Query()] = "",
    schedule: Text = "",
) -> Response:
    """Runs, the newest first. For whom a scope limits: those with a target in it."""
    reach, place = reach_of(asks, SEES), cursors.read(after, int)
    if schedule and not reach.everything:
        return page_of(request, [], None)  # schedules are of the whole estate
    with world.store.reading() as connection:
        found = runs.listed(connection, reach, asks.actor.name, place[0] if place else None, limit + 1, state, schedule)
        shown = _shown(connection, list(found[:limit]), reach)
    more = cursors.written(found[limit - 1].id) if len(found) > limit else None
    return page_of(request, shown, more)


@router.get("/{name}", dependencies=[READ], responses=ONE, response_model=RunWhole)
def show_run(name: str, request: Request, asks: Asks, world: World) -> Response:
    """One run, or the `latest` that ended: how far it is, phase by phase, and what it was asked to do."""
    reach = reach_of(asks, SEES)
    with world.store.reading() as connection:
        row = run_in(connection, name, reach, asks)
        (shown,) = _shown(connection, [row], reach)
        shown |= told_of(connection, row, reach)
    return as_json(request, shown)


@router.get("/{name}/targets", dependencies=[READ], responses=ONE, response_model=ListOf[TargetShown])
def list_targets_of_run(
    name: str,
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    limit: Limit = 100,
    platform: Text = "",
    source: Text = "",
    status: Annotated[Literal["", "collected", "stale", "unreachable"], Query()] = "",
    part: Annotated[Text, Query(alias="name", description="A part of the name.")] = "",
    label: LabelQuery = [],  # noqa: B006  FastAPI copies it
) -> Response:
    """The targets of a run, as it saw them."""
    reach, place = reach_of(asks, SEES), cursors.read(after, int)
    only = Only(reach, None, platform, source, status, part, labels_of(label))
    with world.store.reading() as connection:
        row = run_in(connection, name, reach, asks)
        found = looks.targets(connection, Look(row.id), only, place[0] if place else 0, limit + 1)
    more = cursors.written(found[limit - 1].target) if len(found) > limit else None
    return page_of(request, [target_shown(one, row.name) for one in found[:limit]], more)


@router.get("/{name}/findings", dependencies=[READ], responses=ONE, response_model=ListOf[FindingShown])
def list_findings_of_run(
    name: str,
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    limit: Limit = 100,
    status: Annotated[list[Status], Query(max_length=6)] = [],  # noqa: B006
    severity: Annotated[list[Severity], Query(max_length=5)] = [],  # noqa: B006
    rule: Text = "",
    target: Annotated[int | None, Query(ge=1, lt=1 << 53, description="The id of a target.")] = None,
) -> Response:
    """The findings of a run by target, with their evidence; of targets that were not read too, as unknown."""
    reach, place = reach_of(asks, SEES), place_in(after)
    wanted = wanted_of(Only(reach, target), status, severity, rule)
    with world.store.reading() as connection:
        row = run_in(connection, name, reach, asks)
        shown, end = findings_page(connection, Look(row.id), wanted, place, limit)
    return page_of(request, shown, cursors.written(*end) if end else None)


@router.get("/{name}/drift", dependencies=[READ], responses=ONE, response_model=ListOf[DriftShown])
def list_drift_of_run(
    name: str,
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    limit: Limit = 100,
    target: Annotated[int | None, Query(ge=1, lt=1 << 53, description="The id of a target.")] = None,
) -> Response:
    """The drift of a run by target."""
    reach, place = reach_of(asks, SEES), place_in(after)
    with world.store.reading() as connection:
        row = run_in(connection, name, reach, asks)
        shown, end = drift_page(connection, Look(row.id), Only(reach, target), place, limit)
    return page_of(request, shown, cursors.written(*end) if end else None)


def _shown(connection: Connection, rows: list[Any], reach: Reach) -> list[dict[str, Any]]:
    """Runs as they are shown; the counts of those that go on, and of parts, are summed up now."""
    numbers = [row.id for row in rows if not reach.everything or row.state in phases.OPEN]
    own = runs.counts(connection, numbers, reach) if numbers else {}
    none = None if reach.everything else dict.fromkeys(COUNTS, 0)
    return [run_shown(row, own.get(row.id, none), whole=reach.everything) for row in rows]


def run_shown(row: Any, own: dict[str, int] | None, *, whole: bool) -> dict[str, Any]:
    """A run; `own` are counts to tell instead of those of its row."""
    counts = own if own is not None else {name: getattr(row, name) for name in COUNTS}
    return {
        "run": row.name,
        "state": row.state,
        "series": row.series,
        "schedule": row.planned if whole else None,
        "requested_by": row.requested_by if whole else None,
        "started_at": iso(row.started_at),
        "finished_at": iso(row.finished_at) if row.finished_at else None,
        **{name: counts[name] for name in ("population", "collected", "stale")},
        "score": score_of(counts),
        "message": row.message if whole else None,
    }


def told_of(connection: Connection, row: Any, reach: Reach) -> dict[str, Any]:
    """How far a run is, and what else is told of it: pieces of work hold targets of all scopes, so whoever is limited
    is told of sources alone, those with a target within.
    """
    sources, waiting = course.sources_within(connection, row.id, reach)
    if not reach.everything:
        return {"progress": {"shards": {}, "sources": sources, "waiting": waiting}, "request": None, "reports": []}
    told = whole_of(connection, row)
    return {**told, "progress": {**told["progress"], "waiting": waiting}}


def whole_of(connection: Connection, row: Any) -> dict[str, Any]:
    """What only who sees everything is told of a run: how far it is, what it was asked, what was written."""
    come = course.course_of(connection, row.id)
    shards: dict[str, dict[str, int]] = {}
    for (kind, state), count in sorted(come.shards.items()):
        shards.setdefault(kind, {})[state] = count
    return {
        "progress": {"shards": shards, "sources": dict(come.sources)},
        "request": visible(row.request),
        "reports": [{"format": form, "note": note} for form, note in come.reports],
    }
