"""`auditor drift` between two audits: findings that have another status, or were observed with another value."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from auditor.cli import EXIT_COVERAGE, EXIT_FINDINGS, EXIT_OK, origins
from auditor.cli.output import as_json
from auditor.errors import InputError

_LARGEST = 2**30  # bytes; 300 hosts with their machines make about 200 MB


def drift_of_audits(
    since: Path, until: Path | None, inventory: Any, captures: Any, patterns: list[str], form: str
) -> int:
    """The drift since an audit.json: until another one, or until an audit of now by the same baselines."""
    from fnmatch import fnmatchcase

    from auditor.attribution import among
    from auditor.auditdrift import between_audits
    from auditor.document import drift_entry

    old = read_audit(since)
    if until is not None and (inventory is not None or captures is not None):
        raise InputError("name one later side", mend="Give --until NEW.json, or -i, or --from.")
    logs: dict[tuple[str, str], Any]
    centres: dict[str, Any]
    if until is not None:
        new, logs, centres = read_audit(until), {}, {}
    else:
        new, logs, centres = _audit(old, since, inventory, captures, patterns)
    found = []
    for one in between_audits(old, new, everything=until is not None or not patterns):
        if until is not None and patterns and not any(fnmatchcase(one.drift.target, p) for p in patterns):
            continue
        log = logs.get((one.platform, one.drift.target))
        centre = centres.get(log.source) if log else None
        found.append((one, among(one.drift, _time(one.last_good), _time(one.first_seen), log, centre)))
    if form == "json":
        entries = [
            {
                **drift_entry(one.drift),
                "rule": one.rule or None,
                "subject": one.subject,
                "status_before": one.was,
                "status": one.now,
                **origins.entry(origin),
            }
            for one, origin in found
        ]
        as_json({"since": old["run"]["finished_at"], "until": new["run"]["finished_at"], "drift": entries})
    else:
        for one, origin in found:
            status = f"{one.was or 'none'} to {one.now or 'none'}" if one.was != one.now else str(one.now)
            where = f"{one.rule} {one.subject}" if one.subject else one.rule
            origins.show(one.drift, origin, f"{where} {status}".strip())
        names = {one.drift.target for one, _ in found if one.drift.change != "unknown"}
        sys.stdout.write(f"{len(names)} of {len(new['targets'])} targets drifted since {old['run']['finished_at']}\n")
    if any(one.drift.change != "unknown" for one, _ in found):
        return EXIT_FINDINGS
    return EXIT_COVERAGE if found else EXIT_OK


def read_audit(path: Path) -> dict[str, Any]:
    """An audit document, with the parts that drift looks at in their form. Raises InputError."""
    mend = "Name an audit.json that `auditor audit` wrote."
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError("it is larger than 1 GiB", where=str(path), mend=mend)
        found = json.loads(path.read_bytes())
    except OSError as problem:
        raise InputError(f"it cannot be read: {problem.strerror}", where=str(path), mend=mend) from None
    except (ValueError, RecursionError):
        raise InputError("it is no JSON", where=str(path), mend=mend) from None
    if not _formed(found):
        raise InputError("it is no audit document of the form auditor/1", where=str(path), mend=mend)
    return dict(found)


def _formed(found: Any) -> bool:
    from auditor.document import SCHEMA

    try:
        return found["schema"] == SCHEMA and all(
            (
                isinstance(found["run"]["finished_at"], str),
                all(isinstance(one[key], str) for one in found["targets"] for key in ("name", "platform", "status")),
                all(
                    isinstance(one[key], str)
                    for one in found["findings"]
                    for key in ("target", "platform", "rule", "status", "reason")
                ),
                all(one["subject"] is None or isinstance(one["subject"], str) for one in found["findings"]),
                all(
                    isinstance(seen["path"], str) and "actual" in seen
                    for one in found["findings"]
                    for seen in one["observations"]
                ),
            )
        )
    except (KeyError, TypeError, IndexError):
        return False


def _audit(
    old: dict[str, Any], since: Path, inventory: Any, captures: Any, patterns: list[str]
) -> tuple[dict[str, Any], dict[tuple[str, str], Any], dict[str, Any]]:
    """An audit of now by the baselines of the old one, the snapshot of each target, and the vCenter of each source."""
    from auditor.cli.audit import Limits, perform
    from auditor.cli.inputs import checked_key, sources_of
    from auditor.logging import start_log
    from auditor.pipeline import Plan
    from auditor.selection import choose

    start_log(None)
    if old["run"].get("tailoring"):
        why = "that audit was tailored, and its tailoring is not in it"
        raise InputError(why, where=str(since), mend="Audit now with the same tailoring and give --until NEW.json.")
    names = [str(one["id"]) for one in old["run"].get("baselines") or ()]
    sources, excluded = sources_of(inventory, captures, patterns)
    checked_key(sources)
    made, run = perform(Plan(sources, choose(names), excluded, patterns), Limits())
    logs = {(one.platform, one.name): one.snapshot for one in run.coverage.targets if one.snapshot}
    return made, logs, origins.centres(run)


def _time(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return None
    return found if found and found.tzinfo else None
