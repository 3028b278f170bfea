"""From targets and baselines to findings, and from findings to the score. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from auditor.domain import EMPTY, Finding, Snapshot, Status, Target
from auditor.rulebook.applies import os_names
from auditor.rulebook.compile import CompiledRule
from auditor.rulebook.examples import worst
from auditor.rulebook.schema import AppliesTo
from auditor.rulebook.versions import VersionRange
from auditor.selection import ActiveBaseline
from auditor.waivers import Decision, Matcher, Seen


@dataclass(slots=True)
class PlannedRule:
    """A rule that will be judged, and the baselines that ask for it."""

    compiled: CompiledRule
    baselines: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with the rule and baselines behind it, and what waivers say of it."""

    finding: Finding
    target: Target
    planned: PlannedRule
    decision: Decision | None = None

    @property
    def waived(self) -> bool:
        """Whether a waiver stands beside it."""
        return self.decision is not None and self.decision.waiver is not None


@dataclass(frozen=True, slots=True)
class Score:
    """The pair, in percent: everything unknown fails, or passes. None when nothing applies. Unit: rule x target."""

    lower: float | None
    upper: float | None
    passed: int
    failed: int
    unknown: int
    notapplicable: int
    notchecked: int
    waived: int = 0


def plan(target: Target, baselines: Sequence[ActiveBaseline], chosen_by_name: bool) -> list[PlannedRule]:
    """The rules for a target. A rule that two baselines reach is one rule that names both.

    Baselines that nobody named are used only on targets that they say they are for, or else where one of their rules
    fits the target's platform, version, os and role. On a target that was not read, every baseline of its platform
    counts.
    """
    planned: dict[str, PlannedRule] = {}
    for baseline in baselines:
        rules = [rule for rule in baseline.rules if target.platform in rule.platforms]
        if not chosen_by_name and not _used(baseline, rules, target):
            continue
        for rule in rules:
            planned.setdefault(rule.rule.id, PlannedRule(rule)).baselines.append(baseline.id)
    return list(planned.values())


def _used(baseline: ActiveBaseline, rules: Sequence[CompiledRule], target: Target) -> bool:
    """True when a baseline that nobody named is meant for the target; one that was not read may be anything."""
    if baseline.applies_to:
        return any(target.platform in one.platform and _fits(one, target.snapshot) for one in baseline.applies_to)
    return any(_fits(rule.rule.applies_to, target.snapshot) for rule in rules)


def _fits(applies: AppliesTo, snapshot: Snapshot | None) -> bool:
    if snapshot is None:
        return True
    if applies.version and snapshot.version and snapshot.version not in VersionRange(applies.version):
        return False
    names, roles = os_names(snapshot.facts), snapshot.facts.get("roles")
    if applies.os and names and not names & set(applies.os):
        return False
    return not applies.role or not isinstance(roles, list) or bool(set(roles) & set(applies.role))


def judge(target: Target, planned: Iterable[PlannedRule]) -> list[Judged]:
    """All findings of a target. One that was not read has one unknown finding per rule, never a better one."""
    out = []
    for one in planned:
        if target.snapshot is None:
            findings = _not_read(target, one)
        elif target.part_of:
            findings = _elsewhere(target, one)
        else:
            findings = _judge(target.snapshot, one)
        out += [Judged(finding, target, one) for finding in findings]
    return out


def _not_read(target: Target, one: PlannedRule) -> tuple[Finding, ...]:
    rule, unchecked = one.compiled.rule, one.compiled.unchecked
    if unchecked:  # nobody would judge it, read or not
        return (Finding(rule.id, target.name, Status.NOTCHECKED, None, unchecked),)
    return (Finding(rule.id, target.name, Status.UNKNOWN, None, f"not read: {target.reason}"),)


def _elsewhere(target: Target, one: PlannedRule) -> tuple[Finding, ...]:
    rule = one.compiled.rule
    return (Finding(rule.id, target.name, Status.NOTAPPLICABLE, None, f"managed by {target.part_of}"),)


def _judge(snapshot: Snapshot, one: PlannedRule) -> tuple[Finding, ...]:
    try:
        return one.compiled.judge(snapshot)
    except Exception as problem:  # a fault in one rule must not hide the verdicts of the others
        reason = f"the rule could not be judged: {type(problem).__name__}: {problem}"
        return (Finding(one.compiled.rule.id, snapshot.target, Status.ERROR, None, reason[:600]),)


def waive(judged: Iterable[Judged], waivers: Matcher) -> list[Judged]:
    """The findings, with what the waivers say of each. No status changes."""
    return [_waive(one, waivers) if waivers.concerns(one.finding.rule) else one for one in judged]


def _waive(one: Judged, waivers: Matcher) -> Judged:
    target = one.target
    labels = target.snapshot.labels if target.snapshot else EMPTY  # what was not read is not waived anyway
    version = one.planned.compiled.version
    decision = waivers.decide(Seen(one.finding, target.platform, target.source, version, labels, target.own_name))
    return one if decision is None else replace(one, decision=decision)


def score(judged: Iterable[Judged]) -> Score:
    """The score over rule x target, worst subject. Errors count as unknown.

    A waived failure is a failure; `waived` counts, among the failed, those of which every failing subject is waived.
    """
    per: dict[tuple[str, str, str], list[Status]] = {}
    waived: set[tuple[str, str, str]] = set()
    open_: set[tuple[str, str, str]] = set()
    for one in judged:
        key = (one.target.platform, one.target.name, one.finding.rule)
        per.setdefault(key, []).append(one.finding.status)
        if one.finding.status is Status.FAIL:
            (waived if one.waived else open_).add(key)
    count = dict.fromkeys(Status, 0)
    for statuses in per.values():
        count[worst(statuses)] += 1
    return pair(
        passed=count[Status.PASS],
        failed=count[Status.FAIL],
        unknown=count[Status.UNKNOWN] + count[Status.ERROR],
        notapplicable=count[Status.NOTAPPLICABLE],
        notchecked=count[Status.NOTCHECKED],
        waived=len(waived - open_),
    )


def pair(
    *, passed: int, failed: int, unknown: int, notapplicable: int = 0, notchecked: int = 0, waived: int = 0
) -> Score:
    """The score of counted rules x targets."""
    whole = passed + failed + unknown
    lower = 100.0 * passed / whole if whole else None
    upper = 100.0 * (passed + unknown) / whole if whole else None
    return Score(lower, upper, passed, failed, unknown, notapplicable, notchecked, waived)
