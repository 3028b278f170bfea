"""The state as it was known at a past time, as a document like that of a run."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from auditor.document import coverage_entry
from auditor.domain import Coverage, Exclusion, Target
from auditor.errors import InputError
from auditor.evidence.captures import iso
from auditor.reporting.tally import Tally, results
from auditor.service.stored import Document, assemble
from auditor.store import blobs, runs
from auditor.store.engine import Store
from auditor.store.history import time_of
from auditor.store.runs import Seen


def document_at(store: Store, series: int, at: datetime, limit: timedelta | None = None) -> Document:
    """The state of a series as it was known at `at`: each target as it was seen last by then.

    A target whose last good snapshot was older than `limit` by then is stale, and its findings are unknown. All else is
    that of the last run that had ended. `run.as_of` says when. Raises InputError when no run had ended.
    """
    with store.reading() as connection:
        run = runs.last_run_at(connection, series, at)
        if run is None:
            raise InputError(f"no run had ended by {iso(at)}", where=store.place, mend="`auditor run list` names them.")
        seen = runs.targets_at(connection, series, at)
        rules: dict[str, Any] = {}
        for ident in runs.rules_of(connection, {one.run for one in seen}):
            rules |= blobs.get_json(connection, ident)
        made = assemble(connection, blobs.get_json(connection, run.head), rules, seen)
    reasons = {one.shown: reason for one in seen if (reason := _stale(one, at, limit))}
    targets = [_marked(one, reasons) for one in made["targets"]]
    findings = [_unknown(one, reasons) for one in made["findings"]]
    return made | {
        "run": {**made["run"], "as_of": iso(at)},
        "targets": targets,
        "findings": findings,
        "coverage": coverage_entry(_coverage(seen, reasons, made["coverage"]["excluded"])),
        "score": _score(findings),
    }


def _stale(one: Seen, at: datetime, limit: timedelta | None) -> str:
    """Why a target is stale, "" when it is not."""
    taken = time_of(one.moment)
    if one.status == "stale":
        return one.reason
    if one.status != "collected" or limit is None or at - taken <= limit:
        return ""
    return f"its last good snapshot is of {iso(taken)}, older than its schedule allows"


def _marked(entry: Mapping[str, Any], reasons: Mapping[str, str]) -> dict[str, Any]:
    return {**entry, "status": "stale"} if entry["name"] in reasons else dict(entry)


def _unknown(finding: Mapping[str, Any], reasons: Mapping[str, str]) -> dict[str, Any]:
    reason = reasons.get(finding["target"])
    if reason is None or finding["status"] in ("unknown", "notchecked"):
        return dict(finding)
    return {
        **finding,
        "status": "unknown",
        "reason": f"not read: {reason}",
        "observations": [],
        "waiver": None,
        "waiver_lapsed": None,
    }


def _coverage(seen: Sequence[Seen], reasons: Mapping[str, str], excluded: Sequence[Mapping[str, Any]]) -> Coverage:
    targets = [
        Target(
            one.shown,
            one.platform,
            one.source,
            "stale" if one.shown in reasons else one.status,
            reasons.get(one.shown, one.reason),
            part_of=one.about["part_of"] or "",
            last_good=time_of(one.moment) if one.snapshot is not None else None,
        )
        for one in seen
    ]
    out = [Exclusion(one["target"], one["reason"], one["until"] or "", one["platform"]) for one in excluded]
    return Coverage(tuple(targets), tuple(out))


def _score(findings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
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
