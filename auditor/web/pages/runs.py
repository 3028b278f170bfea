"""Runs: the list, and one of them with its progress or its result."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, Reach
from auditor.api import cursors
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.routes.common import Text, reach_of, run_in
from auditor.api.routes.runs import COUNTS, run_shown, whole_of
from auditor.api.routes.starting import STARTS, may_end
from auditor.reporting.priority import FORMULA
from auditor.service import outlook
from auditor.service.downloads.offers import state_of
from auditor.service.trend import line_of
from auditor.store import exports, phases
from auditor.store.engine import Store
from auditor.store.listing import runs
from auditor.store.listing.board import board
from auditor.store.listing.looks import Only
from auditor.store.outlook import changes, details, kept, lines
from auditor.web.paint import page
from auditor.web.words import kind_of_source, narrowed_words, scope_words

router = APIRouter(prefix="/runs", include_in_schema=False)
SEES, TAKES = Permission.RESULTS_READ, Permission.REPORTS_DOWNLOAD
READ = allowed(SEES, page=True)
SHOWN, FEW = 30, 10
SAID = {"started": "The run has begun. Workers carry it out.", "cancelled": "The run is cancelled."}
State = Literal["", "collecting", "judging", "rendering", "done", "failed", "cancelled"]


@router.get("", dependencies=[READ])
def list_runs(
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    state: Annotated[State, Query()] = "",
    schedule: Text = "",
) -> Response:
    """Runs, the newest first."""
    reach, place = reach_of(asks, SEES), cursors.read(after, int)
    wanted = schedule if reach.everything else ""
    with world.store.reading() as connection:
        before = place[0] if place else None
        found = runs.listed(connection, reach, asks.actor.name, before, SHOWN + 1, state, wanted)
        names = lines.schedules_with_result(connection) if reach.everything else []
    rows = list(found[:SHOWN])
    counts = _counts(world.store, rows, reach)
    shown = [run_shown(row, counts[row.id], whole=reach.everything) for row in rows]
    next_ = cursors.written(rows[-1].id) if len(found) > SHOWN else ""
    about: dict[str, Any] = {"runs": shown, "next": next_, "state": state, "schedule": schedule}
    about |= {"whole": reach.everything}
    schedules = [(one, one) for one in dict.fromkeys([*names, *([schedule] if schedule else [])])]
    return page(request, "runs", asks, **about, schedules=schedules, scoped=scope_words(reach))


@router.get("/{name}", dependencies=[READ])
def show_run(name: str, request: Request, asks: Asks, world: World, done: Text = "") -> Response:
    """How far it is, while it goes on; what was found, after."""
    reach = reach_of(asks, SEES)
    with world.store.reading() as connection:
        row = run_in(connection, name, reach, asks)
        about = _about(connection, row, reach, asks)
        told: dict[str, Any] = {"progress": None, "request": None, "reports": []}
        if reach.everything:
            told = whole_of(connection, row)
        found = details.sources(connection, row.id, reach, "", FEW + 1, trouble=True)
        said = "" if done == "started" and row.state not in phases.OPEN else SAID.get(done, "")
        about |= {"downloads": _downloads(connection, row, asks), "said": said}
    about |= {"told": told, "troubles": [source_shown(one, reach) for one in found[:FEW]]}
    about |= {"more_troubles": len(found) > FEW, "formats": ("html", "pdf", "xlsx", "csv", "json")}
    return page(request, "run", asks, **about | _result(world.store, row, reach))


def _result(store: Store, row: Any, reach: Reach) -> dict[str, Any]:
    """What the page says of a run that was judged; `f` None of one that was not."""
    if row.head is None:
        return {"f": None}
    figures = outlook.figures_of(store, row, reach)
    turned = outlook.turns_of(store, row, reach)
    line = line_of(store, reach, row)
    points = {one.run: one for one in line.points}
    before = points.get(line.before.name) if line.before is not None else None
    return {
        "f": figures,
        "now": points[row.name],
        "before": before,
        "change": {"at": before.at.isoformat() if before else None},
        "changes": turned,
        "compared": any(turned.values()),
        "formula": FORMULA,
        "gone": 0,
    }


@router.get("/{name}/changes", dependencies=[READ])
def show_changes(
    name: str, request: Request, asks: Asks, world: World, kind: Text = changes.FAILING, after: cursors.After = ""
) -> Response:
    """What changed with it, a kind at a time, the worst first."""
    reach, place = reach_of(asks, SEES), cursors.read(after, int)
    kind = kind if kind in changes.KINDS else changes.FAILING
    with world.store.reading() as connection:
        row = run_in(connection, name, reach, asks)
    turned = outlook.turns_of(world.store, row, reach) if row.head is not None else {}
    with world.store.reading() as connection:
        about = _about(connection, row, reach, asks)
        found = changes.listed(connection, row.id, kind, reach, place[0] if place else 0, SHOWN + 1)
    next_ = cursors.written(found[SHOWN - 1].place) if len(found) > SHOWN else ""
    return page(request, "run_changes", asks, **about, kind=kind, changes=turned, found=found[:SHOWN], next=next_)


@router.get("/{name}/unread", dependencies=[READ])
def show_unread(
    name: str,
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    status: Annotated[Literal["", "stale", "unreachable"], Query()] = "",
    source: Text = "",
    part: Annotated[Text, Query(alias="name")] = "",
) -> Response:
    """Every target that it did not read, and why."""
    reach, place = reach_of(asks, SEES), cursors.read(after, int)
    only = Only(reach, None, "", source, status, part)
    with world.store.reading() as connection:
        row = run_in(connection, name, reach, asks)
        about = _about(connection, row, reach, asks)
        found = details.not_read(connection, row.id, only, place[0] if place else 0, SHOWN + 1)
    next_ = cursors.written(found[SHOWN - 1].target) if len(found) > SHOWN else ""
    about |= {"wanted": status, "source": source, "part_of_name": part}
    return page(request, "run_unread", asks, **about, found=found[:SHOWN], next=next_)


@router.get("/{name}/sources", dependencies=[READ])
def show_sources(
    name: str,
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    status: Annotated[Literal["", "ok", "partial", "failed"], Query()] = "",
) -> Response:
    """Its sources, and how each ended."""
    reach, place = reach_of(asks, SEES), cursors.read(after, str)
    with world.store.reading() as connection:
        row = run_in(connection, name, reach, asks)
        about = _about(connection, row, reach, asks)
        found = details.sources(connection, row.id, reach, place[0] if place else "", SHOWN + 1, status)
    next_ = cursors.written(found[SHOWN - 1].source) if len(found) > SHOWN else ""
    shown = [source_shown(one, reach) for one in found[:SHOWN]]
    return page(request, "run_sources", asks, **about, wanted=status, found=shown, next=next_)


def source_shown(one: details.Ended, reach: Reach) -> dict[str, Any]:
    """A source. For whom a scope limits, without what is said of single targets: they may be others'."""
    said = one.result["failures"]
    reasons = [x for x in said if x["target"] is None]
    own = [x for x in said if x["target"] is not None] if reach.everything else []
    return {
        "name": one.source,
        "kind": one.result["source"]["kind"],
        "status": kind_of_source(one.status),
        "seconds": one.seconds,
        "attempts": one.attempts,
        "warnings": one.result["source"]["warnings"] if reach.everything else [],
        "reasons": [x["reason"] for x in reasons],
        "targets": [(x["target"], x["reason"]) for x in own[:3]],
        "more": max(0, len(own) - 3),
    }


