"""`/api/v1/findings` and `/api/v1/drift`: the state of all targets, each as it was seen last."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from auditor.access import Permission
from auditor.api import cursors
from auditor.api.answering import page_of
from auditor.api.forms import Limit
from auditor.api.guard import Asks, World, allowed
from auditor.api.problems import described
from auditor.api.routes.choosing import Which
from auditor.api.routes.common import (
    SeriesQuery,
    Severity,
    Status,
    Text,
    drift_page,
    findings_page,
    look_now,
    reach_of,
    wanted_of,
)
from auditor.api.shapes import DriftShown, FindingShown, ListOf
from auditor.store.history import moment_of
from auditor.store.listing.findings import Place
from auditor.store.listing.looks import Look

router = APIRouter(prefix="/api/v1", tags=["findings"])
SEES = Permission.RESULTS_READ
READ = allowed(SEES)
LISTED = described(401, 403, 422)
TargetId = Annotated[int | None, Query(ge=1, lt=1 << 53, description="The id of a target.")]


@router.get("/findings", dependencies=[READ], responses=LISTED, response_model=ListOf[FindingShown])
def list_findings(
    request: Request,
    asks: Asks,
    world: World,
    which: Which,
    after: cursors.After = "",
    limit: Limit = 100,
    status: Annotated[list[Status], Query(max_length=6)] = [],  # noqa: B006  FastAPI copies it
    severity: Annotated[list[Severity], Query(max_length=5)] = [],  # noqa: B006
    rule: Text = "",
    target: TargetId = None,
    series: SeriesQuery = None,
) -> Response:
    """Findings by target, as the last runs that ended have them; all pages show the state of the first one's time."""
    place = cursors.read(after, int, int, int, int, str)
    with world.store.reading() as connection:
        look = look_now(connection, series, place)
        only = which.only(connection, reach_of(asks, SEES), target)
        wanted = wanted_of(only, status, severity, rule)
        shown, end = findings_page(connection, look, wanted, place[2:] if place else None, limit)
    return page_of(request, shown, _next(look, end))


@router.get("/drift", dependencies=[READ], responses=LISTED, response_model=ListOf[DriftShown])
def list_drift(
    request: Request,
    asks: Asks,
    world: World,
    which: Which,
    after: cursors.After = "",
    limit: Limit = 100,
    target: TargetId = None,
    series: SeriesQuery = None,
) -> Response:
    """Drift from golden profiles by target, as the last runs that ended have it."""
    place = cursors.read(after, int, int, int, int, str)
    with world.store.reading() as connection:
        look = look_now(connection, series, place)
        only = which.only(connection, reach_of(asks, SEES), target)
        shown, end = drift_page(connection, look, only, place[2:] if place else None, limit)
    return page_of(request, shown, _next(look, end))


def _next(look: Look, end: Place | None) -> str | None:
    if end is None or look.at is None:
        return None
    return cursors.written(look.series or 0, moment_of(look.at), *end)
