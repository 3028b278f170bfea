"""The report of `auditor rules check`: one line per baseline, one per fault with its file and line."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from auditor.cli.output import as_json, table
from auditor.library import LoadedBaseline
from auditor.rulebook.selfcheck import RuleCheck, check_rule


@dataclass(slots=True)
class BaselineCheck:
    """The checks of all rules of one baseline."""

    baseline: str
    manual: int = 0
    checks: list[RuleCheck] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)


def check_baseline(loaded: LoadedBaseline, *, strict: bool) -> BaselineCheck:
    """Check every rule that stands in the file."""
    parameters = {name: parameter.default for name, parameter in loaded.baseline.parameters.items()}
    found = BaselineCheck(loaded.id)
    for n, rule in enumerate(loaded.baseline.rules):
        result = check_rule(rule, parameters, strict=strict)
        found.checks.append(result)
        found.manual += rule.manual is not None
        for loc, message in result.problems:
            found.faults.append(f"{loaded.document.place(('rules', n, *loc))}: {rule.id}: {message}")
        place = loaded.document.place(("rules", n, "examples"))
        for mistakes, out in ((result.survivors, found.faults), (result.advice, found.advice)):
            out += [f"{place}: {rule.id}: no example notices: {mistake}" for mistake in mistakes]
    return found


def check_files(loaded: Sequence[LoadedBaseline], format_: str, *, strict: bool) -> bool:
    """Check and print; true when every rule holds."""
    results = [check_baseline(one, strict=strict) for one in loaded]
    faults = [fault for result in results for fault in result.faults]
    numbers = [
        {
            "baseline": result.baseline,
            "rules": len(result.checks),
            "manual": result.manual,
            "examples": sum(check.examples for check in result.checks),
            "mutants": sum(check.mutants for check in result.checks),
            "survivors": sum(len(check.survivors) for check in result.checks),
            "refused": sum(not check.ok for check in result.checks),
        }
        for result in results
    ]
    if format_ == "json":
        as_json({"baselines": numbers, "faults": faults})
        return not faults
    for fault in faults:
        sys.stderr.write(fault + "\n")
    for result in results:
        sys.stderr.writelines(f"advice: {line}\n" for line in result.advice)
    if numbers:
        table(tuple(numbers[0]), [[str(value) for value in row.values()] for row in numbers])
    sys.stdout.write("every rule holds\n" if not faults else f"{len(faults)} faults\n")
    return not faults
