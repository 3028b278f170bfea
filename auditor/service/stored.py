"""The document of a stored run, as it was, and of a past moment."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from auditor.document import SCHEMA
from auditor.errors import InputError
from auditor.evidence.captures import iso
from auditor.service.changing.labelled import Labels
from auditor.store import blobs, runs
from auditor.store.engine import Store
from auditor.store.runs import Kept, Seen

Document = dict[str, Any]


class Found(NamedTuple):
    """A document out of the store, and where its targets stand in the history: in the order of its targets."""

    document: Document
    seen: Sequence[Seen]


def document_of(store: Store, name: str) -> Document:
    """The document of a run by its public id, or of the `latest` one. Raises InputError when it is not there."""
    return found_of(store, name).document


def found_of(store: Store, name: str) -> Found:
    """The same, with its targets. Raises InputError."""
    with store.reading() as connection:
        run = runs.find_run(connection, name)
        if run is None:
            raise InputError(f"there is no run {name!r}", where=store.place, mend="`auditor run list` names them.")
        if run.head is None:
            raise InputError(
                f"the run {run.name} has no result yet: it is {run.state}", mend="Wait until it has ended."
            )
        head = blobs.get_json(connection, run.head)
        rules = blobs.get_json(connection, run.rules)
        seen = runs.targets_of_run(connection, run.id)
        return Found(assemble(connection, head, rules, seen), seen)


def assemble(
    connection: Connection, head: Mapping[str, Any], rules: Mapping[str, Any], seen: Sequence[Seen]
) -> Document:
    """The document of targets as they were seen; `head` is the rest of it."""
    by_id = {one.target: one for one in seen}
    findings = [finding_entry(by_id[kept.target], kept, rules) for kept in runs.findings_of(connection, seen)]
    labels = Labels(connection, min((one.at for one in seen), default=datetime.now(UTC)))
    drift = [
        {**body, "target": one.shown, "by_change": labels.of((one.platform, one.source, one.name), one.at, body)}
        for one, body, _, _ in runs.drift_of(connection, seen)
    ]
    listed = dict(head)
    listed["rules"] = rules
    listed["targets"] = [target_entry(one) for one in seen]
    listed["findings"] = findings
    listed["drift"] = drift
    return {"schema": SCHEMA} | listed


def target_entry(one: Seen) -> dict[str, Any]:
    """A target as it stands in the document."""
    return {
        "name": one.shown,
        "platform": one.platform,
        "source": one.source,
        "status": one.status,
        "collected_at": _read_at(one),
        **one.about,
    }


def finding_entry(one: Seen, kept: Kept, rules: Mapping[str, Any]) -> dict[str, Any]:
    """A finding as it stands in the document."""
    rule = rules.get(kept.rule, {})
    at = _read_at(one)
    body = {key: value for key, value in kept.body.items() if key not in ("subject", "observations")}
    return {
        "target": one.shown,
        "platform": one.platform,
        "rule": kept.rule,
        "title": rule.get("title", kept.rule),
        "severity": kept.severity,
        "status": kept.status,
        "subject": kept.subject,
        **body,
        "observations": [{**seen, "at": at} for seen in kept.body["observations"]],
        "references": rule.get("references", {}),
    }


def _read_at(one: Seen) -> str | None:
    return iso(one.at) if one.snapshot is not None else None
