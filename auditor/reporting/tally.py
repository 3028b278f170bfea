"""Counting: findings become one result per rule and target (worst subject), results become tallies and score pairs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.reporting.words import STATUSES

_RANK = {status: rank for rank, status in enumerate(STATUSES)}


@dataclass(slots=True)
class Tally:
    """How many results (rule x target, worst subject) came out how. `fail` is open failures; `waived` stands beside."""

    fail: int = 0
    waived: int = 0
    unknown: int = 0
    passed: int = 0
    notapplicable: int = 0
    notchecked: int = 0

    def add(self, result: "Result") -> None:
        """Count one result."""
        match result.status:
            case "fail" if result.waived:
                self.waived += 1
            case "fail":
                self.fail += 1
            case "pass":
                self.passed += 1
            case "notapplicable":
                self.notapplicable += 1
            case "notchecked":
                self.notchecked += 1
            case _:  # unknown, error, and anything this version does not know: never green
                self.unknown += 1

    @property
    def judged(self) -> int:
        """Results that belong in the score: not the inapplicable and the manual ones."""
        return self.fail + self.waived + self.unknown + self.passed

    @property
    def total(self) -> int:
        """All results."""
        return self.judged + self.notapplicable + self.notchecked

    @property
    def lower(self) -> float | None:
        """Percent that passes if every unknown fails; None when no rule applies. A waived failure is a failure."""
        return 100 * self.passed / self.judged if self.judged else None

    @property
    def upper(self) -> float | None:
        """Percent that passes if every unknown passes; None when no rule applies."""
        return 100 * (self.passed + self.unknown) / self.judged if self.judged else None


@dataclass(slots=True)
class Result:
    """The outcome of one rule on one target: its worst subject."""

    target: str
    rule: str
    severity: str
    status: str
    waived: bool  # every failing subject is waived
    reason: str
    findings: list[Mapping[str, Any]]


def results(findings: Iterable[Mapping[str, Any]]) -> list[Result]:
    """One result per target and rule, in the order in which they first appear."""
    out: dict[tuple[str, str], Result] = {}
    for finding in findings:
        key = (finding["target"], finding["rule"])
        status = finding["status"]
        waived = status == "fail" and bool(finding.get("waiver"))
        held = out.get(key)
        if held is None:
            out[key] = Result(*key, finding["severity"], status, waived, finding["reason"], [finding])
            continue
        held.findings.append(finding)
        if status == "fail" and held.status == "fail":
            held.waived = held.waived and waived
        elif _RANK.get(status, 1) < _RANK.get(held.status, 1):
            held.status, held.waived, held.reason = status, waived, finding["reason"]
    return list(out.values())


def score_entry(findings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The score of findings as it stands in a document: the pair in percent, and the counts of results."""
    tally = Tally()
    for one in results(findings):
        tally.add(one)
    return {
        "lower": tally.lower,
        "upper": tally.upper,
        "passed": tally.passed,
        "failed": tally.fail + tally.waived,
        "unknown": tally.unknown,
        "notapplicable": tally.notapplicable,
        "notchecked": tally.notchecked,
        "waived": tally.waived,
    }
