"""Drift from golden profiles, across hosts."""

from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, Reach
from auditor.access.reaching import touches
from auditor.api import cursors
from auditor.api.guard import Asks, World, allowed
from auditor.api.routes.common import Text, missing, reach_of
from auditor.api.routes.proposals import shown as proposal_shown
from auditor.errors import InputError
from auditor.evidence.captures import iso
from auditor.service import profiles, proposals
from auditor.store.golden_versions import listed
from auditor.store.history import time_of
from auditor.store.listing.board import Board, Targets, board, sight, still_within
from auditor.web import drift_groups, facts, target_list
from auditor.web.change_labels import label_ways
from auditor.web.drift_groups import Group
from auditor.web.paint import page
from auditor.web.subjects import ref

router = APIRouter(include_in_schema=False)
SEES = Permission.RESULTS_READ
READ = allowed(SEES, page=True)
GROUPS, HOSTS = 25, 50
ALL_NAMED = 100
MOST_FACTS = 500
MOST_VERSIONS = 10
Sort = Literal["", "most", "path"]


@router.get("/drift", dependencies=[READ])
def show_drift(
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    view: Literal["", "hosts"] = "",
    golden: Text = "",
    path: Text = "",
    q: Text = "",
    platform: Text = "",
    source: Text = "",
    label: Text = "",
    sort: Sort = "",
) -> Response:
    """By path, where few of many differ first; or by host, those with most drift first."""
    reach, problem = reach_of(asks, SEES), ""
    shown: dict[str, Any] = {"rows": [], "more": "", "fitting": 0}
    with world.store.reading() as connection:
        whole = board(connection)
        every = whole.among_present(sight(connection, whole, reach))
        inside = every
        try:
            inside = target_list.chosen(connection, whole, reach, target_list.Wish("", platform, source, "", label))
        except InputError as said:
            problem = f"{said.what}. {said.mend}".strip()
        compared = drift_groups.compared(connection, whole)
        if view == "hosts":
            shown = _hosts(connection, whole, reach, inside, golden, path, q, after)
        else:
            found = drift_groups.groups(whole, inside, compared)
            found = [one for one in found if _fits(one, golden, path, q)]
            shown = _groups(connection, whole, inside, found, sort, after, named=ALL_NAMED if path else 3)
        profiles = sorted({name for name, targets in compared.items() if not targets.isdisjoint(every)})
        clean = _summary(whole, every, compared)
        platforms = target_list.platforms_in(whole, sight(connection, whole, reach))
    wish = {"view": view, "golden": golden, "path": path, "q": q, "platform": platform, "source": source}
    wish |= {"label": label, "sort": sort}
    about: dict[str, Any] = {"profiles": [(one, one) for one in profiles], "summary": clean, "platforms": platforms}
    return page(request, "drift", asks, wish=wish, problem=problem, **about, **shown)


@router.get("/golden/{name}", dependencies=[READ])
def show_golden(
    name: Annotated[str, Path(max_length=200)], request: Request, asks: Asks, world: World, after: cursors.After = ""
) -> Response:
    """A golden profile: what it demands, of whom, and who differs."""
    reach = reach_of(asks, SEES)
    with world.store.reading() as connection:
        profile = profiles.in_use(connection, name)
        whole = board(connection)
        inside = whole.among_present(sight(connection, whole, reach))
        compared = drift_groups.compared(connection, whole)
        at = compared.get(name, frozenset()) & inside
        known = profile is not None and touches(reach, profile.golden.profile.for_.labels)
        if not known and not at:
            raise missing("golden profile")
        found = [one for one in drift_groups.groups(whole, inside, compared) if one.golden == name]
        shown = _groups(connection, whole, inside, found, "", after, named=3)
        differ = drift_groups.targets_at(whole, name, None) & inside
        every = listed(connection, name=name)
        versions = [proposal_shown(one) for one in islice(proposals.those_seen(every, reach), MOST_VERSIONS)]
    about = _profile(profile.golden.profile) if profile is not None and known else None
    numbers = {"compared": len(at), "differ": len(differ), "clean": len(at - differ)}
    origin = profiles.origin_of(profile.golden.approval) if profile is not None and known else None
    history: dict[str, Any] = {"versions": versions, "origin": origin, "most": MOST_VERSIONS}
    return page(request, "golden", asks, name=name, about=about, numbers=numbers, **history, **shown)


def _groups(
    connection: Connection, whole: Board, inside: Targets, found: list[Group], sort: Sort, after: str, *, named: int
) -> dict[str, Any]:
    place = cursors.read(after, int)
    keys: dict[str, Any] = {"": drift_groups.odd_first, "most": drift_groups.most_first}
    found.sort(key=keys.get(sort, lambda one: (one.golden, one.path)))
    start = max(0, place[0]) if place else 0
    part = found[start : start + GROUPS]
    more = cursors.written(start + GROUPS) if len(found) > start + GROUPS else ""
    rows = [drift_groups.told(connection, whole, inside, one, named) for one in part]
    label_ways(connection, whole, rows)
    return {"rows": rows, "more": more, "fitting": len(found)}


def _hosts(
    connection: Connection, whole: Board, reach: Reach, inside: Targets, golden: str, path: str, q: str, after: str
) -> dict[str, Any]:
    """Hosts that differ, those with most drift first."""
    place = cursors.read(after, int, int)
    among = drift_groups.targets_at(whole, golden, path or None) & inside
    if q:
        among = frozenset(one for one in among if q.lower() in whole.lines[one].name.lower())
    order = sorted((-whole.lines[one].drift, one) for one in among)
    fits = [one for one in order if place is None or one > (place[0], place[1])]
    part = fits[:HOSTS]
    visible = still_within(connection, [one for _, one in part], reach)
    lines = [whole.lines[one] for _, one in part if one in visible]
    rows = [{**one._asdict(), "at": iso(time_of(one.moment))} for one in lines]
    more = cursors.written(*part[-1]) if len(fits) > HOSTS else ""
    return {"rows": rows, "more": more, "fitting": len(among)}


def _fits(one: Group, golden: str, path: str, q: str) -> bool:
    own = (not golden or one.golden == golden) and (not path or ref(one.path) == path)
    return own and (not q or q.lower() in one.path.lower())


def _summary(whole: Board, inside: Targets, compared: Any) -> dict[str, int]:
    drifting = drift_groups.targets_at(whole, "", None) & inside
    every = drifting.union(*compared.values()) & inside
    return {"compared": len(every), "drifting": len(drifting), "clean": len(every) - len(drifting)}


def _profile(one: Any) -> dict[str, Any]:
    every = [(path, value) for path, _, value in facts.values(one.facts, one.for_.platform)]
    return {
        "title": one.title,
        "version": one.version,
        "description": one.description,
        "platform": one.for_.platform,
        "labels": one.for_.labels,
        "range": one.for_.version,
        "facts": every[:MOST_FACTS],
        "more_facts": max(0, len(every) - MOST_FACTS),
        "absent": one.absent,
        "extra": one.extra,
        "ignore": one.ignore,
        "customisations": [(name, value.path, value.title) for name, value in one.customisations.items()],
    }
