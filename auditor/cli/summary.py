"""What a person reads when an audit ends: coverage, the pair, what to fix first, where the reports are."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from auditor.cli.output import one_line, table
from auditor.domain import Severity
from auditor.reporting.words import percent, until

_TOP = 5


def print_summary(audit: Mapping[str, Any]) -> None:
    """Print the summary of an audit document."""
    coverage, score, run = audit["coverage"], audit["score"], audit["run"]
    out = sys.stdout.write
    out(f"\n{_title(run)}" + (", with synthetic captures" if run["synthetic"] else "") + "\n\n")
    table(("platform", "population", "read", "fail", "unknown", "pass"), _platform_rows(audit))
    out(f"\nRead {coverage['collected']} of {coverage['population']} targets.")
    if score["lower"] is None:
        out(" No rule applied to any of them.\n")
    else:
        lower, upper = percent(score["lower"]), percent(score["upper"])
        out(f" {lower} % pass if everything unread fails, {upper} % if it passes.\n")
    for line in _not_read(coverage["unreachable"]):
        out(line + "\n")
    _print_waivers(audit)
    _print_first(audit)


def _title(run: Mapping[str, Any]) -> str:
    """Which run it is, or which state: one that nobody read at once says so."""
    again = run.get("rejudged")
    judged = f", judged again at {again['at']}; no target was asked" if again else ""
    if run.get("as_of"):
        newest = run["made_of"][0]
        return f"State as of {run['as_of']}, each target as it was seen last by then (newest run {newest}){judged}"
    if again:
        return f"Run {again['run']}{judged}"
    return f"Run {run['id']}"


def _platform_rows(audit: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Numbers per platform, counted as the score is: a check is one rule on one target, judged by its worst subject."""
    checks: dict[tuple[str, str, str], set[str]] = {}
    for finding in audit["findings"]:
        checks.setdefault((finding["platform"], finding["target"], finding["rule"]), set()).add(finding["status"])
    count: dict[str, dict[str, int]] = {}
    for (platform, _, _), statuses in checks.items():
        row = count.setdefault(platform, {})
        worst = next((one for one in ("fail", "error", "unknown", "pass") if one in statuses), "")
        row[worst] = row.get(worst, 0) + 1
    rows = []
    for platform, numbers in audit["coverage"]["by_platform"].items():
        own = count.get(platform, {})
        unknown = own.get("unknown", 0) + own.get("error", 0)
        cells = (numbers["population"], numbers["collected"], own.get("fail", 0), unknown, own.get("pass", 0))
        rows.append((platform, *map(str, cells)))
    return rows


def _not_read(unreachable: Sequence[Mapping[str, Any]]) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for one in unreachable:
        reasons.setdefault(one["reason"], []).append(one["target"])
    lines = []
    for reason, names in list(reasons.items())[:_TOP]:
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        lines.append(f"NOT READ  {one_line(shown)}: {one_line(reason)}")
    if len(reasons) > _TOP:
        lines.append(f"NOT READ  for {len(reasons) - _TOP} other reasons; the report names all.")
    return lines


def _print_waivers(audit: Mapping[str, Any]) -> None:
    """What is waived, and the waivers that want attention: those that expired, lapsed, or end soon."""
    if waived := audit["score"]["waived"]:
        sys.stdout.write(f"Waived: {waived} of {audit['score']['failed']} failing checks; they stay failures.\n")
    troubled = [one for one in audit.get("waivers", ()) if one["attention"]]
    for one in troubled[:_TOP]:
        what = one["reason"] if one["attention"] != "expiring" else f"ends {until(one['expires'], one['zone'])}"
        sys.stdout.write(f"WAIVER {one['attention'].upper()}  {one_line(one['id'])}, {one['rule']}: {one_line(what)}\n")
    if len(troubled) > _TOP:
        sys.stdout.write(f"WAIVER  {len(troubled) - _TOP} more want attention; the report names all.\n")


def _print_first(audit: Mapping[str, Any]) -> None:
    """Rules with open failures; what is waived needs no mending first."""
    hosts: dict[str, set[str]] = {}
    waived: dict[str, set[str]] = {}
    for finding in audit["findings"]:
        if finding["status"] == "fail":
            (waived if finding["waiver"] else hosts).setdefault(finding["rule"], set()).add(finding["target"])
    if not hosts:
        return
    rules = audit["rules"]
    order = sorted(hosts, key=lambda r: (-Severity(rules[r]["severity"]).rank, -len(hosts[r]), r))[:_TOP]
    head = ["severity", "targets", "rule", "what is true when it passes"]
    rows = [[rules[r]["severity"], str(len(hosts[r])), r, rules[r]["title"]] for r in order]
    if any(r in waived for r in order):
        head.insert(2, "waived")
        for r, row in zip(order, rows, strict=True):
            row.insert(2, str(len(waived.get(r, set()) - hosts[r])))
    sys.stdout.write("\nFix first\n")
    table(head, rows)
