"""audit.json: the one document that every report and export is made from (architecture, section 7). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from auditor.coverage import by_platform
from auditor.domain import EMPTY, Coverage, Drift, Observation, Snapshot, SourceReport, Status
from auditor.evidence.captures import iso
from auditor.facts.observed import plain_value
from auditor.golden.profile import Golden
from auditor.pipeline import Audit, SourceResult
from auditor.rulebook.byhand import Places, by_hand
from auditor.rulebook.families import FAMILIES
from auditor.rulebook.schema import Rule
from auditor.tailorings import tailoring_entry
from auditor.verdicts import Judged, PlannedRule
from auditor.waivers.entries import beside, lapsed, waiver_entry

SCHEMA = "auditor/1"


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on the cover and was decided outside the run itself."""

    version: str
    organisation: str = ""
    classification: str = ""
    fail_on: str = "high"
    min_coverage: float = 100.0
    places: Places = EMPTY  # how a person looks at facts (`library.places_by_hand`)


def document(audit: Audit, cover: Cover) -> dict[str, Any]:
    """The audit as plain JSON data."""
    return {
        **frame(audit, cover, used_rules(audit.judged)),
        "findings": [finding_entry(one) for one in audit.judged],
        "drift": [drift_entry(one) for one in audit.drift],
    }


def used_rules(judged: Iterable[Judged], known: Mapping[str, PlannedRule] = EMPTY) -> dict[str, PlannedRule]:
    """Each rule that was judged, by id, with every baseline that asked for it; `known` ones come first."""
    rules = dict(known)
    for one in judged:
        rule_id = one.planned.compiled.rule.id
        before = rules.get(rule_id)
        if before is None:
            rules[rule_id] = one.planned
        elif before is not one.planned and not set(one.planned.baselines) <= set(before.baselines):
            both = dict.fromkeys((*before.baselines, *one.planned.baselines))
            rules[rule_id] = PlannedRule(before.compiled, list(both))
    return rules


def frame(audit: Audit, cover: Cover, rules: Mapping[str, PlannedRule]) -> dict[str, Any]:
    """The document without its findings and drift, which may be too many to hold at once."""
    return {
        "schema": SCHEMA,
        "run": _run(audit, cover, rules),
        "coverage": coverage_entry(audit.coverage),
        "score": _score(audit),
        "sources": [_source(result) for result in audit.sources],
        "targets": target_entries(audit),
        "rules": {rule_id: _rule(planned, cover.places) for rule_id, planned in sorted(rules.items())},
        "golden": [_golden(one, audit) for one in audit.plan.goldens],
        "waivers": [waiver_entry(one) for one in audit.waivers],
    }


def _run(audit: Audit, cover: Cover, rules: Mapping[str, PlannedRule]) -> dict[str, Any]:
    used = {name for one in rules.values() for name in one.baselines}
    return {
        "id": audit.id,
        "started_at": iso(audit.started_at),
        "finished_at": iso(audit.finished_at),
        "auditor_version": cover.version,
        "tailoring": tailoring_entry(audit.plan.tailoring),
        "organisation": cover.organisation,
        "classification": cover.classification,
        "scope": ", ".join(source.name for source in audit.plan.sources),
        "synthetic": any(t.snapshot.synthetic for t in audit.coverage.targets if t.snapshot),
        "fail_on": cover.fail_on,
        "min_coverage": cover.min_coverage,
        "baselines": [
            {
                "id": b.id,
                "title": b.title,
                "version": b.version,
                "sha256": b.digest,
                "parts": [{"id": part, "sha256": digest} for part, digest in sorted(b.parts.items())],
                "rules": len(b.rules),
                "parameters": dict(sorted(b.parameters.items())),
            }
            for b in audit.plan.baselines
            if b.id in used
        ],
    }


def coverage_entry(coverage: Coverage) -> dict[str, Any]:
    """The coverage of a run, or of a past moment."""
    return {
        "population": coverage.population,
        "collected": coverage.collected,
        "by_platform": by_platform(coverage),
        "unreachable": [
            {
                "target": t.name,
                "platform": t.platform,
                "source": t.source,
                "reason": t.reason,
                "last_good": iso(t.last_good) if t.last_good else None,
            }
            for t in coverage.targets
            if t.status == "unreachable"
        ],
        "stale": [
            {
                "target": t.name,
                "platform": t.platform,
                "source": t.source,
                "last_good": iso(t.last_good) if t.last_good else None,
                "reason": t.reason,
            }
            for t in coverage.targets
            if t.status == "stale"
        ],
        "excluded": [
            {"target": e.target, "platform": e.platform, "reason": e.reason, "until": e.until or None}
            for e in coverage.excluded
        ],
    }


def _score(audit: Audit) -> dict[str, Any]:
    score = audit.score
    return {
        "lower": score.lower,
        "upper": score.upper,
        "passed": score.passed,
        "failed": score.failed,
        "unknown": score.unknown,
        "notapplicable": score.notapplicable,
        "notchecked": score.notchecked,
        "waived": score.waived,
    }


