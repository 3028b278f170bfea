"""The first page: how much was looked at, the verdict, whether it gets better, what to do first."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, Reach
from auditor.api.guard import Asks, World, allowed
from auditor.api.routes.common import Text, reach_of
from auditor.api.routes.runs import COUNTS, run_shown
from auditor.api.routes.waivers import is_within, shown
from auditor.evidence.captures import iso
from auditor.reporting.priority import FORMULA
from auditor.service import outlook
from auditor.service.choosing import all_series
from auditor.service.expiring import ending_soon
from auditor.service.trend import Point, chosen, line_of
from auditor.store.engine import now
from auditor.store.listing import runs
from auditor.store.outlook import lines
from auditor.store.outlook.absent import gone_in
from auditor.web.paint import page
from auditor.web.trend_picture import drawing, headline
from auditor.web.words import narrowed_words, scope_words

router = APIRouter(include_in_schema=False)
SEES = Permission.RESULTS_READ
FEW = 6


@router.get("/", dependencies=[allowed(SEES, page=True)])
def show(
    request: Request,
    asks: Asks,
    world: World,
    series: Annotated[str, Query(pattern=r"^[0-9]{0,15}$")] = "",
    schedule: Text = "",
) -> Response:
    """The newest run of a series or a schedule, against those before it."""
    reach = reach_of(asks, SEES)
    with world.store.reading() as connection:
        run = chosen(connection, reach, int(series) if series else None, schedule if reach.everything else "")
        going = _going(connection, reach, asks.actor.name)
        choices = _choices(connection, reach)
    about: dict[str, Any] = {"going": going, "run": None, "scoped": scope_words(reach), **choices}
    about |= {"series": series, "schedule": schedule, "formula": FORMULA}
    if run is None:
        return page(request, "overview", asks, **about)
    figures = outlook.figures_of(world.store, run, reach)
    turns = outlook.turns_of(world.store, run, reach)
    line = line_of(world.store, reach, run)
    told = {one.run: one for one in line.points}
    before = told.get(line.before.name) if line.before else None
    with world.store.reading() as connection:
        about |= {
            "changes": turns,
            "gone": gone_in(connection, reach),
            **_waivers(connection, reach),
        }
    return page(
        request,
        "overview",
        asks,
        **about
        | {
            "run": run_shown(run, None, whole=reach.everything),
            "f": figures,
            "now": told.get(run.name, Point(run.name, run.started_at, "")),
            "before": before,
            "change": {"at": iso(before.at) if before else None},
            "compared": any(about["changes"].values()),
            "narrowed": narrowed_words(run) if reach.everything else "",
            "head": headline(line.points),
            "drawing": drawing(line.points),
        },
    )


def _going(connection: Connection, reach: Reach, actor: str) -> list[dict[str, Any]]:
    rows = lines.going_on(connection, reach, actor, FEW)
    own = runs.counts(connection, [row.id for row in rows], reach) if rows else {}
    blank = dict.fromkeys(COUNTS, 0)
    return [run_shown(row, own.get(row.id, blank), whole=reach.everything) for row in rows]


def _choices(connection: Connection, reach: Reach) -> dict[str, Any]:
    """What the page can be about. Names of schedules and baselines are for whom no scope limits."""
    if not reach.everything:
        return {"schedules": [], "serieses": []}
    known = all_series(connection)
    words = [(str(one.number), f"{one.words} ({one.runs})") for one in known[:50]]
    return {"schedules": [(name, name) for name in lines.schedules_with_result(connection)], "serieses": words}


def _waivers(connection: Connection, reach: Reach) -> dict[str, Any]:
    at = now(connection)
    found = [one.waiver for one in ending_soon(connection, at)[:50]]
    found = [one for one in found if is_within(connection, one, reach)]
    return {"waivers": [shown(one, at) for one in found[:FEW]], "more_waivers": max(0, len(found) - FEW)}
