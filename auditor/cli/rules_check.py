"""The report of `auditor rules check`: a line per baseline, one per fault with its file and line, and the ledger."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from auditor.cli.output import as_json, table
from auditor.library import LoadedBaseline, fact_ledger
from auditor.rulebook.schema import Rule
from auditor.rulebook.selfcheck import RuleCheck
from auditor.selection import Selection
from auditor.service.rulechecks import FileCheck, check_file


def check_files(loaded: Sequence[LoadedBaseline], format_: str, *, strict: bool) -> bool:
    """Check files of rules and print; true when every rule holds."""
    results = {one.id: check_file(one, strict=strict) for one in loaded}
    numbers = [_numbers(one.id, one.baseline.rules, results[one.id].checks) for one in loaded if one.baseline.rules]
    return _report(results.values(), numbers, [], {}, format_)


def check_library(library: Mapping[str, LoadedBaseline], format_: str) -> bool:
    """Check all rules, and what each baseline reaches of the hardening facts; true when every rule holds."""
    results = {name: check_file(one, strict=True) for name, one in library.items()}
    if faults := [fault for result in results.values() for fault in result.faults]:
        return _report(results.values(), [], [], {}, format_)
    checks = {rule: check for result in results.values() for rule, check in result.checks.items()}
    accounts = fact_ledger()
    every = [rule for one in library.values() for rule in one.baseline.rules]
    faults = accounts.faults(every)
    numbers = []
    selection = Selection(library)
    for name in sorted(library, key=lambda one: (library[one].baseline.part, one)):
        rules = [compiled.rule for compiled in selection.activate(library[name]).rules]
        have, wanted = accounts.covered(name, rules)
        row = _numbers(name, rules, checks)
        row["facts"] = f"{have} of {wanted}" if wanted else "-"
        row["part"] = "yes" if library[name].baseline.part else ""
        numbers.append(row)
    left_out = {row: why for row, why in accounts.left_out.items() if row in accounts.rows}
    return _report(results.values(), numbers, faults, left_out, format_)


def _numbers(name: str, rules: Sequence[Rule], checks: Mapping[str, RuleCheck]) -> dict[str, Any]:
    mine = [checks[rule.id] for rule in rules if rule.id in checks]
    return {
        "baseline": name,
        "rules": len(rules),
        "manual": sum(rule.manual is not None for rule in rules),
        "examples": sum(check.examples for check in mine),
        "mutants": sum(check.mutants for check in mine),
        "survivors": sum(len(check.survivors) for check in mine),
        "refused": sum(not check.ok for check in mine),
    }


def _report(
    results: Iterable[FileCheck],
    numbers: Sequence[Mapping[str, Any]],
    accounts: Sequence[str],
    left_out: Mapping[str, str],
    format_: str,
) -> bool:
    results = list(results)
    faults = [fault for result in results for fault in result.faults] + [f"ledger: {fault}" for fault in accounts]
    if format_ == "json":
        reasons = [{"row": row, "reason": why} for row, why in left_out.items()]
        as_json({"baselines": numbers, "left_out": reasons, "faults": faults})
        return not faults
    for fault in faults:
        sys.stderr.write(fault + "\n")
    for result in results:
        sys.stderr.writelines(f"advice: {line}\n" for line in result.advice)
    if numbers:
        table(tuple(numbers[0]), [[str(value) for value in row.values()] for row in numbers])
    if left_out:
        sys.stdout.write("\nfacts left out, and why\n")
        table(("row", "reason"), list(left_out.items()))
    sys.stdout.write("every rule holds\n" if not faults else f"{len(faults)} faults\n")
    return not faults
