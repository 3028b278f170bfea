"""Targets: what there is, how it was seen last, and one of them at any time."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission
from auditor.api import cursors
from auditor.api.guard import Asks, World, allowed
from auditor.api.routes.choosing import gone_shown
from auditor.api.routes.common import Severity, Status, Text, drift_page, place_in, reach_of, target_shown
from auditor.api.routes.targets import Id, look_at
from auditor.errors import InputError
from auditor.evidence.captures import iso
from auditor.store.engine import now
from auditor.store.history import time_of
from auditor.store.listing import looks, of_target
from auditor.store.listing.board import board, still_within
from auditor.store.listing.looks import Look, Only
from auditor.store.listing.vanished import vanished
from auditor.web import asof, change_labels, target_list, target_tabs
from auditor.web.paint import page, see

router = APIRouter(prefix="/targets", include_in_schema=False)
SEES = Permission.RESULTS_READ
READ = allowed(SEES, page=True)
Tab = Literal["findings", "facts", "drift", "history"]
Word = Annotated[Text, Query()]


@router.get("", dependencies=[READ])
def show_targets(
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    name: Text = "",
    platform: Text = "",
    source: Text = "",
    status: Literal["", "collected", "unread", "stale", "unreachable"] = "",
    label: Text = "",
    gone: Literal["", "yes", "all"] = "",
    sort: target_list.Sort = "",
) -> Response:
    """Targets, the worst first."""
    reach = reach_of(asks, SEES)
    problem = ""
    wish = target_list.Wish(name, platform, source, status, label, gone, sort)
    with world.store.reading() as connection:
        whole = board(connection)
        try:
            found = target_list.listed(connection, whole, reach, wish, after)
        except InputError as said:
            problem = f"{said.what}. {said.mend}".strip()
            found = target_list.listed(connection, whole, reach, target_list.Wish(), "")
        visible = still_within(connection, [one.target for one in found.lines], reach)
        rows = [_row(one, whole.gone.get(one.target)) for one in found.lines if one.target in visible]
    return page(request, "targets", asks, found=found, rows=rows, wish=wish, problem=problem)


@router.get("/{number}", dependencies=[READ])
def show_target(
    number: Id,
    request: Request,
    asks: Asks,
    world: World,
    tab: Tab = "findings",
    at: asof.Moment = None,
    day: Text = "",
    zone: Text = "UTC",
    after: cursors.After = "",
    status: Literal[Status, ""] = "",
    severity: Literal[Severity, ""] = "",
    q: Text = "",
    root: Text = "",
) -> Response:
    """A target as it is, or as it was seen last by a moment."""
    if day:
        keep = {"at": asof.moment_in(day, zone), "zone": zone, "tab": tab}
        return see(f"/targets/{number}", **keep)
    with world.store.reading() as connection:
        row = look_at(connection, number, asks, SEES, at)
        (seen,) = looks.seen_at(connection, [(row.run, row.target)])
        moment = at or now(connection)
        missed = None if at else vanished(connection).get(number)
        shown: dict[str, Any] = {
            "one": target_shown(seen, row.run_name) | gone_shown(missed),
            "read": seen.unread is None,
            "last": _last_read(connection, number, moment) if seen.unread is not None else None,
            "counts": {name: row._mapping[name] for name in ("passed", "failed", "unknown", "waived")},
        }
        shown["score"] = _pair(**{name: shown["counts"][name] for name in ("passed", "failed", "unknown")})
        if tab == "findings":
            shown["found"] = target_tabs.findings(connection, seen, moment, after, status, severity, q)
        elif tab == "facts":
            shown["found"] = None
            shown["may_facts"] = looks.is_visible(connection, number, reach_of(asks, Permission.EVIDENCE_READ))
            if shown["may_facts"]:
                shown["found"] = _facts(connection, number, asks, at, root, q, after)
        elif tab == "drift":
            rows, end = drift_page(
                connection, Look(row.run), Only(reach_of(asks, SEES), number), place_in(after), target_tabs.SHOWN
            )
            shown["found"] = {"rows": rows, "more": cursors.written(*end) if end else ""}
        else:
            shown["found"] = target_tabs.history(connection, number, moment, after)
            shown["changes"] = change_labels.of_target(
                connection, seen.platform, seen.source, seen.name, reach_of(asks, SEES)
            )
    return page(request, "target", asks, tab=tab, asof=asof.form(at, zone), number=number, **shown)


def _facts(
    connection: Connection, number: int, asks: Asks, at: datetime | None, root: str, q: str, after: str
) -> dict[str, Any] | None:
    found = looks.moments(connection, number, at or now(connection), 1, read=True)
    if not found:
        return None
    (seen,) = looks.seen_at(connection, [(found[0].run, number)])
    return target_tabs.facts_of(connection, seen, root, q, after)


def _last_read(connection: Connection, number: int, at: datetime) -> dict[str, Any] | None:
    """When a target that was not read had been read, and how it stood."""
    found = of_target.last_reading(connection, number, at)
    if found is None:
        return None
    exact = asof.exact(found.moment)
    return {"at": iso(time_of(found.moment)), "exact": exact, "run": found.run_name, "failed": found.failed}


def _row(one: Any, missed: Any) -> dict[str, Any]:
    gone = {"gone": missed is not None, "retired": missed is not None and missed.retired}
    return {**one._asdict(), **gone, "at": iso(time_of(one.moment)), **_pair(one.passed, one.failed, one.unknown)}


def _pair(passed: int, failed: int, unknown: int) -> dict[str, float | None]:
    judged = passed + failed + unknown
    return {
        "lower": 100.0 * passed / judged if judged else None,
        "upper": 100.0 * (passed + unknown) / judged if judged else None,
    }
