"""A change check as a document: what a candidate would do to each target, plain JSON data. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from auditor.changes.candidate import Candidate, File
from auditor.changes.delta import Delta, Moved, delta, worst_first
from auditor.changes.differences import Change
from auditor.changes.model import TEXT, Risk
from auditor.changes.predict import Basis, Prediction, cleaned, predict
from auditor.document import drift_entry, finding_entry
from auditor.domain import Severity, Target
from auditor.errors import InputError
from auditor.evidence.captures import iso
from auditor.facts.observed import plain_value
from auditor.pipeline import Plan
from auditor.tailorings import tailoring_entry

SCHEMA = "auditor-change/1"
SHOWN_LINES = 5_000  # lines of a candidate that are kept in the document, of all its files together


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, for which ticket, and what counts."""

    ident: str
    at: datetime
    by: str = ""
    ticket: str = ""
    fail_on: Severity = Severity.HIGH
    max_age: timedelta = timedelta(hours=24)
    force: bool = False
    version: str = ""  # of Auditor


@dataclass(frozen=True, slots=True)
class Checked:
    """The document of a check, with the predictions that it was made of, in the order of its targets."""

    document: dict[str, Any]
    predictions: tuple[Prediction, ...]
    fails: bool  # something newly fails at or above `fail_on`
    untold: bool  # a verdict at or above it can no longer be told


def check(
    bases: Sequence[Basis], candidate: Candidate, plan: Plan, asked: Asked, neighbours: Sequence[Target] = ()
) -> Checked:
    """Predict and judge. Raises InputError: a stale capture without force, another platform, a fault with its line."""
    if not bases:
        raise InputError("no target to check", mend="Name a target that was read.")
    for basis in bases:
        _fresh(basis, asked)
    predictions = predict(bases, candidate, neighbours)
    deltas = [delta(one.before, one.after, plan, asked.at, one.known) for one in predictions]
    targets = [_target(one, found, asked) for one, found in zip(predictions, deltas, strict=True)]
    platforms = {basis.capture.platform for basis in bases}
    document = {
        "schema": SCHEMA,
        "change": {
            "id": asked.ident,
            "at": iso(asked.at),
            "by": _written(asked.by),
            "ticket": _written(asked.ticket),
            "auditor_version": asked.version,
            "fail_on": asked.fail_on.value,
            "forced": asked.force,
            "max_age_seconds": int(asked.max_age.total_seconds()),
        },
        "candidate": _candidate(candidate, bases[0].capture.platform),
        "baselines": [
            {"id": one.id, "title": one.title, "version": one.version, "sha256": one.digest}
            for one in plan.baselines
            if any(platforms & set(rule.platforms) for rule in one.rules)
        ],
        "tailoring": tailoring_entry(plan.tailoring),
        "golden": [
            {"id": one.id, "title": one.profile.title, "version": one.profile.version, "sha256": one.digest}
            for one in plan.goldens
        ],
        "summary": _summary(targets),
        "targets": targets,
    }
    fails = any(one.fails(asked.fail_on) for one in deltas)
    untold = any(one.unknown(asked.fail_on) for one in deltas)
    document["result"] = {"fails": fails, "unknown": untold}
    return Checked(document, tuple(predictions), fails, untold)


def _written(text: str) -> str | None:
    """Text as it can be written: a command line may hold bytes that are none."""
    return text.encode("utf-8", "replace").decode() or None


def _fresh(basis: Basis, asked: Asked) -> None:
    age = asked.at - basis.capture.taken_at
    if age > asked.max_age and not asked.force:
        raise InputError(
            f"{basis.target.name} was last read {_age(age)} ago, at {iso(basis.capture.taken_at)}",
            mend=f"Collect it again, raise --max-age ({_age(asked.max_age)}), or check it all the same with --force.",
        )


