"""Runs written straight into a store, for what no simulated host does: hostile names, many hosts, chosen verdicts."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from auditor.store import blobs, runs
from auditor.store.engine import Store
from auditor.store.history import Difference, TargetResult, Verdict, record_targets
from auditor.store.sql import key_text
from auditor.store.tables import RunSource
from tests.api.rows import add

RULE = {
    "title": "It is as it should be",
    "severity": "high",
    "cat": None,
    "family": "access",
    "family_name": "Access",
    "rationale": "Because.",
    "fix": "Mend it.",
    "check": ["Look."],
    "references": {"stig": ["X-1"]},
    "baselines": ["made-up"],
    "version": "1",
    "manual": None,
}


def verdict(rule: str, status: str, severity: str = "high", subject: str | None = None, actual: Any = "no") -> Verdict:
    """A verdict with one observation."""
    seen = {"path": f"a.{rule}", "expected": {"equals": "yes"}, "actual": actual, "source": "a file"}
    said: dict[str, Any] = {"rule_version": "1", "reason": "" if status in ("pass", "fail") else "not read: secret"}
    said |= {"observations": [seen], "waiver": None, "waiver_lapsed": None, "grace_until": None}
    return Verdict(rule, subject, status, severity, said)


def drifted(golden: str, path: str, actual: Any) -> Difference:
    """A difference from a golden profile."""
    said = {"golden": golden, "path": path, "change": "changed", "expected": "off", "actual": actual}
    return Difference(golden, path, "changed", {**said, "source": "a command", "reason": ""})


def result(
    name: str, at: datetime, verdicts: Sequence[Verdict], drift: Sequence[Difference] = (), **more: Any
) -> TargetResult:
    """A target that was read; `status`, `reason`, `source`, `platform`, `labels` say otherwise."""
    counts = {key: sum(one.status == status for one in verdicts) for key, status in COUNTS}
    about = {"version": "1", "labels": more.get("labels", {}), "gaps": [], "group": "", "synthetic": False}
    return TargetResult(
        more.get("source", "s"),
        more.get("platform", "linux"),
        name,
        name,
        0,
        more.get("status", "collected"),
        more.get("reason", ""),
        at,
        {**about, "part_of": None},
        None,
        verdicts,
        drift,
        counts,
    )


COUNTS = (("passed", "pass"), ("failed", "fail"), ("unknown", "unknown"))


def night(store: Store, name: str, at: datetime, results: Iterable[TargetResult], goldens: Sequence[str] = ()) -> None:
    """A run with these results, to its end."""
    found = list(results)
    rules = {one.rule: {**RULE, "severity": one.severity} for each in found for one in each.verdicts}
    compared = [{"id": golden, "targets": [one.name for one in found if one.judged]} for golden in goldens]
    with store.writing() as connection:
        run = runs.new_run(connection, name, {"baselines": ["made-up"]}, {}, requested_by="test")
        record_targets(connection, run, runs.series_of(connection, run), found)
        runs.add_counts(connection, run)
        head = blobs.put_json(connection, {"golden": compared, "sources": [], "coverage": {"excluded": []}})
        given = blobs.put_json(connection, {"failures": []})
        for source in sorted({one.source for one in found if one.judged}):
            row = {"run": run, "source": key_text(source), "status": "ok", "seconds": 1.0, "attempts": 1}
            add(connection, RunSource, **row, result=given, finished_at=at)
        ended = {"finished_at": at + timedelta(minutes=1), "state": "done", "population": len(found)}
        runs.change_run(connection, run, head=head, rules=blobs.put_json(connection, rules), **ended)
