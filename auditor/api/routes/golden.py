"""`/api/v1/golden`: golden profiles as they are written, and texts of new ones out of stored readings.

Such a text is an answer and nothing more: it is put into a content folder, or proposed (`routes.proposals`).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, Field, StringConstraints
from starlette.responses import Response

from auditor.access import Permission
from auditor.api.answering import as_json
from auditor.api.forms import Form, TextBody
from auditor.api.golden_shapes import (
    TEXT,
    ConsensusProposal,
    GoldenChecked,
    GoldenProposal,
    GoldenWhole,
    KickstartProposal,
)
from auditor.api.guard import Asks, World, allowed
from auditor.api.heavy import alone
from auditor.api.problems import described
from auditor.api.reaching import touches
from auditor.api.readings import readings
from auditor.api.routes.common import missing, reach_of
from auditor.api.texts import faults_told
from auditor.golden.kickstart.profile import listed, told
from auditor.golden.kickstart.profile import profile_text as kickstart_text
from auditor.goldens import golden_of, kickstart_of
from auditor.service import profiles, proposing
from auditor.store.engine import now

router = APIRouter(prefix="/api/v1/golden", tags=["golden"])
SEES, READS, PROPOSES = Permission.RESULTS_READ, Permission.EVIDENCE_READ, Permission.GOLDEN_PROPOSE
READ, FACTS, PROPOSE = allowed(SEES), allowed(READS), allowed(PROPOSES)
ONE = described(401, 403, 404, 422)
ERRORS = described(400, 401, 403, 404, 413, 422, 503)
Slug = Annotated[str, StringConstraints(max_length=100, pattern=r"^([a-z0-9]+(-[a-z0-9]+)*)?$")]
Title = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Number = Annotated[int, Field(ge=1, lt=1 << 53)]
PROFILE, KICKSTART = "profile", "ks.cfg"


class Named(Form):
    """What a proposal is called."""

    name: Slug = Field(default="", examples=["linux-web"])
    title: Title = ""
    at: AwareDatetime | None = Field(default=None, description="As the hosts were read last by then; else as they are.")


class CaptureForm(Named):
    """The host to take as the model."""

    target: Number = Field(examples=[1])


class ConsensusForm(Named):
    """Hosts of one platform."""

    targets: list[Number] = Field(min_length=1, max_length=200, examples=[[1, 2, 3]])


class CheckForm(Form):
    """A profile as text, and the targets to compare with it."""

    text: TextBody = Field(examples=[TEXT])
    targets: list[Number] = Field(default_factory=list, max_length=200, examples=[[1]])


class KickstartForm(Form):
    """A kickstart file of ESX 4.x to ESXi 8.x. Nothing of it is run."""

    text: TextBody = Field(examples=["vmaccepteula\nnetwork --bootproto=static --ip=192.0.2.7 --hostname=esx01\n"])
    name: Slug = Field(default="", examples=["esxi-lab"])


@router.get("/{name}", dependencies=[READ], responses=ONE, response_model=GoldenWhole)
def show_golden_profile(name: str, request: Request, asks: Asks, world: World) -> Response:
    """A golden profile as it is written, and as it is read. Of one name the approved one is shown, not the file."""
    with world.store.reading() as connection:
        found = profiles.in_use(connection, name)
    if found is None or not touches(reach_of(asks, SEES), found.golden.profile.for_.labels):
        raise missing("golden profile")
    profile = found.golden.profile.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return as_json(request, {**profiles.told(found), "text": found.text, "profile": profile})


@router.post("/capture", dependencies=[PROPOSE], responses=ERRORS, response_model=GoldenProposal)
def capture_golden_profile(form: CaptureForm, request: Request, asks: Asks, world: World) -> Response:
    """Propose the profile of one host, out of its stored reading. Nothing is kept."""
    with world.store.reading() as connection:
        (one,) = readings(connection, [form.target], reach_of(asks, READS), form.at or now(connection))
    return as_json(request, proposing.captured(one, form.name, form.title))


@router.post("/consensus", dependencies=[PROPOSE], responses=ERRORS, response_model=ConsensusProposal)
def find_consensus(form: ConsensusForm, request: Request, asks: Asks, world: World) -> Response:
    """Propose a profile of what many hosts have in common, and tell who does not fit in it. Nothing is kept."""
    with world.store.reading() as connection:
        found = readings(connection, form.targets, reach_of(asks, READS), form.at or now(connection))
    with alone("consensus"):
        return as_json(request, proposing.agreed(found, form.name, form.title))


@router.post("/check", dependencies=[FACTS], responses=ERRORS, response_model=GoldenChecked)
def check_golden_profile(form: CheckForm, request: Request, asks: Asks, world: World) -> Response:
    """Say whether a text is a profile, each fault with its line, and how targets differ from it. Nothing is kept."""
    with faults_told("invalid-golden", PROFILE):
        golden = golden_of(form.text, PROFILE)
    with world.store.reading() as connection:
        found = readings(connection, form.targets, reach_of(asks, READS), now(connection))
    return as_json(request, {**proposing.in_short(golden), **proposing.compared(golden, found)})


@router.post("/kickstart", dependencies=[PROPOSE], responses=ERRORS, response_model=KickstartProposal)
def read_kickstart(form: KickstartForm, request: Request) -> Response:
    """Propose the profile that an ESXi kickstart file means. Nothing of it is run, nothing is kept."""
    with faults_told("invalid-kickstart", KICKSTART):
        found, made = kickstart_of(form.text, KICKSTART, form.name)
    notes = [*found.notes, *found.draft.remarks, *(told(entry) for entry in listed(found))]
    shown: dict[str, Any] = {"text": kickstart_text(found, made, KICKSTART), "values": made.values, "left_out": notes}
    return as_json(request, shown)
