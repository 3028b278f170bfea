"""Rules and intentions looked at before they judge a host; waivers as a file."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field, StringConstraints
from starlette.responses import Response

from auditor.access import Permission
from auditor.api.answering import as_json
from auditor.api.forms import Form, TextBody
from auditor.api.golden_shapes import TEXT
from auditor.api.guard import Asks, World, allowed
from auditor.api.heavy import alone
from auditor.api.past_shapes import ConflictsShown, IntentionJudged, RulesChecked
from auditor.api.problems import ProblemError, described
from auditor.api.routes.common import reach_of
from auditor.api.routes.starting import ContentName, Names, check_file_names
from auditor.api.routes.waivers import is_within
from auditor.api.texts import faults_told
from auditor.goldens import golden_of
from auditor.library import baseline_of
from auditor.service import rulechecks
from auditor.service.waiverfiles import written
from auditor.store import waivers
from auditor.store.engine import now
from auditor.tailorings import load_tailoring

router = APIRouter(prefix="/api/v1", tags=["checks"])
READ, FACTS = allowed(Permission.RESULTS_READ), allowed(Permission.EVIDENCE_READ)
TAKES = Permission.REPORTS_DOWNLOAD
LISTED, ERRORS = described(401, 403, 422), described(400, 401, 403, 404, 413, 422, 503)
MOST_RULES = 200  # each is judged hundreds of times, with a mistake in it
BASELINE, PROFILE = "baseline", "profile"
RULES = "baseline: ours\ntitle: Our own rules\nversion: '1'\nrules: []\n"


class RulesForm(Form):
    """A baseline as text."""

    text: TextBody = Field(examples=[RULES])
    strict: bool = Field(default=True, description="Structural mistakes that no example notices are faults too.")


class IntentionForm(Form):
    """A golden profile as text, and the baselines to judge it by."""

    text: TextBody = Field(examples=[TEXT])
    baselines: Names = Field(examples=[["linux-kernel"]])
    version: Annotated[str, StringConstraints(max_length=50)] = Field(default="", examples=["8.0"])


@router.post("/rules/check", dependencies=[FACTS], responses=ERRORS, response_model=RulesChecked)
def check_rules(form: RulesForm, request: Request) -> Response:
    """Check a baseline before it is used: its form, its examples, and whether they would notice a mistake in a rule."""
    with faults_told("invalid-baseline", BASELINE):
        loaded = baseline_of(form.text, BASELINE)
    if len(loaded.baseline.rules) > MOST_RULES:
        raise ProblemError(422, "invalid-request", f"at most {MOST_RULES} rules are checked at a time")
    with alone("check"):
        found = rulechecks.check_file(loaded, strict=form.strict)
    told: dict[str, Any] = {"id": loaded.id, "good": not found.faults, "rules": len(found.checks)}
    counts = {key: sum(getattr(one, key) for one in found.checks.values()) for key in ("examples", "mutants")}
    return as_json(request, {**told, **counts, "faults": found.faults, "advice": found.advice})


@router.get("/rules-conflicts", dependencies=[READ], responses=LISTED, response_model=ConflictsShown)
def list_conflicts(
    first: Annotated[ContentName, Query(examples=["stig-esxi-8"])],
    second: Annotated[ContentName, Query(examples=["esxi-8"])],
    request: Request,
    tailoring: Annotated[ContentName | None, Query(description="For the second.")] = None,
) -> Response:
    """Pairs of rules of two baselines that cannot both pass."""
    check_file_names((first, second, tailoring or ""))
    found = rulechecks.conflicts_of(first, second, load_tailoring(tailoring) if tailoring else None)
    return as_json(request, {"first": first, "second": second, "conflicts": rulechecks.as_data(found)})


@router.post("/golden/judge", dependencies=[FACTS], responses=ERRORS, response_model=IntentionJudged)
def judge_golden_profile(form: IntentionForm, request: Request) -> Response:
    """What the rules would say of a host that is as a profile says. What it does not say is unknown."""
    check_file_names(form.baselines)
    with faults_told("invalid-golden", PROFILE):
        golden = golden_of(form.text, PROFILE)
    return as_json(request, {"id": golden.id, "findings": rulechecks.judged(golden, form.baselines, form.version)})


@router.get(
    "/waivers-file",
    dependencies=[allowed(TAKES)],
    responses={**LISTED, 200: {"content": {"application/yaml": {}}, "description": "A file for `--waivers`."}},
    response_class=Response,
)
def export_waivers(
    asks: Asks, world: World, every: Annotated[bool, Query(description="Ended ones too.")] = False
) -> Response:
    """Waivers as a file, for audits away from the service; for whom a scope limits, those wholly within."""
    reach = reach_of(asks, TAKES)
    with world.store.writing() as connection:
        at = now(connection)
        kept = [one.waiver for one in waivers.listed(connection)]
        live = [one for one in kept if every or (one.state in ("requested", "approved") and at < one.end.at)]
        chosen = [one for one in live if is_within(connection, one, reach)]
        asks.actor.note(connection, "waivers exported", "waivers", {"count": len(chosen)})
    headers = {"Content-Disposition": 'attachment; filename="waivers.yaml"', "X-Content-Type-Options": "nosniff"}
    return Response(written(chosen), headers=headers, media_type="application/yaml")
