"""`/api/v1/rules`, `/baselines` and `/golden`: what is judged by."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from auditor.access import Permission
from auditor.api import cursors
from auditor.api.answering import as_json, page_of
from auditor.api.forms import Limit
from auditor.api.guard import Asks, World, allowed
from auditor.api.problems import described
from auditor.api.reaching import touches
from auditor.api.routes.common import Severity, Text, missing, reach_of
from auditor.api.shapes import BaselineShown, GoldenListed, ListOf, RuleShown
from auditor.service import catalogue, profiles

router = APIRouter(prefix="/api/v1", tags=["rules"])
READ = allowed(Permission.RESULTS_READ)
LISTED, ONE = described(401, 403, 422), described(401, 403, 404, 422)


@router.get("/rules", dependencies=[READ], responses=LISTED, response_model=ListOf[RuleShown])
def list_rules(
    request: Request,
    after: cursors.After = "",
    limit: Limit = 100,
    baseline: Text = "",
    platform: Text = "",
    severity: Annotated[list[Severity], Query(max_length=5)] = [],  # noqa: B006  FastAPI copies it
) -> Response:
    """Rules by id."""
    place = cursors.read(after, str)
    found: list[dict[str, Any]] = []
    for loaded, rule in catalogue.rules().values():
        entry = catalogue.rule_entry(loaded, rule)
        fits = (not baseline or entry["baseline"] == baseline) and (not platform or platform in entry["platform"])
        if fits and (not severity or entry["severity"] in severity) and (place is None or rule.id > place[0]):
            found.append(entry)
    more = cursors.written(found[limit - 1]["id"]) if len(found) > limit else None
    return page_of(request, found[:limit], more)


@router.get("/rules/{name}", dependencies=[READ], responses=ONE, response_model=RuleShown)
def show_rule(name: str, request: Request) -> Response:
    """A rule: what it wants, why, and how to mend a failure."""
    found = catalogue.rules().get(name)
    if found is None:
        raise missing("rule")
    return as_json(request, {**found[1].model_dump(mode="json", exclude_unset=True), **catalogue.rule_entry(*found)})


@router.get("/baselines", dependencies=[READ], responses=LISTED, response_model=ListOf[BaselineShown])
def list_baselines(request: Request) -> Response:
    """Every baseline by id."""
    found = catalogue.baselines()
    return page_of(request, [catalogue.baseline_entry(found[name]) for name in sorted(found)], None)


@router.get("/golden", dependencies=[READ], responses=LISTED, response_model=ListOf[GoldenListed])
def list_golden_profiles(request: Request, asks: Asks, world: World) -> Response:
    """Every golden profile by id; for whom a scope limits, those that can be for a target within."""
    reach = reach_of(asks, Permission.RESULTS_READ)
    with world.store.reading() as connection:
        found = profiles.listed(connection)
    return page_of(request, [one for one in found if touches(reach, one["labels"])], None)
