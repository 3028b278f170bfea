"""A second opinion on a stored run, within a scope: by the baselines of today, or a draft. Nothing of it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from auditor import __version__, settings
from auditor.access import Reach
from auditor.document import Cover
from auditor.errors import ConflictError, InputError
from auditor.inventory.select import matches
from auditor.library import LoadedBaseline, baseline_of, places_by_hand
from auditor.pipeline import Plan
from auditor.selection import choose
from auditor.service import catalogue, preview
from auditor.service.downloads.cut import Cut
from auditor.service.request import request_of
from auditor.service.retro import retro
from auditor.service.stored import Document, Found, assemble
from auditor.service.within import closed, population_of
from auditor.store import blobs, runs
from auditor.store.engine import Store
from auditor.store.listing.labels import within
from auditor.store.sql import table_of
from auditor.store.tables import RunTarget
from auditor.store.waivers import waivers_in_force
from auditor.tailorings import load_tailoring

MOST, MOST_WRITTEN = 1000, 200  # targets: somebody waits for the answer, or for all that is found on them
DRAFT = "draft"
_SEEN = table_of(RunTarget)


@dataclass(frozen=True, slots=True)
class Wanted:
    """By what is judged: `baselines` by name, `drafts` as texts; of which targets (none: all of the run)."""

    baselines: Sequence[str] = ()
    drafts: Sequence[str] = ()
    tailoring: str = ""
    replaces: Sequence[str] = ()
    targets: Sequence[str] = ()


def drafts_in(wanted: Wanted) -> dict[str, LoadedBaseline]:
    """The drafts by id. Raises InputError with the line, in a file called `draft`."""
    found = [baseline_of(text, DRAFT) for text in wanted.drafts]
    if len({one.id for one in found}) < len(found):
        raise InputError("two drafts have one name", where=DRAFT)
    return {one.id: one for one in found}


def plan_of(wanted: Wanted, drafts: dict[str, LoadedBaseline], *, by_name: bool) -> Plan:
    """What is judged. Raises InputError."""
    tailored = load_tailoring(wanted.tailoring) if wanted.tailoring else None
    library = {**catalogue.baselines(), **drafts}
    chosen = choose([*wanted.baselines, *drafts], tailored, library)
    return Plan((), chosen, chosen_by_name=by_name, tailoring=tailored)


def previewed(
    store: Store, run: Any, reach: Reach, wanted: Wanted, drafts: dict[str, LoadedBaseline], now: datetime
) -> dict[str, Any]:
    """What would change by other baselines in place of those of the same name, or of those that they replace.

    As `service.preview.preview` has it, with {run, replaced, baselines, worse}. Raises InputError, and ConflictError
    for more than `MOST` targets.
    """
    named = bool(request_of(run.request).baselines) if run.request not in ("", "{}") else True
    plan = plan_of(wanted, drafts, by_name=named)
    found = _found(store, run, reach, wanted.targets)
    old = found.document
    if old["run"]["tailoring"] and plan.tailoring is None:
        raise InputError(f"the run was tailored by {old['run']['tailoring']['id']}", mend="Name a tailoring too.")
    replaced = set(wanted.replaces or [one.id for one in plan.baselines])
    if missing := replaced - {one["id"] for one in old["run"]["baselines"]}:
        what = f"the run was not judged by {', '.join(sorted(missing))}"
        raise ConflictError(what, mend="Say in `replaces` which of its baselines the new one replaces.")
    new = retro(store, found, plan, Cover(""), now)
    made = preview.preview(old, new, replaced, waivers_in_force(store, now), now)
    heads = [{"id": one.id, "version": one.version, "sha256": one.digest} for one in plan.baselines]
    told = {"run": run.name, "replaced": sorted(replaced), "baselines": heads}
    return {**told, **made, "worse": preview.worse(made)}


def rejudged(store: Store, run: Any, reach: Reach, wanted: Wanted, now: datetime) -> Document:
    """The document of a run as the baselines of these names judge it today, of what lies in reach.

    `run.rejudged` says of which run, and when. Raises InputError, and ConflictError for more targets than can be sent.
    """
    patterns = tuple(wanted.targets)
    plan = replace(plan_of(wanted, {}, by_name=True), patterns=patterns, waivers=waivers_in_force(store, now))
    found = _found(store, run, reach, patterns, MOST_WRITTEN)
    cover = Cover(__version__, settings.organisation(), settings.classification(), places=places_by_hand())
    made = retro(store, found, plan, cover, now)
    if reach.everything:
        return made
    shown = closed(made, found.seen, Cut(reach), population_of(found.seen))
    return {**shown, "run": {**shown["run"], "rejudged": made["run"]["rejudged"]}}


def _found(store: Store, run: Any, reach: Reach, patterns: Sequence[str], most: int = MOST) -> Found:
    """Its targets in reach that `patterns` mean. The document says more: what is of the whole run."""
    if run.head is None:
        raise ConflictError(f"the run {run.name} has no result: it is {run.state}", mend="Wait until it has ended.")
    with store.reading() as connection:
        query = runs.targets_query().where(_SEEN.c.run == run.id, within(reach, _SEEN.c.target))
        every = runs.seen_rows(connection, query.order_by(_SEEN.c.place))
        seen = [one for one in every if any(matches(patterns, name, one.source) for name in (one.shown, one.name))]
        if not seen:
            raise InputError(f"no target of the run {run.name} is meant", mend="Correct the names.")
        if len(seen) > most:
            raise ConflictError(f"this is about {len(seen)} targets, and {most} at most", mend="Name some of them.")
        head, rules = blobs.get_json(connection, run.head), blobs.get_json(connection, run.rules)
        return Found(assemble(connection, head, rules, seen), seen)
