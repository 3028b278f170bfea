"""Where a rule applies: version, os and role. A gapped fact makes the rule unknown, never inapplicable."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from auditor.domain import ABSENT, Finding, Snapshot, Status
from auditor.rulebook.judge import NOT_LOOKED, find_gap, find_source
from auditor.rulebook.paths import getter, parse_path
from auditor.rulebook.schema import AppliesTo, Rule
from auditor.rulebook.versions import VersionRange

Judge = Callable[[Snapshot], tuple[Finding, ...]]
_FACTS = {"os": "os.id", "role": "roles"}  # a rebuild or offspring of an os counts as that os: Rocky is like rhel


def os_names(facts: Mapping[str, Any]) -> set[str]:
    """What the system calls itself and what it says that it is like (os-release: ID, ID_LIKE); empty when not known."""
    system = facts.get("os")
    if not isinstance(system, Mapping):
        return set()
    return {str(one) for one in (system.get("id"), *(system.get("id_like") or ())) if one}


class _FactGuard(NamedTuple):
    name: str
    get: Callable[[Any], Any]
    prefixes: tuple[str, ...]
    wanted: frozenset[str]


def _fact_guards(applies: AppliesTo) -> tuple[_FactGuard, ...]:
    wanted = {"os": applies.os, "role": applies.role}
    return tuple(
        _FactGuard(name, getter(path), path.prefixes, frozenset(values))
        for name, values in wanted.items()
        if values
        for path in (parse_path(_FACTS[name]),)
    )


def guarded(rule: Rule, judge: Judge) -> Judge:
    """`judge`, behind what `applies_to` says beyond the platform."""
    applies, rule_id = rule.applies_to, rule.id
    if not (applies.version or applies.os or applies.role):
        return judge
    allowed = VersionRange(applies.version) if applies.version else None
    guards = _fact_guards(applies)

    def verdict(s: Snapshot, status: Status, reason: str) -> tuple[Finding, ...]:
        return (Finding(rule_id, s.target, status, None, reason),)

    def judged(s: Snapshot) -> tuple[Finding, ...]:
        if allowed is not None:
            if not s.version:
                return verdict(s, Status.UNKNOWN, s.gaps.get("version", "the version was not read"))
            if s.version not in allowed:
                return verdict(s, Status.NOTAPPLICABLE, f"meant for version {allowed.text}, this is {s.version}")
        for guard in guards:
            value = guard.get(s.facts)
            if s.gaps and (reason := find_gap(s.gaps, guard.prefixes, value)) is not None:
                return verdict(s, Status.UNKNOWN, f"{guard.name} could not be read: {reason}")
            if value is ABSENT and s.sources and not find_source(s.sources, guard.prefixes):
                return verdict(s, Status.UNKNOWN, f"{guard.name} is not known: {NOT_LOOKED}")
            have = os_names(s.facts) if guard.name == "os" else set(value) if isinstance(value, list) else set()
            if not have & guard.wanted:
                shown = ", ".join(sorted(map(str, have))) or "none"
                meant = ", ".join(sorted(guard.wanted))
                return verdict(s, Status.NOTAPPLICABLE, f"meant for {guard.name} {meant}, this is {shown}")
        return judge(s)

    return judged