def _age(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"


def _candidate(candidate: Candidate, platform: str) -> dict[str, Any]:
    shown = cleaned(candidate, platform)
    room, files = SHOWN_LINES, []
    for one in shown.files:
        numbered = _numbered(one)
        files.append(_file(one, numbered[:room], len(numbered)))
        room -= min(room, len(numbered))
    return {"name": candidate.name, "kind": candidate.kind, "sha256": candidate.sha256, "files": files}


def _numbered(one: File) -> list[tuple[int, str]]:
    """The lines of a file, or of its hunks, each with its number in the candidate."""
    if not one.hunks:
        return list(enumerate(one.lines, one.first))
    return [pair for hunk in one.hunks for pair in zip(hunk.numbers, hunk.lines, strict=True)]


def _file(one: File, shown: Sequence[tuple[int, str]], count: int) -> dict[str, Any]:
    return {
        "name": one.name,
        "target_path": one.target_path or None,
        "removed": one.removed,
        "lines": [text for _, text in shown],
        "numbers": [number for number, _ in shown],
        "more_lines": count - len(shown),
    }


def _target(one: Prediction, found: Delta, asked: Asked) -> dict[str, Any]:
    capture, snapshot = one.basis.capture, one.after.snapshot
    age = asked.at - capture.taken_at
    return {
        "name": one.after.name,
        "platform": capture.platform,
        "source": capture.source,
        "version": snapshot.version if snapshot else "",
        "based_on": {
            "taken_at": iso(capture.taken_at),
            "age_seconds": int(age.total_seconds()),
            "run": one.basis.run or None,
            "live": one.basis.live,
            "stale": age > asked.max_age,
            "synthetic": bool(snapshot and snapshot.synthetic),
        },
        "facts": [fact_entry(change) for change in one.changes],
        "unpredicted": [one._asdict() for one in one.unknown],
        "findings": {
            "newly_failing": _findings(found.newly_failing),
            "newly_passing": _findings(found.newly_passing),
            "still_failing": _findings(found.still_failing),
            "newly_unknown": _findings(found.newly_unknown),
            "still_unknown": _findings(found.still_unknown),
            "no_longer_judged": [finding_entry(gone) for gone in found.vanished],
        },
        "waivers": [
            {
                "id": fallen.waiver.id,
                "rule": fallen.rule,
                "subject": fallen.subject,
                "severity": fallen.severity.value,
                "fate": fallen.fate,
                "reason": fallen.reason,
            }
            for fallen in found.waivers
        ],
        "drift": {
            "added": [drift_entry(drift) for drift in found.drift_added],
            "removed": [drift_entry(drift) for drift in found.drift_removed],
        },
        "risks": [risk_entry(risk) for risk in one.risks],
        "remarks": [remark._asdict() for remark in one.remarks],
    }


def fact_entry(one: Change) -> dict[str, Any]:
    """A predicted fact as plain data."""
    return {
        "path": one.path,
        "before": plain_value(one.before),
        "after": plain_value(one.after),
        "derived": one.derived,
        "why": [{"where": why.where, "text": why.text[:TEXT], "effect": why.effect} for why in one.why],
    }


def risk_entry(one: Risk) -> dict[str, Any]:
    """A risk note as plain data."""
    return {
        "id": one.ident,
        "severity": one.severity.value,
        "title": one.title,
        "detail": one.detail,
        "where": one.where or None,
    }


def _findings(found: Sequence[Moved]) -> list[dict[str, Any]]:
    return [{**finding_entry(one.now), "was": one.was.value if one.was else None} for one in worst_first(found)]


def _summary(targets: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts over all targets; `hosts_affected` have a fact that would be another."""
    kinds = ("newly_failing", "newly_passing", "still_failing", "newly_unknown", "still_unknown", "no_longer_judged")
    return {
        "targets": len(targets),
        "targets_affected": sum(bool(one["facts"] or one["unpredicted"]) for one in targets),
        **{kind: sum(len(one["findings"][kind]) for one in targets) for kind in kinds},
        "waivers_reopened": sum(w["fate"] == "reopens" for one in targets for w in one["waivers"]),
        "waivers_lapsed": sum(w["fate"] != "reopens" for one in targets for w in one["waivers"]),
        "drift_added": sum(len(one["drift"]["added"]) for one in targets),
        "drift_removed": sum(len(one["drift"]["removed"]) for one in targets),
        "unpredicted": sum(len(one["unpredicted"]) for one in targets),
        "risks": sum(len(one["risks"]) for one in targets),
    }
