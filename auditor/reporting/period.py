"""A period as people read it: its nights in words, and what came and went, rule by rule."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.reporting.words import SEVERITIES, count, pair, plural

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NightLine:
    """A night: how it went (`pass`, `unknown` for a part, `fail` for nothing) and in words."""

    at: str
    run: str
    kind: str
    words: str
    reason: str
    score: str


@dataclass(slots=True)
class RuleLine:
    """What came or went of one rule: on which targets, the first and the last time."""

    rule: str
    title: str
    severity: str
    first: str
    last: str
    targets: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PeriodView:
    """The section of a report."""

    entry: Json
    nights: list[NightLine]
    bad: int  # nights in which not everything was read
    opened: list[RuleLine]
    closed: list[RuleLine]


def view(audit: Json) -> PeriodView | None:
    """None where the audit is of no period."""
    entry = audit.get("period")
    if not entry:
        return None
    nights = [_night(one) for one in entry["nights"]]
    failed = [one for one in entry["findings"] if one["failed"]]
    return PeriodView(
        entry,
        nights,
        sum(one.kind != "pass" for one in nights),
        _by_rule((one for one in failed if one["opened"]), "first_seen"),
        _by_rule((one for one in failed if one["closed_at"]), "closed_at"),
    )


def _night(one: Json) -> NightLine:
    at, targets, collected = one["due_at"] or one["started_at"], one["targets"], one["collected"]
    score = one["score"] or {"lower": None, "upper": None}
    kind, words = "fail", f"did not run: {one['state']}"
    if one["run"] is not None and one["state"] != "done":
        words = one["state"]
    elif one["run"] is not None and not collected:
        words = f"read nothing of {plural(targets, 'target')}" if targets else "had none of these targets"
    elif one["run"] is not None:
        kind = "pass" if collected == targets else "unknown"
        words = f"{count(collected)} of {plural(targets, 'target')} read"
    if not one["same_rules"]:
        words += "; judged by another choice of rules"
    shown = "–" if score["lower"] is None else f"{pair(score['lower'], score['upper'])} %"
    return NightLine(at, one["run"] or "", kind, words, one["reason"] or "", shown)


def _by_rule(findings: Iterable[Json], when: str) -> list[RuleLine]:
    lines: dict[str, RuleLine] = {}
    for one in findings:
        at = one[when]
        line = lines.setdefault(one["rule"], RuleLine(one["rule"], one["title"], one["severity"], at, at))
        line.first, line.last = min(line.first, at), max(line.last, at)
        if one["target"] not in line.targets:
            line.targets.append(one["target"])
    return sorted(lines.values(), key=lambda line: (_rank(line.severity), -len(line.targets), line.rule))


def _rank(severity: str) -> int:
    order: Sequence[str] = SEVERITIES
    return order.index(severity) if severity in order else len(order)
