"""A second opinion on a stored run, within a scope: by the baselines of today, or a draft. Nothing of it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditor.access import Reach
from auditor.document import Cover
from auditor.errors import ConflictError, InputError
from auditor.inventory.select import matches
from auditor.library import LoadedBaseline, baseline_of
from auditor.pipeline import Plan
from auditor.selection import choose
from auditor.service import catalogue, preview
from auditor.service.request import request_of
from auditor.service.retro import retro
from auditor.service.stored import Found, assemble
from auditor.store import blobs, runs
from auditor.store.engine import Store
from auditor.store.listing.labels import within
from auditor.store.sql import table_of
from auditor.store.tables import RunTarget
from auditor.store.waivers import waivers_in_force
from auditor.tailorings import load_tailoring

MOST = 1000  # targets: somebody waits for the answer
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


def _found(store: Store, run: Any, reach: Reach, patterns: Sequence[str]) -> Found:
    """Its targets in reach that `patterns` mean. The document says more: what is of the whole run."""
    if run.head is None:
        raise ConflictError(f"the run {run.name} has no result: it is {run.state}", mend="Wait until it has ended.")
    with store.reading() as connection:
        query = runs.targets_query().where(_SEEN.c.run == run.id, within(reach, _SEEN.c.target))
        every = runs.seen_rows(connection, query.order_by(_SEEN.c.place))
        seen = [one for one in every if any(matches(patterns, name, one.source) for name in (one.shown, one.name))]
        if not seen:
            raise InputError(f"no target of the run {run.name} is meant", mend="Correct the names.")
        if len(seen) > MOST:
            raise ConflictError(f"this is about {len(seen)} targets, and {MOST} at most", mend="Name some of them.")
        head, rules = blobs.get_json(connection, run.head), blobs.get_json(connection, run.rules)
        return Found(assemble(connection, head, rules, seen), seen)
