"""The judge shard of a run: its stored captures through the pipeline that `auditor audit` uses, target by target."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from auditor import __version__, pipeline, settings
from auditor.document import Cover
from auditor.domain import Source
from auditor.golden.profile import Golden
from auditor.library import places_by_hand
from auditor.pipeline import Plan
from auditor.runners import Silent
from auditor.schedules.period import STALE_AFTER
from auditor.selection import choose
from auditor.service import profiles
from auditor.service.keeping import past_of
from auditor.service.reading import StoredRunner
from auditor.service.request import Request, request_of
from auditor.service.saving import Saved, save
from auditor.service.scheduling import period_at
from auditor.store import phases
from auditor.store.engine import Store, now
from auditor.store.shards import Claim
from auditor.store.waivers import waivers_in_force
from auditor.tailorings import load_tailoring


def judge_run(store: Store, claim: Claim, fence: Callable[[Connection], None]) -> None:
    """Judge what a run has collected and keep the verdicts; done twice, they stand once.

    Raises InputError for what cannot be judged by (a baseline that is not there), and whatever `fence` raises.
    """
    with store.reading() as connection:
        row = phases.run_row(connection, claim.key.run)
        every = period_at(connection, row.schedule, row.started_at) if row.schedule is not None else None
    request = request_of(row.request)
    runner = StoredRunner(store, row.id)
    with store.reading() as connection:
        goldens = profiles.for_run(connection, request.goldens, row.started_at)
    plan = plan_of(request, runner.sources(), row.started_at.date(), goldens)
    past = past_of(store, plan.sources, STALE_AFTER * every if every else None, before=row.id)
    plan = replace(plan, past=past, waivers=waivers_in_force(store, row.started_at))
    found = pipeline.gather(plan, runner, Silent(), row.started_at)
    saved = Saved(row.id, row.series, row.name, row.started_at)

    def finished_at() -> datetime:
        with store.reading() as connection:
            return now(connection).replace(microsecond=0)

    save(store, saved, found, plan, cover_of(request), finished_at=finished_at, fence=fence)


def plan_of(request: Request, sources: Sequence[Source], today: date, goldens: Sequence[Golden]) -> Plan:
    """What the request says, for these sources; `goldens` are the profiles that it names. Raises InputError."""
    tailoring = load_tailoring(request.tailoring) if request.tailoring else None
    return Plan(
        sources,
        choose(request.baselines, tailoring, today=today),
        tuple(one.exclusion() for one in request.excluded),
        request.patterns,
        bool(request.baselines),
        tailoring,
        tuple(goldens),
    )


def cover_of(request: Request) -> Cover:
    """What stands on the cover of the run's report. Raises InputError for settings that cannot be read."""
    return Cover(
        __version__,
        settings.organisation(),
        settings.classification(),
        request.fail_on,
        request.min_coverage,
        places_by_hand(),
    )
