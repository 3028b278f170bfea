"""What was, and what it would be by other rules: histories of targets, their snapshots, second opinions on a run."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import Field
from starlette.responses import Response

from auditor.access import Permission
from auditor.api import cursors
from auditor.api.answering import as_json, page_of
from auditor.api.forms import Form, Limit, Line, TextBody
from auditor.api.guard import Asks, World, allowed
from auditor.api.heavy import alone
from auditor.api.past_shapes import HistoryShown, PreviewShown, Rejudged, SeriesShown, SnapshotShown
from auditor.api.problems import ProblemError, described
from auditor.api.routes.common import SeriesQuery, Text, missing, reach_of, run_in
from auditor.api.routes.starting import ContentName, Names, check_file_names
from auditor.api.shapes import ListOf
from auditor.api.texts import faults_told
from auditor.evidence.captures import iso
from auditor.service import opinion
from auditor.service.choosing import all_series
from auditor.service.opinion import DRAFT, Wanted
from auditor.service.timeline import history_in
from auditor.store.engine import now
from auditor.store.history import time_of
from auditor.store.listing import looks
from auditor.store.snapshots import hashes_of

router = APIRouter(prefix="/api/v1", tags=["past"])
SEES, READS, TAKES = Permission.RESULTS_READ, Permission.EVIDENCE_READ, Permission.REPORTS_DOWNLOAD
READ, FACTS = allowed(SEES), allowed(READS)
LISTED, ONE = described(401, 403, 422), described(401, 403, 404, 422)
ERRORS = described(400, 401, 403, 404, 409, 413, 422, 503)
Id = Annotated[int, Path(ge=1, lt=1 << 53)]


class PreviewForm(Form):
    """By what a run is judged again, to see what would change. A draft is a baseline's YAML; it is kept nowhere."""

    baselines: Names = Field(examples=[["linux-kernel"]])
    drafts: Annotated[list[TextBody], Field(default_factory=list, max_length=5)]
    tailoring: ContentName | None = None
    replaces: Names = Field(description="Which baselines of the run these replace; else those of the same names.")
    targets: Annotated[list[Line], Field(default_factory=list, max_length=1000, examples=[["esx*"]])]


class RejudgeForm(Form):
    """By what a run is judged again."""

    baselines: Annotated[list[ContentName], Field(min_length=1, max_length=20, examples=[["linux-kernel"]])]
    tailoring: ContentName | None = None
    targets: Annotated[list[Line], Field(default_factory=list, max_length=1000, examples=[["esx*"]])]


@router.get("/series", dependencies=[READ], responses=LISTED, response_model=ListOf[SeriesShown])
def list_series(request: Request, asks: Asks, world: World) -> Response:
    """The histories that there are: each choice of baselines, tailoring and golden profiles has one."""
    whole = reach_of(asks, SEES).everything
    with world.store.reading() as connection:
        found = all_series(connection)
    shown = [
        {
            "series": one.number,
            "title": one.words,
            "runs": one.runs if whole else None,
            "last_run": one.last if whole else None,
        }
        for one in found
    ]
    return page_of(request, shown, None)


@router.get("/targets/{number}/history", dependencies=[READ], responses=ONE, response_model=HistoryShown)
def show_history(
    number: Id, request: Request, asks: Asks, world: World, rule: Text = "*", series: SeriesQuery = None
) -> Response:
    """A target over time: which finding fails since when, and until when it passed. `rule` may be a glob."""
    with world.store.reading() as connection:
        row = looks.target_row(connection, number, reach_of(asks, SEES))
        meant = series or looks.default_series(connection)
        if row is None:
            raise missing("target")
        if meant is None:
            raise ProblemError(404, "not-seen", "no run has ended with a result yet")
        found = history_in(connection, meant, row, rule)
    return as_json(request, found)


@router.get("/targets/{number}/snapshots", dependencies=[FACTS], responses=ONE, response_model=ListOf[SnapshotShown])
def list_snapshots(
    number: Id, request: Request, asks: Asks, world: World, after: cursors.After = "", limit: Limit = 100
) -> Response:
    """The readings of a target, the newest first; of some only the hash is kept."""
    place = cursors.read(after, int)
    with world.store.reading() as connection:
        if not looks.is_visible(connection, number, reach_of(asks, READS)):
            raise missing("target")
        below = place[0] if place else None
        found = looks.moments(connection, number, now(connection), limit + 1, read=True, below=below)
        hashes = hashes_of(connection, {row.snapshot for row in found})
    shown = [
        {
            "run": row.run_name,
            "series": row.series,
            "read_at": iso(time_of(row.moment)),
            "sha256": hashes[row.snapshot].sha256.hex(),
            "kept": hashes[row.snapshot].kept,
        }
        for row in found[:limit]
    ]
    return page_of(request, shown, cursors.written(found[limit - 1].moment) if len(found) > limit else None)


@router.post("/runs/{name}/rejudge", dependencies=[allowed(TAKES)], responses=ERRORS, response_model=Rejudged)
def rejudge_run(name: str, form: RejudgeForm, request: Request, asks: Asks, world: World) -> Response:
    """The document of a run as the baselines of today judge what it had read, as audit.json. The run stays as it was.

    Of 200 targets at most: name some of a larger run.
    """
    check_file_names((*form.baselines, form.tailoring or ""))
    wanted = Wanted(form.baselines, (), form.tailoring or "", (), form.targets)
    reach = reach_of(asks, TAKES)
    with world.store.reading() as connection:
        row = run_in(connection, name, reach, asks)
    with alone("opinion"):
        made = opinion.rejudged(world.store, row, reach, wanted, _now())
    with world.store.writing() as connection:
        detail = {"baselines": form.baselines, "tailoring": form.tailoring, "targets": len(made["targets"])}
        asks.actor.note(connection, "run judged again", row.name, detail)
    return as_json(request, made)


@router.post("/runs/{name}/preview", dependencies=[FACTS], responses=ERRORS, response_model=PreviewShown)
def preview_run(name: str, form: PreviewForm, request: Request, asks: Asks, world: World) -> Response:
    """Judge what a run had read by other baselines, or drafts of them, and tell what would change. Nothing is kept.

    Verdicts that change, rules that come or go, and waivers that would not carry over; of the targets within the scope.
    """
    check_file_names((*form.baselines, *form.replaces, form.tailoring or ""))
    if not form.baselines and not form.drafts:
        raise ProblemError(422, "invalid-request", "name baselines, or send drafts")
    wanted = Wanted(form.baselines, form.drafts, form.tailoring or "", form.replaces, form.targets)
    reach = reach_of(asks, READS)
    with world.store.reading() as connection:
        row = run_in(connection, name, reach, asks)
    with alone("opinion"), faults_told("invalid-draft", DRAFT):
        drafts = opinion.drafts_in(wanted)
        made: dict[str, Any] = opinion.previewed(world.store, row, reach, wanted, drafts, _now())
    return as_json(request, made)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
