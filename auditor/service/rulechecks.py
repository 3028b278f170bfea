"""Rules looked at before they judge anything: their own examples, and what of two baselines cannot both pass."""

from dataclasses import asdict, dataclass, field
from typing import Any

from auditor.domain import Target
from auditor.errors import InputError
from auditor.golden.intended import intended
from auditor.golden.profile import Golden
from auditor.library import LoadedBaseline
from auditor.rulebook.conflicts import Conflict, Stated, conflicts, stated
from auditor.rulebook.selfcheck import RuleCheck, check_rule
from auditor.selection import choose
from auditor.service import catalogue
from auditor.tailorings import LoadedTailoring
from auditor.verdicts import judge, plan


@dataclass(slots=True)
class FileCheck:
    """The checks of all rules that stand in one file."""

    checks: dict[str, RuleCheck] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)


def check_file(loaded: LoadedBaseline, *, strict: bool) -> FileCheck:
    """Check every rule that stands in the file."""
    parameters = {name: parameter.default for name, parameter in loaded.baseline.parameters.items()}
    found = FileCheck()
    for n, rule in enumerate(loaded.baseline.rules):
        result = found.checks[rule.id] = check_rule(rule, parameters, strict=strict)
        for loc, message in result.problems:
            found.faults.append(f"{loaded.document.place(('rules', n, *loc))}: {rule.id}: {message}")
        place = loaded.document.place(("rules", n, "examples"))
        for mistakes, out in ((result.survivors, found.faults), (result.advice, found.advice)):
            out += [f"{place}: {rule.id}: no example notices: {mistake}" for mistake in mistakes]
    return found


def conflicts_of(first: str, second: str, tailored: LoadedTailoring | None = None) -> list[Conflict]:
    """Pairs of rules of two baselines, by name, that cannot both pass. The tailoring is for the second.

    Raises InputError.
    """
    library = catalogue.baselines()

    def rules(name: str, tailoring: LoadedTailoring | None) -> list[Stated]:
        (active,) = choose([name], tailoring, library)
        return [one for rule in active.rules if (one := stated(rule.rule, rule.parameters))]

    return list(conflicts(rules(first, None), rules(second, tailored)))


def judged(golden: Golden, baselines: list[str], version: str = "") -> list[dict[str, Any]]:
    """What the rules would say of a host that is as a profile says. Raises InputError when no rule is meant for it."""
    snapshot = intended(golden, version)
    target = Target(snapshot.target, snapshot.platform, snapshot.source, "collected", snapshot=snapshot)
    active = choose(baselines, None, catalogue.baselines())
    found = judge(target, plan(target, active, bool(baselines)))
    if not found:
        raise InputError(f"no rule of these baselines is meant for {golden.id}", mend="Name another, or the version.")
    return [
        {
            "rule": one.finding.rule,
            "title": one.planned.compiled.rule.title,
            "severity": one.planned.compiled.rule.severity.value,
            "subject": one.finding.subject,
            "status": one.finding.status.value,
            "reason": one.finding.reason,
        }
        for one in found
    ]


def as_data(found: list[Conflict]) -> list[dict[str, Any]]:
    """Conflicts as JSON."""
    return [asdict(one) for one in found]
