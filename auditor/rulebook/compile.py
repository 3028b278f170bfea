"""Rules become closures: compiled once per tailoring, then run over every snapshot."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from auditor.domain import Finding, Snapshot, Status
from auditor.rulebook.applies import Judge, guarded
from auditor.rulebook.checks import CheckBuilder, RuleError, assembled, finding
from auditor.rulebook.constraints import ConstraintError, ParameterUnset, resolve
from auditor.rulebook.schema import Rule
from auditor.rulebook.subjects import judge_each

__all__ = ["CompiledRule", "Judge", "RuleError", "compile_rule", "left_out", "not_yet", "rule_version"]
_DECIDING = {"applies_to", "for_each", "subject", "where", "expect", "any_of", "absent"}


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready to judge: one finding per subject. `version` is the hash of what decides its verdict."""

    rule: Rule
    version: str
    judge: Judge
    platforms: frozenset[str]
    grace_until: date | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    unchecked: str = ""  # why no target is ever judged by it


def rule_version(rule: Rule, parameters: Mapping[str, Any]) -> str:
    """Hash (first 16 hex digits of SHA-256) of applies_to, expectations, absence and resolved parameters."""
    decides = rule.model_dump(mode="json", include=_DECIDING)
    try:
        for key in ("where", "expect", "any_of"):
            decides[key] = resolve(decides[key], parameters)
    except ParameterUnset as unset:
        decides["unset"] = unset.name
    text = json.dumps(decides, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def compile_rule(rule: Rule, parameters: Mapping[str, Any]) -> CompiledRule:
    """`rule` with `parameters` filled in. Raises RuleError for a path, operator or parameter that does not exist."""
    unchecked = _unchecked(rule, parameters)
    judge = guarded(rule, _not_checked(rule.id, unchecked) if unchecked else _judge(rule, parameters))
    if unchecked:
        judge = _never_unknown(judge, rule.id, unchecked)
    version, platforms = rule_version(rule, parameters), frozenset(rule.applies_to.platform)
    return CompiledRule(rule, version, judge, platforms, parameters=parameters, unchecked=unchecked)


def _never_unknown(judge: Judge, rule_id: str, why: str) -> Judge:
    """Whether a rule that nobody judges is meant for a target need not be known: it is notchecked either way."""
    instead = _not_checked(rule_id, why)

    def judged(s: Snapshot) -> tuple[Finding, ...]:
        found = judge(s)
        return instead(s) if any(one.status is Status.UNKNOWN for one in found) else found

    return judged


def _unchecked(rule: Rule, parameters: Mapping[str, Any]) -> str:
    if rule.manual:
        return f"Manual: {rule.manual.reason}"
    try:
        resolve([rule.where, rule.expect, rule.any_of], parameters)
    except ParameterUnset as unset:
        return f"Not checked: {unset}. It has no default: a site decides it."
    except ConstraintError:
        return ""  # whoever builds the checks says where
    return ""


def left_out(compiled: CompiledRule, why: str) -> CompiledRule:
    """`compiled`, not judged: one finding that says why."""
    return replace(compiled, judge=_not_checked(compiled.rule.id, why), unchecked=why)


def not_yet(compiled: CompiledRule, why: str) -> CompiledRule:
    """`compiled`, judged but notchecked: each finding says what it would be, and why it does not count."""
    judge = compiled.judge

    def judged(s: Snapshot) -> tuple[Finding, ...]:
        return tuple(
            f._replace(status=Status.NOTCHECKED, reason=f"{why}; now it would be {f.status.value}") for f in judge(s)
        )

    return replace(compiled, judge=judged, unchecked=why)


def _judge(rule: Rule, parameters: Mapping[str, Any]) -> Judge:
    return judge_each(rule, parameters) if rule.for_each else _judge_one(rule, parameters)


def _not_checked(rule_id: str, why: str) -> Judge:
    return lambda s: (Finding(rule_id, s.target, Status.NOTCHECKED, None, why),)


def _judge_one(rule: Rule, parameters: Mapping[str, Any]) -> Judge:
    builder = CheckBuilder(rule, parameters)
    checks, branches = builder.entries(rule.expect, "expect"), builder.branches()
    rule_id = rule.id
    if len(checks) > 1 or branches:
        return lambda s: (finding(rule_id, s, None, checks, branches),)
    run = checks[0].run

    def one(s: Snapshot) -> tuple[Finding, ...]:
        verdict, observation = run(s, None)
        return (assembled(rule_id, s, None, verdict, (observation,)),)

    return one