def _about(connection: Connection, row: Any, reach: Reach, asks: Asking) -> dict[str, Any]:
    """What all pages of a run say of it."""
    open_ = row.state in phases.OPEN
    own = None
    if open_ or not reach.everything:
        known = {} if open_ else kept.get(connection, kept.FIGURES, [row.id], reach)
        live = known or runs.counts(connection, [row.id], reach)
        own = {name: (live.get(row.id) or {}).get(name, 0) for name in COUNTS}
    starts = reach_of(asks, STARTS)
    return {
        "run": run_shown(row, own, whole=reach.everything),
        "open": open_,
        "judged": row.head is not None,
        "may_end": open_ and not starts.nothing and may_end(row, starts, asks),
        "scoped": scope_words(reach),
        "narrowed": narrowed_words(row) if reach.everything else "",
        "sources": _sources(connection, row, reach),
    }


def _sources(connection: Connection, row: Any, reach: Reach) -> dict[str, int]:
    """Sources by how they ended; of a run that is over, counted once for a board for whom a scope limits."""
    if reach.everything or row.state in phases.OPEN:
        return details.source_counts(connection, row.id, reach)
    whole, key = board(connection), ("sources", row.id, kept.key_of(reach))
    found: dict[str, int] | None = whole.remembered(key)
    return whole.remember(key, details.source_counts(connection, row.id, reach)) if found is None else found


def _downloads(connection: Connection, row: Any, asks: Asking) -> list[dict[str, Any]]:
    takes = reach_of(asks, TAKES)
    return [] if takes.nothing else [state_of(one) for one in exports.listed(connection, takes, row.id, None, FEW)]


def _counts(store: Store, rows: list[Any], reach: Reach) -> dict[int, dict[str, int]]:
    """Counts of runs, by number: those that go on are summed up now."""
    ended = outlook.counts_of(store, [row for row in rows if row.head is not None], reach)
    rest = [row.id for row in rows if row.id not in ended]
    with store.reading() as connection:
        live = runs.counts(connection, rest, reach) if rest else {}
    blank = dict.fromkeys(COUNTS, 0)
    return {row.id: ended.get(row.id) or live.get(row.id) or blank for row in rows}
