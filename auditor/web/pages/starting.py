"""Begin a run over the inventory of the service, and end one."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from auditor.access import Permission, Reach
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.inventories import inventory_file
from auditor.api.problems import ProblemError
from auditor.api.reaching import touches
from auditor.api.routes.common import reach_of
from auditor.api.routes.starting import Selection, begun, checked, ended
from auditor.errors import InputError
from auditor.service import catalogue, profiles
from auditor.service.begin import declared_in, digest_of
from auditor.web.filling import REFUSED, Filled, faults_of, filled_with, first_time, lines_of
from auditor.web.forms import Posted, filled, one
from auditor.web.paint import page, see
from auditor.web.words import scope_words

router = APIRouter(prefix="/runs", include_in_schema=False)
STARTS = Permission.RUNS_WRITE
WRITE = allowed(STARTS, page=True)
MOST_KEYS, MOST_VALUES = 10, 300
NAMES = {name: name for name in ("targets", "labels", "baselines", "goldens", "tailoring", "formats")}
FORMATS = [("html", "HTML"), ("pdf", "PDF"), ("xlsx", "XLSX"), ("csv", "CSV"), ("json", "JSON")]
LABEL = "label."


@router.get("/new", dependencies=[WRITE])
def new_run(request: Request, asks: Asks, world: World) -> Response:
    """The form: what is audited, and by what."""
    return _drawn(request, world, asks, filled_with(formats=["html", "json"]))


@router.post("/new", dependencies=[WRITE])
def start_run(request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Begin it; a form that is sent twice begins one."""
    labels = {
        key.removeprefix(LABEL): [value for value in values if value]
        for key, values in fields.items()
        if key.startswith(LABEL) and any(values)
    }
    said = {name: [value for value in fields.get(name, ()) if value] for name in ("baselines", "goldens", "formats")}
    try:
        targets = lines_of(one(fields, "targets"))
        tailoring = one(fields, "tailoring") or None
        form = filled(Selection, {**said, "targets": targets, "labels": labels, "tailoring": tailoring})
        wanted = checked(world, form, asks)
        with world.store.writing() as connection:
            if not first_time(connection, asks, fields, "/runs/new"):
                return see("/runs")
            made = begun(connection, wanted, form, asks)
    except REFUSED as problem:
        status, faults = faults_of(problem, NAMES)
        return _drawn(request, world, asks, Filled(fields, faults), status)
    return see(f"/runs/{made['run']}", done="started")


@router.post("/{name}/cancel", dependencies=[WRITE])
def cancel_run(name: str, asks: Asks, world: World) -> Response:
    """End it now; what it has collected stays."""
    with world.store.writing() as connection:
        ended(connection, name, asks)
    return see(f"/runs/{name}", done="cancelled")


def _drawn(request: Request, world: World, asks: Asking, form: Filled, status: int = 200) -> Response:
    reach = reach_of(asks, STARTS)
    with world.store.reading() as connection:
        goldens = profiles.listed(connection)
    labels, sources, problem = _declared(reach)
    about: dict[str, Any] = {"labels": labels, "sources": sources, "problem": problem, "scoped": scope_words(reach)}
    about |= {
        "value_pairs": {key: [(value, value) for value in values] for key, values in labels.items()},
        "baselines": [(name, f"{name}: {found.baseline.title}") for name, found in catalogue.baselines().items()],
        "goldens": [
            (one_["id"], f"{one_['id']}: {one_['title']}") for one_ in goldens if touches(reach, one_["labels"])
        ],
        "tailorings": [("", "None"), *((name, name) for name in catalogue.tailorings())],
        "formats": FORMATS,
    }
    return page(request, "run_new", asks, status=status, form=form, **about)


def _declared(reach: Reach) -> tuple[Mapping[str, Sequence[str]], int, str]:
    """Labels of the inventory's sources within reach, how many sources there are, and why nobody can say."""
    try:
        file = str(inventory_file())
        sources = declared_in(file, digest_of(file)).sources
    except ProblemError as problem:
        return {}, 0, problem.detail
    except InputError as problem:
        return {}, 0, f"the inventory cannot be used: {problem.what}"
    found: dict[str, set[str]] = {}
    mine = [one_ for one_ in sources if reach.matches(one_.labels)]
    for source in mine:
        for key, value in source.labels.items():
            found.setdefault(key, set()).add(value)
    kept = {key: sorted(values) for key, values in sorted(found.items()) if len(values) <= MOST_VALUES}
    return dict(list(kept.items())[:MOST_KEYS]), len(mine), ""
