"""The state at a past moment, as a document like that of a run: each target as it was seen last by then.

What counts is when a target was looked at, not when a run ended: captures that were judged later find their place.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from auditor.coverage import unique_names
from auditor.document import coverage_entry, drift_entry
from auditor.domain import ABSENT, Coverage, Drift, Exclusion, Target
from auditor.errors import InputError
from auditor.evidence.captures import iso
from auditor.reporting.tally import score_entry
from auditor.service.merging import merged_head, merged_rules
from auditor.service.scheduling import period_at
from auditor.service.stored import Document, Found, assemble
from auditor.service.waived import waived_at, waivers_at
from auditor.store import past
from auditor.store.engine import Store
from auditor.store.runs import Seen

Only = Callable[[Connection, Sequence[Seen]], Sequence[Seen]]


def document_at(store: Store, series: int, at: datetime, limit: timedelta | None = None) -> Document:
    """The state of a series at `at`: each target as it was seen last by then, in whatever run.

    A target whose last good snapshot was older than `limit` by then is stale, and its findings are unknown; without
    `limit`, twice the period of the schedule that the newest run belongs to. What is not of a target is that of the
    newest run. `run.as_of` says when, `run.made_of` which runs. Raises InputError when nothing had been seen.
    """
    return found_at(store, series, at, limit).document


def found_at(
    store: Store, series: int, at: datetime, limit: timedelta | None = None, only: Only | None = None
) -> Found:
    """The same, with its targets; `only` takes some of them. Raises InputError."""
    with store.reading() as connection:
        seen = past.targets_at(connection, series, at)
        seen = unambiguous(seen if only is None else only(connection, seen))
        if not seen:
            raise InputError(f"nothing was seen by {iso(at)}", where=store.place, mend="`auditor run list` names runs.")
        rows = past.rows_of(connection, {one.run for one in seen})
        if limit is None and (schedule := rows[newest(seen)[0]].schedule) is not None:
            every = period_at(connection, schedule, at)
            limit = 2 * every if every else None
        last = past.last_read(connection, series, [one.target for one in seen if one.status != "collected"], at)
        head = merged_head(connection, seen, newest(seen), rows)
        made = assemble(connection, head, merged_rules(connection, newest(seen), rows), seen)
    goods = {one.shown: one.at if one.status == "collected" else last.get(one.target) for one in seen}
    reasons = {one.shown: reason for one in seen if (reason := _stale(one, goods[one.shown], at, limit))}
    findings = waived_at([_unknown(one, reasons) for one in made["findings"]], at)
    document = made | {
        "run": {**made["run"], "as_of": iso(at)},
        "targets": [_marked(one, reasons) for one in made["targets"]],
        "findings": findings,
        "waivers": waivers_at(made["waivers"], findings, at),
        "drift": _drift(made["drift"], made["golden"], reasons),
        "coverage": coverage_entry(_coverage(seen, reasons, goods, made["coverage"]["excluded"])),
        "score": score_entry(findings),
    }
    return Found(document, seen)


def newest(seen: Iterable[Seen]) -> list[int]:
    """The runs by the last moment that they saw something, the newest first."""
    last: dict[int, int] = {}
    for one in seen:
        last[one.run] = max(one.moment, last.get(one.run, one.moment))
    return sorted(last, key=lambda run: (-last[run], -run))


def unambiguous(seen: Sequence[Seen]) -> list[Seen]:
    """Targets of several runs under names that are unique among them."""
    if len({one.shown for one in seen}) == len(seen):
        return list(seen)
    named = unique_names(Target(one.name, one.platform, one.source, one.status) for one in seen)
    return [replace(one, shown=target.name) for one, target in zip(seen, named, strict=True)]


def _stale(one: Seen, good: datetime | None, at: datetime, limit: timedelta | None) -> str:
    """Why a target is stale, "" when it is not."""
    if one.status == "stale":
        return one.reason
    if good is None or limit is None or at - good <= limit:
        return ""
    reason = f"its last good snapshot is of {good:%Y-%m-%d %H:%M} UTC, older than its schedule allows"
    return f"{reason}; {one.reason}" if one.reason else reason


def _marked(entry: Mapping[str, Any], reasons: Mapping[str, str]) -> dict[str, Any]:
    return {**entry, "status": "stale"} if entry["name"] in reasons else dict(entry)


def _unknown(finding: Mapping[str, Any], reasons: Mapping[str, str]) -> dict[str, Any]:
    reason = reasons.get(finding["target"])
    if reason is None or finding["status"] == "notchecked":
        return dict(finding)
    unknown: dict[str, Any] = {
        "status": "unknown",
        "reason": f"not read: {reason}",
        "observations": [],
        "grace_until": None,
    }
    return {**finding, **unknown, "waiver": None, "waiver_lapsed": None}


def _drift(
    drift: Sequence[Mapping[str, Any]], goldens: Sequence[Mapping[str, Any]], reasons: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The drift, with one unknown for each golden profile in place of that of a stale target."""
    kept = [dict(one) for one in drift if one["target"] not in reasons]
    stale = [(name, one["id"]) for one in goldens for name in one["targets"] if name in reasons]
    unknown = (Drift(name, "", "unknown", ABSENT, ABSENT, "", ident, reasons[name]) for name, ident in stale)
    return [*kept, *map(drift_entry, unknown)]


def _coverage(
    seen: Sequence[Seen],
    reasons: Mapping[str, str],
    goods: Mapping[str, datetime | None],
    excluded: Sequence[Mapping[str, Any]],
) -> Coverage:
    targets = [
        Target(
            one.shown,
            one.platform,
            one.source,
            "stale" if one.shown in reasons else one.status,
            reasons.get(one.shown, one.reason),
            part_of=one.about["part_of"] or "",
            last_good=goods[one.shown],
        )
        for one in seen
    ]
    out = [Exclusion(one["target"], one["reason"], one["until"] or "", one["platform"]) for one in excluded]
    return Coverage(tuple(targets), tuple(out))
