"""What is told of a judged run, within reach, counted in one pass over it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from auditor.access import Reach
from auditor.reporting.priority import priority
from auditor.store import blobs
from auditor.store.history import COUNTED
from auditor.store.listing import runs
from auditor.store.outlook import sums

FIRST = 10  # entries of each list of what to do first


def counted(connection: Connection, run: Any, reach: Reach) -> Mapping[str, Any]:
    """One pass over a run.

    {population, collected, stale, unreachable, excluded (None for whom a scope limits: what is excluded has no labels),
    passed, failed ..., platforms, severities, fixes, failing_rules, unread, unread_targets, unread_checks, reasons,
    more_reasons, unjudged, drift}.
    """
    head = blobs.get_json(connection, run.head) if reach.everything else None
    rules: Mapping[str, Any] = blobs.get_json(connection, run.rules)
    by_rule = sums.rules(connection, run.id, reach)
    waived = sums.waived(connection, run.id, reach)
    lost = sums.unread_in_all(connection, run.id, reach)
    fixes = _fixes(by_rule, waived, rules)
    reasons, unjudged = _reasons(sums.unjudged(connection, run.id, reach))
    differences, drifted = sums.drift(connection, run.id, reach)
    own = {name: getattr(run, name) for name in ("population", "collected", "stale", *COUNTED)}
    if not reach.everything:
        own = runs.counts(connection, [run.id], reach).get(run.id) or dict.fromkeys(own, 0)
    return {
        **own,
        "unreachable": own["population"] - own["collected"] - own["stale"],
        "excluded": len(head["coverage"]["excluded"]) if head is not None else None,
        "platforms": _platforms(sums.platforms(connection, run.id, reach)),
        "severities": _severities(by_rule, waived),
        "fixes": fixes[:FIRST],
        "failing_rules": len(fixes),
        "unread": [one._asdict() for one in sums.unread(connection, run.id, reach, FIRST)],
        "unread_targets": lost.targets,
        "unread_checks": lost.checks,
        "reasons": reasons[:FIRST],
        "more_reasons": max(0, len(reasons) - FIRST),
        "unjudged": unjudged,
        "drift": {"differences": differences, "targets": drifted},
    }


def _platforms(rows: Sequence[sums.ByPlatform]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for platform, status, count in rows:
        blank = {"platform": platform, "population": 0, "collected": 0, "stale": 0, "unreachable": 0}
        own = found.setdefault(platform, blank)
        own["population"] += count
        own[status] = own.get(status, 0) + count
    return list(found.values())


def _severities(rows: Sequence[sums.ByRule], waived: Mapping[str, int]) -> list[dict[str, Any]]:
    found = {name: dict.fromkeys(("fail", "waived", "unknown", "pass"), 0) for name in sums.SEVERITIES}
    for one in rows:
        own = found[one.severity]
        if one.status == "fail":
            own["waived"] += (beside := min(waived.get(one.rule, 0), one.targets))
            own["fail"] += one.targets - beside
        elif one.status in ("unknown", "error"):
            own["unknown"] += one.targets
        elif one.status == "pass":
            own["pass"] += one.targets
    return [{"severity": name, **own} for name, own in found.items() if any(own.values())]


def _fixes(rows: Sequence[sums.ByRule], waived: Mapping[str, int], rules: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rules that fail openly, the one to mend first first, by the formula of the reports."""
    judged: dict[str, int] = {}
    failed: dict[str, tuple[str, int]] = {}
    for one in rows:
        if one.status in ("fail", "unknown", "error", "pass"):
            judged[one.rule] = judged.get(one.rule, 0) + one.targets
        if one.status == "fail":
            worst, before = failed.get(one.rule, (one.severity, 0))
            worst = min(worst, one.severity, key=sums.SEVERITIES.index)
            failed[one.rule] = worst, before + one.targets
    found = []
    for name, (severity, targets) in failed.items():
        beside = min(waived.get(name, 0), targets)
        if targets > beside:
            about = rules.get(name, {})
            found.append(
                {
                    "rule": name,
                    "title": about.get("title", name),
                    "fix": about.get("fix", ""),
                    "severity": severity,
                    "targets": targets - beside,
                    "waived": beside,
                    "judged": judged[name],
                }
            )
    return sorted(found, key=lambda one: (-priority(one["severity"], one["targets"]), one["rule"]))


def _reasons(rows: Sequence[sums.Unjudged]) -> tuple[list[dict[str, Any]], int]:
    """Reasons for which something could not be judged, those of the most checks first; how many checks in all."""
    by_reason: dict[str, tuple[set[tuple[int, str]], set[int], set[str]]] = {}
    for one in rows:
        checks, targets, names = by_reason.setdefault(one.reason or "No reason was given", (set(), set(), set()))
        checks.add((one.target, one.rule))
        targets.add(one.target)
        names.add(one.rule)
    found = [
        {"reason": reason, "checks": len(checks), "targets": len(targets), "rules": sorted(names)[:FIRST]}
        for reason, (checks, targets, names) in by_reason.items()
    ]
    return sorted(found, key=lambda one: (-one["checks"], one["reason"])), len({(x.target, x.rule) for x in rows})
