"""What changed: between two runs, and on one target between two times."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime
from sqlalchemy import Connection, Row
from starlette.responses import Response

from auditor.access import Permission, Reach
from auditor.api import cursors
from auditor.api.answering import as_json
from auditor.api.forms import Limit
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.past_shapes import ChangedDrift, ChangedFacts, ChangedFinding, ChangesOf
from auditor.api.problems import ProblemError, described
from auditor.api.readings import reading
from auditor.api.routes.common import missing, place_in, reach_of, run_in, score_of
from auditor.document import drift_entry
from auditor.drift import between
from auditor.evidence.captures import iso
from auditor.store.engine import now
from auditor.store.listing import changes, looks, runs
from auditor.store.listing.changes import Changed, Side, values_of
from auditor.store.listing.findings import START

router = APIRouter(prefix="/api/v1", tags=["changes"])
SEES, READS = Permission.RESULTS_READ, Permission.EVIDENCE_READ
READ, FACTS = allowed(SEES), allowed(READS)
ONE = described(401, 403, 404, 409, 422)
MOST_COVERED = 200
RunName = Annotated[str, Query(max_length=100, description="An earlier run of the same series.", examples=["latest"])]
Moment = Annotated[AwareDatetime, Query(examples=["2026-11-01T00:00:00Z"])]


@router.get("/runs/{name}/changes", dependencies=[READ], responses=ONE, response_model=ChangesOf[ChangedFinding])
def list_changes_of_run(
    name: str,
    since: RunName,
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    limit: Limit = 100,
) -> Response:
    """Findings that are new, have ended, or are otherwise than in another run, by target; and what else is covered."""
    place = place_in(after)
    with world.store.reading() as connection:
        old, new, about = _runs(connection, since, name, asks)
        spot = (place[0], place[1], place[2]) if place else START
        found, more = changes.findings(connection, old, new, reach_of(asks, SEES), spot, limit)
    items = [_finding(one) for one in found]
    return as_json(request, {"items": items, "next": cursors.written(*found[-1].place) if more else None, **about})


@router.get("/runs/{name}/changes/drift", dependencies=[READ], responses=ONE, response_model=ChangesOf[ChangedDrift])
def list_drift_changes_of_run(
    name: str,
    since: RunName,
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    limit: Limit = 100,
) -> Response:
    """The same of drift from golden profiles."""
    place = place_in(after)
    with world.store.reading() as connection:
        old, new, about = _runs(connection, since, name, asks)
        spot = (place[0], place[1], place[2]) if place else START
        found, more = changes.drifts(connection, old, new, reach_of(asks, SEES), spot, limit)
    items = [{**_target(one), "golden": one.rule, **(one.after or one.before or _NONE).body} for one in found]
    shown = [{**item, "target": one.target.name, "side": one.change} for item, one in zip(items, found, strict=True)]
    return as_json(request, {"items": shown, "next": cursors.written(*found[-1].place) if more else None, **about})


@router.get("/targets/{number}/changes", dependencies=[FACTS], responses=ONE, response_model=ChangedFacts)
def list_changes_of_target(
    number: Annotated[int, Path(ge=1, lt=1 << 53)],
    since: Moment,
    request: Request,
    asks: Asks,
    world: World,
    until: Annotated[AwareDatetime | None, Query(description="Else now.")] = None,
) -> Response:
    """Every fact of a target that is otherwise than when it was read last by an earlier time."""
    with world.store.reading() as connection:
        if not looks.is_visible(connection, number, reach_of(asks, READS)):
            raise missing("target")
        old, new = reading(connection, number, since), reading(connection, number, until or now(connection))
    told = {"target": new.target, "since": iso(old.taken_at), "until": iso(new.taken_at)}
    return as_json(request, {**told, "drift": [drift_entry(one) for one in between(old, new)]})


_NONE = Side("", "", {})


def _runs(connection: Connection, since: str, until: str, asks: Asking) -> tuple[Row[Any], Row[Any], dict[str, Any]]:
    """Both runs, and what is told of them. Raises ProblemError."""
    reach = reach_of(asks, SEES)
    old, new = run_in(connection, since, reach, asks), run_in(connection, until, reach, asks)
    if old.head is None or new.head is None:
        raise ProblemError(409, "conflict", "a run without a result cannot be compared")
    if old.series != new.series:
        raise ProblemError(409, "other-series", "the two runs were judged by another choice of rules")
    covered = changes.coverage(connection, old, new, reach, MOST_COVERED + 1)
    shown = [one._asdict() | {"reason": one.reason or None} for one in covered[:MOST_COVERED]]
    sides = {"since": _side(connection, old, reach), "until": _side(connection, new, reach)}
    return old, new, {**sides, "coverage": shown, "more_coverage": len(covered) > MOST_COVERED}


def _side(connection: Connection, run: Any, reach: Reach) -> dict[str, Any]:
    counted = runs.counts(connection, [run.id], reach).get(run.id)
    names = ("population", "collected", "stale")
    counts = counted or {name: getattr(run, name) for name in (*names, *_CHECKS)}
    shown = {name: counts[name] for name in names}
    return {"run": run.name, "started_at": iso(run.started_at), **shown, "score": score_of(counts)}


_CHECKS = ("passed", "failed", "unknown", "notapplicable", "notchecked", "waived")


def _target(one: Changed) -> dict[str, Any]:
    row = one.target
    return {"target": row.name, "target_id": row.id, "platform": row.platform, "source": row.source}


def _finding(one: Changed) -> dict[str, Any]:
    sides = {"before": _shown(one.before), "after": _shown(one.after)}
    return {**_target(one), "rule": one.rule, "subject": one.subject, "change": one.change, **sides}


def _shown(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    reason = side.body.get("reason")
    return {"status": side.status, "severity": side.severity, "reason": reason, "values": list(values_of(side))}