def _source(result: SourceResult) -> dict[str, Any]:
    collected = result.collected
    source = collected.source
    report = SourceReport(source, collected.seconds, len(result.snapshots), result.failures)
    general = next((f.reason for f in result.failures if f.target is None), None)
    account = next((c.username for c in source.credentials.values() if c.username), "")
    warnings = dict.fromkeys([*source.warnings, *(w for s in result.snapshots for w in s.warnings)])
    return {
        "name": source.name,
        "kind": source.kind,
        "address": source.address,
        "status": report.status,
        "reason": general,
        "account": account,
        "seconds": round(collected.seconds, 1),
        "targets": len(result.targets),
        "synthetic": any(s.synthetic for s in result.snapshots),
        "warnings": list(warnings),
    }


def target_entries(audit: Audit) -> list[dict[str, Any]]:
    """One entry for each target, in the order of the coverage."""
    synthetic = {r.collected.source.name for r in audit.sources if any(s.synthetic for s in r.snapshots)}
    labels = {source.name: dict(source.labels) for source in audit.plan.sources}
    out = []
    for target in audit.coverage.targets:
        s: Snapshot | None = target.snapshot
        own = dict(s.labels) if s else labels.get(target.source, {})
        out.append(
            {
                "name": target.name,
                "platform": target.platform,
                "source": target.source,
                "version": s.version if s else "",
                "status": target.status,
                "collected_at": iso(s.taken_at) if s else None,
                "gaps": [{"path": path, "reason": reason} for path, reason in sorted(s.gaps.items())] if s else [],
                "labels": own,
                "group": s.group if s else own.get("site", ""),
                "synthetic": s.synthetic if s else target.source in synthetic,
                "part_of": target.part_of or None,
            }
        )
    return out


def _rule(planned: PlannedRule, places: Places) -> dict[str, Any]:
    rule = planned.compiled.rule
    return {
        "title": rule.title,
        "severity": rule.severity.value,
        "cat": rule.cat,
        "family": rule.family,
        "family_name": FAMILIES[rule.family],
        "rationale": rule.rationale.strip(),
        "fix": rule.fix.strip(),
        "check": by_hand(rule, places, planned.compiled.parameters),
        "references": _references(rule),
        "baselines": planned.baselines,
        "version": planned.compiled.version,
        "manual": {"reason": rule.manual.reason, "steps": rule.manual.steps} if rule.manual else None,
    }


def _references(rule: Rule) -> dict[str, list[str]]:
    """References that mean something outside this project: our own table of facts does not."""
    return {framework: ids for framework, ids in rule.references.items() if framework != "facts"}


def finding_entry(one: Judged) -> dict[str, Any]:
    """One finding as plain data."""
    rule, finding = one.planned.compiled.rule, one.finding
    at = one.target.snapshot.taken_at if one.target.snapshot else None
    grace = _grace(one)
    return {
        "target": one.target.name,
        "platform": one.target.platform,
        "baselines": one.planned.baselines,
        "rule": rule.id,
        "rule_version": one.planned.compiled.version,
        "title": rule.title,
        "severity": rule.severity.value,
        "status": finding.status.value,
        "subject": finding.subject,
        "reason": finding.reason or (f"in grace until {grace}: it does not decide the exit status" if grace else ""),
        "observations": [_observation(o, at) for o in finding.observations],
        "waiver": beside(one.decision),
        "waiver_lapsed": lapsed(one.decision),
        "grace_until": grace,
        "references": _references(rule),
    }


def _grace(one: Judged) -> str | None:
    """Until when a failure does not decide the exit status, None for all else."""
    until = one.planned.compiled.grace_until
    return until.isoformat() if until and one.finding.status == Status.FAIL else None


def _golden(golden: Golden, audit: Audit) -> dict[str, Any]:
    return {
        "id": golden.id,
        "title": golden.profile.title,
        "version": golden.profile.version,
        "sha256": golden.digest,
        **({"approval": asdict(golden.approval)} if golden.approval else {}),  # else it is a file
        "targets": [one.name for one in audit.coverage.targets if golden.fits(one) and not one.part_of],
        "not_compared": [
            {"target": target, "path": unset.path, "customisation": unset.name}
            for target, name, unset in audit.uncompared
            if name == golden.id
        ],
    }


def drift_entry(one: Drift) -> dict[str, Any]:
    """One difference as plain data."""
    return {
        "target": one.target,
        "path": one.path,
        "change": one.change,
        "expected": plain_value(one.expected),
        "actual": {"gap": one.reason} if one.change == "unknown" else plain_value(one.actual),
        "source": one.source,
        "golden": one.golden,
        "reason": one.reason,
    }


def _observation(o: Observation, at: datetime | None) -> dict[str, Any]:
    return {
        "path": o.path,
        "expected": o.expected,
        "actual": plain_value(o.actual),
        "source": o.source,
        "at": iso(at) if at else None,
    }
