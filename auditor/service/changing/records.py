"""Changes as they are kept: the check, and the snapshots that it foretold, to be held against what comes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from auditor.access import Reach
from auditor.changes.check import Checked
from auditor.domain import Snapshot
from auditor.errors import NotFoundError
from auditor.evidence.captures import iso
from auditor.service.changing.others import told_beside
from auditor.store import changes
from auditor.store.access.acting import Who
from auditor.store.changes import Change, Foretold

_PLAIN = ("facts", "sources", "gaps", "version", "labels", "group", "synthetic", "warnings")


def keep(connection: Connection, checked: Checked, request: Mapping[str, Any], actor: Who) -> Change:
    """Keep a check, with a remark on other changes of its targets; `request` is what it was judged by.

    `request`: {baselines, tailoring, goldens}.
    """
    told_beside(connection, checked.predictions, checked.document["targets"])
    targets = []
    for one in checked.predictions:
        before, after = one.before.snapshot, one.after.snapshot
        if before is None or after is None:  # a prediction always has both
            raise AssertionError(one.before.name)
        snapshots = {"before": plain_snapshot(before), "predicted": plain_snapshot(after)}
        labels = dict(before.labels)
        targets.append(
            Foretold(one.before.name, one.before.own_name, before.platform, before.source, labels, snapshots)
        )
    return changes.put(connection, checked.document, targets, request, actor)


def plain_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as JSON data."""
    made = {name: getattr(snapshot, name) for name in _PLAIN}
    return {
        **made,
        "facts": dict(snapshot.facts),
        "sources": dict(snapshot.sources),
        "gaps": dict(snapshot.gaps),
        "labels": dict(snapshot.labels),
        "warnings": list(snapshot.warnings),
        "taken_at": iso(snapshot.taken_at),
    }


def snapshot_of(one: Foretold, which: str) -> Snapshot:
    """The snapshot `before` or `predicted` of a target."""
    data = one.snapshots[which]
    return Snapshot(
        one.name,
        one.platform,
        one.source,
        datetime.fromisoformat(data["taken_at"]).astimezone(UTC),
        data["facts"],
        data["sources"],
        data["gaps"],
        data["version"],
        data["labels"],
        data["group"],
        data["synthetic"],
        tuple(data["warnings"]),
    )


def seen(connection: Connection, name: str, reach: Reach) -> Change:
    """A change whose every target lies in reach. Raises NotFoundError."""
    found = changes.find(connection, name)
    if not those_seen(connection, [found], reach):
        raise NotFoundError("there is no such change")
    return found


def those_seen(connection: Connection, found: Sequence[Change], reach: Reach) -> list[Change]:
    """Of many the same."""
    if reach.everything:
        return list(found)
    labels = changes.labels_of(connection, [one.id for one in found])
    return [one for one in found if not reach.nothing and labels[one.id] and all(map(reach.matches, labels[one.id]))]


def list_seen(
    connection: Connection,
    reach: Reach,
    limit: int,
    *,
    states: Sequence[str] = (),
    ticket: str = "",
    target: str = "",
    below: int | None = None,
) -> list[Change]:
    """Changes whose every target lies in reach, the newest first, from below a number."""
    every = changes.listed(connection, states=states, ticket=ticket, target=target, below=below)
    found: list[Change] = []
    while len(found) < limit and (batch := list(islice(every, 200))):
        found += those_seen(connection, batch, reach)
    return found[:limit]


def told(change: Change) -> dict[str, Any]:
    """A change in short, as JSON data."""
    return {
        "id": change.name,
        "checked_at": iso(change.made_at),
        "checked_by": change.made_by,
        "ticket": change.ticket or None,
        "candidate": change.candidate,
        "sha256": change.sha256,
        "state": change.state,
        "decided_by": change.decided_by or None,
        "decided_at": iso(change.decided_at) if change.decided_at else None,
        "note": change.note or None,
        "verified_at": iso(change.verified_at) if change.verified_at else None,
        "verified_by": change.verified_by or None,
        "verdict": change.verdict or None,
    }
