"""`/api/v1/targets` and `/api/v1/sources`: what there is, as it was seen last, and what it was at any time."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission
from auditor.api import cursors
from auditor.api.answering import as_json, page_of
from auditor.api.forms import Limit
from auditor.api.guard import Asks, World, allowed
from auditor.api.problems import ProblemError, described
from auditor.api.routes.choosing import Which, gone_shown
from auditor.api.routes.common import (
    LabelQuery,
    SeriesQuery,
    Severity,
    Status,
    Text,
    drift_page,
    findings_page,
    labels_of,
    look_now,
    missing,
    place_in,
    reach_of,
    score_of,
    target_shown,
    wanted_of,
)
from auditor.api.shapes import DriftShown, FactsShown, FindingShown, ListOf, LookShown, SourceShown, TargetShown
from auditor.evidence.captures import iso
from auditor.store.engine import now
from auditor.store.history import moment_of, time_of
from auditor.store.listing import looks, runs
from auditor.store.listing.looks import Look, Only
from auditor.store.listing.vanished import vanished
from auditor.store.snapshots import get_snapshots, with_facts

router = APIRouter(prefix="/api/v1", tags=["targets"])
SEES = Permission.RESULTS_READ
READ, FACTS = allowed(SEES), allowed(Permission.EVIDENCE_READ)
LISTED, ONE = described(401, 403, 422), described(401, 403, 404, 422)
Id = Annotated[int, Path(ge=1, lt=1 << 53)]
At = Annotated[
    AwareDatetime | None, Query(description="As it was then; else as it is.", examples=["2026-11-01T00:00:00Z"])
]


@router.get("/sources", dependencies=[READ], responses=LISTED, response_model=ListOf[SourceShown])
def list_sources(
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    limit: Limit = 100,
    label: LabelQuery = [],  # noqa: B006  FastAPI copies it
    series: SeriesQuery = None,
) -> Response:
    """What is logged in to, by name, with how its targets were seen last; those that are gone are counted apart."""
    place = cursors.read(after, int, int, str)
    only = Only(reach_of(asks, SEES), labels=labels_of(label))
    with world.store.reading() as connection:
        look = look_now(connection, series, place)
        found = looks.sources(connection, look, only, place[2] if place else "", limit + 1, vanished(connection))
    names = ("source", "targets", "collected", "stale", "unreachable", "gone")
    shown = [{name: row._mapping[name] for name in names} for row in found[:limit]]
    return page_of(request, shown, _next(look, found[limit - 1].source) if len(found) > limit else None)


@router.get("/targets", dependencies=[READ], responses=LISTED, response_model=ListOf[TargetShown])
def list_targets(
    request: Request,
    asks: Asks,
    world: World,
    which: Which,
    after: cursors.After = "",
    limit: Limit = 100,
    status: Annotated[Literal["", "collected", "stale", "unreachable"], Query()] = "",
    name: Annotated[Text, Query(description="A part of the name.")] = "",
    series: SeriesQuery = None,
) -> Response:
    """Targets by number, each as the last run that ended saw it."""
    place = cursors.read(after, int, int, int)
    with world.store.reading() as connection:
        look = look_now(connection, series, place)
        only = which.only(connection, reach_of(asks, SEES), None, status, name)
        found = looks.targets(connection, look, only, place[2] if place else 0, limit + 1)
        named, missed = runs.names_of(connection, {one.run for one in found}), vanished(connection)
    shown = [target_shown(one, named[one.run]) | gone_shown(missed.get(one.target)) for one in found[:limit]]
    return page_of(request, shown, _next(look, found[limit - 1].target) if len(found) > limit else None)


@router.get("/targets/{number}", dependencies=[READ], responses=ONE, response_model=TargetShown)
def show_target(number: Id, request: Request, asks: Asks, world: World, at: At = None) -> Response:
    """A target as it was seen last by then, in whatever series."""
    with world.store.reading() as connection:
        row = look_at(connection, number, asks, SEES, at)
        (seen,) = looks.seen_at(connection, [(row.run, row.target)])
        missed = vanished(connection).get(seen.target)
    return as_json(request, target_shown(seen, row.run_name) | gone_shown(missed))


@router.get("/targets/{number}/facts", dependencies=[FACTS], responses=ONE, response_model=FactsShown)
def show_facts(number: Id, request: Request, asks: Asks, world: World, at: At = None) -> Response:
    """What was read of a target last by then: facts, where each came from, and what could not be read."""
    with world.store.reading() as connection:
        row = look_at(connection, number, asks, Permission.EVIDENCE_READ, at, read=True)
        (seen,) = looks.seen_at(connection, [(row.run, row.target)])
        if not with_facts(connection, [row.snapshot]):
            raise ProblemError(404, "facts-gone", "the facts of that time are not kept any more")
        data = get_snapshots(connection, [row.snapshot])[row.snapshot]
    told = {key: data[key] for key in ("version", "facts", "gaps", "sources", "labels")}
    known = {"target": seen.name, "platform": seen.platform, "source": seen.source}
    return as_json(request, {**known, **told, "read_at": iso(seen.at), "run": row.run_name})


@router.get("/targets/{number}/findings", dependencies=[READ], responses=ONE, response_model=ListOf[FindingShown])
def list_findings_of_target(
    number: Id,
    request: Request,
    asks: Asks,
    world: World,
    at: At = None,
    after: cursors.After = "",
    limit: Limit = 100,
    status: Annotated[list[Status], Query(max_length=6)] = [],  # noqa: B006
    severity: Annotated[list[Severity], Query(max_length=5)] = [],  # noqa: B006
    rule: Text = "",
) -> Response:
    """What was found at a target when it was seen last by then."""
    place = place_in(after)
    with world.store.reading() as connection:
        row = look_at(connection, number, asks, SEES, at)
        wanted = wanted_of(Only(reach_of(asks, SEES), number), status, severity, rule)
        shown, end = findings_page(connection, Look(row.run), wanted, place, limit)
    return page_of(request, shown, cursors.written(*end) if end else None)


@router.get("/targets/{number}/drift", dependencies=[READ], responses=ONE, response_model=ListOf[DriftShown])
def list_drift_of_target(
    number: Id,
    request: Request,
    asks: Asks,
    world: World,
    at: At = None,
    after: cursors.After = "",
    limit: Limit = 100,
) -> Response:
    """How a target differed from golden profiles when it was seen last by then."""
    place = place_in(after)
    with world.store.reading() as connection:
        row = look_at(connection, number, asks, SEES, at)
        shown, end = drift_page(connection, Look(row.run), Only(reach_of(asks, SEES), number), place, limit)
    return page_of(request, shown, cursors.written(*end) if end else None)


@router.get("/targets/{number}/runs", dependencies=[READ], responses=ONE, response_model=ListOf[LookShown])
def list_runs_of_target(
    number: Id, request: Request, asks: Asks, world: World, after: cursors.After = "", limit: Limit = 100
) -> Response:
    """What became of a target in each run, the newest first."""
    place = cursors.read(after, int)
    with world.store.reading() as connection:
        if not looks.is_visible(connection, number, reach_of(asks, SEES)):
            raise missing("target")
        found = looks.moments(connection, number, now(connection), limit + 1, below=place[0] if place else None)
    shown = [
        {
            "run": row.run_name,
            "series": row.series,
            "at": iso(time_of(row.moment)),
            "status": row.status,
            "reason": row.reason or None,
            "score": score_of(row._mapping),
        }
        for row in found[:limit]
    ]
    return page_of(request, shown, cursors.written(found[limit - 1].moment) if len(found) > limit else None)


def look_at(
    connection: Connection, number: int, asks: Asks, permission: Permission, at: datetime | None, *, read: bool = False
) -> Any:
    """The last look at a target by then. Raises ProblemError."""
    if not looks.is_visible(connection, number, reach_of(asks, permission)):
        raise missing("target")
    found = looks.moments(connection, number, at or now(connection), 1, read=read)
    if not found:
        raise ProblemError(404, "not-seen", "the target had not been seen by then")
    return found[0]


def _next(look: Look, last: int | str) -> str:
    assert look.at is not None  # noqa: S101  `look_now` says when
    return cursors.written(look.series or 0, moment_of(look.at), last)
