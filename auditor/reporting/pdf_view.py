"""What the PDF prints per host and per rule: pure, and bounded, so that page counts stay sane at any size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.reporting.summary import Host, Summary
from auditor.reporting.tally import Result
from auditor.reporting.words import SEVERITIES

ROWS_PER_HOST = 120  # worst first; the rest is said in words and stands in the other formats
GROUP_FROM = 3  # so many unknown rules with one reason become one row
ROW_BUDGET = 24_000  # rows in one PDF, about 1,300 pages


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a host's table: a failing rule, an unknown rule, or several unknown rules with one reason."""

    kind: str  # fail, waived, unknown, error
    severity: str
    rules: list[str]
    reason: str
    findings: list[Mapping[str, Any]]  # those of that status; one per subject


@dataclass(frozen=True, slots=True)
class HostPage:
    """One host's section."""

    host: Host
    lines: list[Line]
    left_out: int


@dataclass(slots=True)
class RuleCard:
    """One rule with something open, and where."""

    rule: str
    severity: str
    fail: list[Host] = field(default_factory=list)
    waived: list[Host] = field(default_factory=list)
    unknown: list[Host] = field(default_factory=list)


def host_pages(summary: Summary) -> list[HostPage]:
    """Sections of the hosts that were read and have something open, in the order of their names."""
    out, budget = [], ROW_BUDGET
    for host in sorted(summary.hosts, key=lambda h: h.name):
        if not host.read:
            continue
        lines = _lines(host)
        if lines:
            room = max(1, min(ROWS_PER_HOST, budget))
            out.append(HostPage(host, lines[:room], sum(len(x.rules) for x in lines[room:])))
            budget -= min(len(lines), room)
    return out


def rule_cards(summary: Summary) -> list[RuleCard]:
    """Rules with an open, waived or (on a host that was read) unknown result: those to fix first come first."""
    cards: dict[str, RuleCard] = {}
    for host in summary.hosts:
        for result in host.results:
            kind = _kind(result)
            if kind is None or (kind == "unknown" and not host.read):
                continue
            card = cards.setdefault(result.rule, RuleCard(result.rule, result.severity))
            {"fail": card.fail, "waived": card.waived, "unknown": card.unknown}[kind].append(host)
    place = {fix.rule: i for i, fix in enumerate(summary.fixes)}
    return sorted(cards.values(), key=lambda c: (place.get(c.rule, len(place)), _rank(c.severity), c.rule))


def _kind(result: Result) -> str | None:
    if result.status == "fail":
        return "waived" if result.waived else "fail"
    return None if result.status in ("pass", "notapplicable", "notchecked") else "unknown"


def _lines(host: Host) -> list[Line]:
    failing: list[Line] = []
    unknown: dict[str, list[Result]] = {}
    for result in host.results:
        kind = _kind(result)
        if kind in ("fail", "waived"):
            bad = [f for f in result.findings if f["status"] == "fail"]
            failing.append(Line(kind, result.severity, [result.rule], result.reason, bad))
        elif kind:
            unknown.setdefault(result.reason or "No reason was given", []).append(result)
    failing.sort(key=lambda x: (x.kind == "waived", _rank(x.severity)))
    return failing + sorted(_unknown(unknown), key=lambda x: _rank(x.severity))


def _unknown(by_reason: Mapping[str, Sequence[Result]]) -> list[Line]:
    out = []
    for reason, found in by_reason.items():
        worst = min((r.severity for r in found), key=_rank)
        if len(found) >= GROUP_FROM:
            out.append(Line("unknown", worst, [r.rule for r in found], reason, []))
        else:
            out += [Line(r.status, r.severity, [r.rule], reason, r.findings[:1]) for r in found]
    return out


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
