"""Changes that were checked before their window: kept as they were foretold, decided about once by somebody else."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from auditor.access import is_other_person
from auditor.errors import ConflictError, InputError, NotFoundError
from auditor.store import blobs
from auditor.store.access.acting import Who, note
from auditor.store.change_tables import ChangeRow, ChangeTarget
from auditor.store.engine import now
from auditor.store.sql import clean, in_batches, table_of

CHECKED, APPROVED, REJECTED, WITHDRAWN = "checked", "approved", "rejected", "withdrawn"
STATES = (CHECKED, APPROVED, REJECTED, WITHDRAWN)
_CHANGE, _TARGET = table_of(ChangeRow), table_of(ChangeTarget)
_SHORT = [one for one in _CHANGE.c if one.name not in ("document", "result", "request")]


@dataclass(frozen=True, slots=True)
class Foretold:
    """One target of a change with its snapshots as plain data (`service.changes`)."""

    name: str
    own: str
    platform: str
    source: str
    labels: Mapping[str, str]
    snapshots: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Approved:
    """A target of an approved change; `snapshots` is the number of their content (`snapshots_in`)."""

    name: str
    ticket: str
    decided_at: datetime
    platform: str
    source: str
    own: str
    snapshots: int


@dataclass(frozen=True, slots=True)
class Change:
    """A change in short; see `ChangeRow`."""

    id: int
    name: str
    made_at: datetime
    made_by: str
    ticket: str
    candidate: str
    sha256: str
    state: str
    decided_by: str
    decided_at: datetime | None
    note: str
    verified_at: datetime | None
    verified_by: str
    verdict: str


def put(
    connection: Connection,
    document: Mapping[str, Any],
    targets: Sequence[Foretold],
    request: Mapping[str, Any],
    actor: Who,
) -> Change:
    """Keep a check with what it foretold; `request` is what it was judged by."""
    head, candidate = document["change"], document["candidate"]
    row = {
        "name": head["id"],
        "made_at": now(connection).replace(microsecond=0),
        "made_by": clean(str(head["by"] or ""), 200),
        "ticket": clean(str(head["ticket"] or ""), 200),
        "candidate": clean(str(candidate["name"]), 300),
        "sha256": candidate["sha256"],
        "document": blobs.put_json(connection, document),
        "request": json.dumps(request, sort_keys=True),
        "state": CHECKED,
        **dict.fromkeys(("decided_by", "note", "verified_by", "verdict"), ""),
    }
    number = connection.scalar(insert(_CHANGE).values(row).returning(_CHANGE.c.id))
    rows = [
        {
            "change": number,
            "place": place,
            "name": clean(one.name, 512),
            "own": clean(one.own, 512),
            "platform": one.platform,
            "source": one.source,
            "labels": json.dumps(dict(one.labels), sort_keys=True),
            "snapshots": blobs.put_json(connection, one.snapshots),
        }
        for place, one in enumerate(targets)
    ]
    for batch in in_batches(rows):
        connection.execute(insert(_TARGET), batch)
    made = find(connection, head["id"])
    about = {"candidate": made.candidate, "sha256": made.sha256, "ticket": made.ticket, "targets": len(targets)}
    note(connection, actor, "change checked", made.name, about)
    return made


def find(connection: Connection, name: str, *, lock: bool = False) -> Change:
    """The change of that name. Raises NotFoundError."""
    query = select(*_SHORT).where(_CHANGE.c.name == clean(name, 200))
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFoundError(f"there is no change {name[:100]!r}", mend="`auditor change list` names them.")
    return _change(row)


def listed(
    connection: Connection,
    *,
    states: Sequence[str] = (),
    ticket: str = "",
    target: str = "",
    below: int | None = None,
) -> Iterator[Change]:
    """Changes, the newest first, from below a number; `target` is a name as it is shown, or as its source has it."""
    query = select(*_SHORT).order_by(_CHANGE.c.id.desc())
    if states:
        query = query.where(_CHANGE.c.state.in_(states))
    if ticket:
        query = query.where(_CHANGE.c.ticket == clean(ticket, 200))
    if target:
        named = or_(_TARGET.c.name == clean(target, 512), _TARGET.c.own == clean(target, 512))
        query = query.where(_CHANGE.c.id.in_(select(_TARGET.c.change).where(named)))
    if below is not None:
        query = query.where(_CHANGE.c.id < below)
    for batch in in_batches(connection.execute(query)):
        yield from map(_change, batch)


def document_of(connection: Connection, change: Change) -> dict[str, Any]:
    """The check as it was made."""
    ident = connection.scalar(select(_CHANGE.c.document).where(_CHANGE.c.id == change.id))
    found: dict[str, Any] = blobs.get_json(connection, ident or 0)
    return found


def request_of(connection: Connection, change: Change) -> dict[str, Any]:
    """What it was judged by."""
    text = connection.scalar(select(_CHANGE.c.request).where(_CHANGE.c.id == change.id))
    found: dict[str, Any] = json.loads(text or "{}")
    return found


def result_of(connection: Connection, change: Change) -> dict[str, Any] | None:
    """The last verification, None before the first."""
    ident = connection.scalar(select(_CHANGE.c.result).where(_CHANGE.c.id == change.id))
    found: dict[str, Any] | None = None if ident is None else blobs.get_json(connection, ident)
    return found


def labels_of(connection: Connection, changes: Sequence[int]) -> dict[int, list[Mapping[str, str]]]:
    """The labels of the targets of changes: who may see one is who may see each of them."""
    found: dict[int, list[Mapping[str, str]]] = {number: [] for number in changes}
    for batch in in_batches(changes):
        query = select(_TARGET.c.change, _TARGET.c.labels).where(_TARGET.c.change.in_(batch)).distinct()
        for number, labels in connection.execute(query):
            found[number].append(json.loads(labels))
    return found


def targets_of(connection: Connection, change: Change) -> list[Foretold]:
    """The targets of a change with their snapshots, in the order of the check."""
    query = select(_TARGET).where(_TARGET.c.change == change.id).order_by(_TARGET.c.place)
    rows = connection.execute(query).all()
    return [
        Foretold(
            row.name,
            row.own,
            row.platform,
            row.source,
            json.loads(row.labels),
            blobs.get_json(connection, row.snapshots),
        )
        for row in rows
    ]


def of_target(
    connection: Connection, platform: str, source: str, own: str, *, states: Sequence[str] = STATES, most: int = 50
) -> list[Change]:
    """The changes of one target, the newest first."""
    mine = select(_TARGET.c.change).where(
        _TARGET.c.platform == platform, _TARGET.c.source == source, _TARGET.c.own == clean(own, 512)
    )
    query = select(*_SHORT).where(_CHANGE.c.id.in_(mine), _CHANGE.c.state.in_(states))
    return [_change(row) for row in connection.execute(query.order_by(_CHANGE.c.id.desc()).limit(most))]


def approved_since(connection: Connection, since: datetime, most: int = 5_000) -> list[Approved]:
    """Targets of the changes that were approved since then, the newest change first."""
    named = (_CHANGE.c.name, _CHANGE.c.ticket, _CHANGE.c.decided_at)
    query = select(*named, _TARGET.c.platform, _TARGET.c.source, _TARGET.c.own, _TARGET.c.snapshots)
    query = query.join(_TARGET, _TARGET.c.change == _CHANGE.c.id)
    query = query.where(_CHANGE.c.state == APPROVED, _CHANGE.c.decided_at >= since)
    rows = connection.execute(query.order_by(_CHANGE.c.id.desc(), _TARGET.c.place).limit(most))
    return [Approved(**row._mapping) for row in rows]


def snapshots_in(connection: Connection, content: int) -> dict[str, Any]:
    """{before, predicted} of a target of a change."""
    found: dict[str, Any] = blobs.get_json(connection, content)
    return found


def decide(connection: Connection, name: str, state: str, by: str, words: str, actor: Who) -> Change:
    """Approve, reject or withdraw. Raises NotFoundError, ConflictError, InputError for who may not."""
    found = find(connection, name, lock=True)
    if found.state != CHECKED:
        raise ConflictError(f"the change is {found.state} already, by {found.decided_by}", mend="Check it anew.")
    if state == WITHDRAWN:
        if found.made_by.strip().casefold() != by.strip().casefold():
            raise InputError("whoever checked it withdraws it", mend="Reject it instead.")
    elif not is_other_person(by, found.made_by):
        raise InputError("whoever checked a change does not decide about it", mend="Somebody else has to.")
    at = now(connection).replace(microsecond=0)
    own = update(_CHANGE).where(_CHANGE.c.id == found.id, _CHANGE.c.state == CHECKED)
    done = connection.execute(
        own.values(state=state, decided_by=clean(by, 200), decided_at=at, note=clean(words, 4000))
    )
    if done.rowcount != 1:
        raise ConflictError("somebody else decided about it at the same time", mend="Look at it again.")
    note(connection, actor, f"change {state}", found.name, {"checked_by": found.made_by, "note": words[:500]})
    return find(connection, name)


def put_result(connection: Connection, change: Change, result: Mapping[str, Any], by: str, actor: Who) -> Change:
    """Keep what came of it; earlier results are in the journal by their digest."""
    content = blobs.put_json(connection, result)
    at = now(connection).replace(microsecond=0)
    values = {"verified_at": at, "verified_by": clean(by, 200), "verdict": result["verdict"], "result": content}
    connection.execute(update(_CHANGE).where(_CHANGE.c.id == change.id).values(values))
    about = {"verdict": result["verdict"], "summary": result["summary"]}
    note(connection, actor, "change verified", change.name, about)
    return find(connection, change.name)


def _change(row: Row[Any]) -> Change:
    return Change(**row._mapping)
