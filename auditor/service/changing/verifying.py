"""After the window: a change against what is now, target by target."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from auditor.attribution import origin
from auditor.changes.delta import delta
from auditor.changes.fidelity import DIFFERENT, UNPLANNED, Outcome, outcomes
from auditor.document import finding_entry
from auditor.domain import ABSENT, Drift, Snapshot, Target
from auditor.evidence.captures import iso
from auditor.facts.observed import plain_value
from auditor.pipeline import Plan
from auditor.service.changing.records import snapshot_of
from auditor.service.changing.verdicts import with_verdict
from auditor.store.changes import Change, Foretold

SCHEMA = "auditor-change-result/1"
Key = tuple[str, str, str]  # platform, source, own name


def verify(
    change: Change, targets: Sequence[Foretold], now: Mapping[Key, Target], plan: Plan, at: datetime, by: str
) -> dict[str, Any]:
    """What came of a change, as JSON data.

    {schema, change, at, by, verdict: kept|missed|strayed|unread, summary, targets: [{name, status, reason, taken_at,
    warnings, outcomes: [{path, kind, before, planned, now, source, derived, actors}], findings: {worse, better,
    unknown}}]}: `findings` are verdicts that are not as foretold. A target that was not read since is unread.
    """
    told = [_target(one, now.get((one.platform, one.source, one.own)), change, plan, at) for one in targets]
    head = {"schema": SCHEMA, "change": change.name, "ticket": change.ticket or None, "at": iso(at), "by": by}
    return with_verdict({**head, "targets": told})


def _target(one: Foretold, target: Target | None, change: Change, plan: Plan, at: datetime) -> dict[str, Any]:
    head = {"name": one.name, "platform": one.platform, "source": one.source}
    snapshot = target.snapshot if target is not None else None
    why = ""
    if snapshot is None:
        why = target.reason if target is not None else "it is gone"
    elif snapshot.taken_at <= change.made_at:
        why = f"it was not read since: last at {iso(snapshot.taken_at)}"
    if target is None or snapshot is None or why:
        blank: dict[str, Any] = {
            "status": "unread",
            "reason": why,
            "taken_at": None,
            "warnings": [],
            "outcomes": [],
            "findings": {},
        }
        return {**head, **blank}
    before, predicted = snapshot_of(one, "before"), snapshot_of(one, "predicted")
    found = [_outcome(each, before, snapshot) for each in outcomes(before, predicted, snapshot)]
    foretold = replace(target, name=one.name, snapshot=predicted)
    judged = delta(foretold, replace(target, name=one.name), plan, at)
    findings = {
        "worse": [finding_entry(each.now) for each in judged.newly_failing],
        "better": [finding_entry(each.now) for each in judged.newly_passing],
        "unknown": [finding_entry(each.now) for each in judged.newly_unknown],
    }
    seen = {"status": "read", "reason": "", "taken_at": iso(snapshot.taken_at), "warnings": list(snapshot.warnings)}
    return {**head, **seen, "outcomes": found, "findings": findings}


def _outcome(one: Outcome, before: Snapshot, now: Snapshot) -> dict[str, Any]:
    made = {
        "path": one.path,
        "kind": one.kind,
        "before": plain_value(one.before),
        "planned": plain_value(one.planned),
        "now": plain_value(one.now),
        "source": one.source,
        "derived": one.derived,
        "actors": [],
        "actors_unknown": None,
    }
    if one.kind not in (UNPLANNED, DIFFERENT) or one.derived:
        return made
    found = origin(Drift(now.target, one.path, "changed", ABSENT, ABSENT), before, now)
    return {**made, "actors": [actor._asdict() for actor in found.actors], "actors_unknown": found.unknown or None}
