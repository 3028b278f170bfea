"""Golden profiles that were proposed: each is decided about once, by somebody else, and stays as it was proposed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from auditor.access import is_other_person
from auditor.errors import ConflictError, InputError, NotFoundError
from auditor.store.access.acting import Who, note
from auditor.store.engine import now
from auditor.store.golden_tables import GoldenVersion
from auditor.store.sql import clean, in_batches, table_of

PROPOSED, APPROVED, REJECTED, WITHDRAWN, RETIRED = "proposed", "approved", "rejected", "withdrawn", "retired"
STATES = (PROPOSED, APPROVED, REJECTED, WITHDRAWN, RETIRED)
MOST_OPEN = 50  # proposals of one person that wait
_TABLE = table_of(GoldenVersion)


@dataclass(frozen=True, slots=True)
class Version:
    """A golden profile that was proposed; see `GoldenVersion`. `text` is "" where a list has not asked for it.

    One without a text of its own (no `sha256`) proposes that the approved version goes out of use: see `retires`.
    """

    id: int
    name: str
    title: str
    version: str
    platform: str
    labels: Mapping[str, str]
    text: str
    sha256: str
    state: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    note: str
    replaces: int | None
    replaced_sha256: str

    @property
    def retires(self) -> bool:
        """Whether it puts nothing in the place of what it replaces."""
        return not self.sha256


def propose(connection: Connection, values: Mapping[str, Any], reason: str, by: str, actor: Who) -> Version:
    """Keep a proposal. `values`: name, title, version, platform, labels, text, sha256, replaces, replaced_sha256.

    Raises ConflictError where too many of the same person wait.
    """
    mine = select(func.count()).where(_TABLE.c.state == PROPOSED, _TABLE.c.proposed_by == clean(by, 200))
    if (connection.scalar(mine) or 0) >= MOST_OPEN:
        raise ConflictError(f"{MOST_OPEN} of your proposals wait already", mend="Withdraw one of them.")
    at = now(connection).replace(microsecond=0)
    row = {
        **values,
        "title": clean(str(values["title"]), 500),
        "version": clean(str(values["version"]), 100),
        "labels": json.dumps(dict(values["labels"]), sort_keys=True),
        "state": PROPOSED,
        "reason": clean(reason, 4000),
        "proposed_by": clean(by, 200),
        "proposed_at": at,
        "decided_by": "",
        "note": "",
    }
    number = connection.scalar(insert(_TABLE).values(row).returning(_TABLE.c.id))
    assert number is not None  # noqa: S101  it was inserted
    made = find(connection, number)
    about = {"name": made.name, "sha256": made.sha256, "replaces": made.replaces, "reason": made.reason}
    note(connection, actor, "golden proposed", str(made.id), about)
    return made


def approve(connection: Connection, number: int, by: str, words: str, actor: Who) -> Version:
    """Put a proposal in use; the version that it replaces is retired, as is at once a proposal to do just that.

    Raises ConflictError, InputError.
    """
    found = _open(connection, number)
    _check_other(found, by)
    current = approved(connection, found.name, lock=True)
    if (current.id if current else None) != found.replaces:
        now_ = f"version {current.id} is approved" if current else "none is approved"
        raise ConflictError(
            f"the profile was changed since this was proposed: {now_} now", mend="Propose it again, on top of that."
        )
    if current is not None:
        gone = update(_TABLE).where(_TABLE.c.id == current.id, _TABLE.c.state == APPROVED)
        connection.execute(gone.values(state=RETIRED))
    return _decided(connection, found, RETIRED if found.retires else APPROVED, by, words, actor)


def reject(connection: Connection, number: int, by: str, words: str, actor: Who) -> Version:
    """Turn a proposal down. Raises ConflictError, InputError for whoever proposed it."""
    found = _open(connection, number)
    _check_other(found, by)
    return _decided(connection, found, REJECTED, by, words, actor)


def withdraw(connection: Connection, number: int, by: str, words: str, actor: Who) -> Version:
    """Take a proposal of one's own back. Raises ConflictError, InputError for anybody else's."""
    found = _open(connection, number)
    if found.proposed_by.strip().casefold() != by.strip().casefold():
        raise InputError("whoever proposed it withdraws it", mend="Reject it instead.")
    return _decided(connection, found, WITHDRAWN, by, words, actor)


def find(connection: Connection, number: int, *, lock: bool = False) -> Version:
    """The proposal of that number. Raises NotFoundError."""
    query = select(_TABLE).where(_TABLE.c.id == number)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFoundError(f"there is no proposal {number}", mend="`auditor golden proposals` names them.")
    return _version(row)


def approved(connection: Connection, name: str, *, lock: bool = False) -> Version | None:
    """The version of that name that is in use now."""
    query = select(_TABLE).where(_TABLE.c.name == clean(name, 200), _TABLE.c.state == APPROVED)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _version(row)


def approved_at(connection: Connection, name: str, at: datetime) -> Version | None:
    """The version of that name that was in use at a moment: of those approved by then, the last; None once it was taken
    out of use. A moment without a part of a second means its end: runs begin at whole seconds.
    """
    at = at if at.microsecond else at.replace(microsecond=999_999)
    query = select(_TABLE).where(
        _TABLE.c.name == clean(name, 200), _TABLE.c.state.in_([APPROVED, RETIRED]), _TABLE.c.decided_at <= at
    )
    last = (_TABLE.c.decided_at.desc(), _TABLE.c.state, _TABLE.c.id.desc())  # approved comes before retired
    row = connection.execute(query.order_by(*last).limit(1)).first()
    return None if row is None or not row.sha256 else _version(row)


def in_use(connection: Connection, *, texts: bool = True) -> list[Version]:
    """Every approved version, by name."""
    query = _columns(texts).where(_TABLE.c.state == APPROVED).order_by(_TABLE.c.name)
    return [_version(row) for row in connection.execute(query)]


def listed(
    connection: Connection, *, states: Sequence[str] = (), name: str = "", below: int | None = None
) -> Iterator[Version]:
    """Proposals without their text, the newest first, from below a number."""
    query = _columns(texts=False).order_by(_TABLE.c.id.desc())
    if states:
        query = query.where(_TABLE.c.state.in_(states))
    if name:
        query = query.where(_TABLE.c.name == clean(name, 200))
    if below is not None:
        query = query.where(_TABLE.c.id < below)
    for batch in in_batches(connection.execute(query)):
        yield from map(_version, batch)


def _columns(texts: bool) -> Any:
    return select(_TABLE) if texts else select(*(one for one in _TABLE.c if one.name != "text"))


def _open(connection: Connection, number: int) -> Version:
    found = find(connection, number, lock=True)
    if found.state != PROPOSED:
        raise ConflictError(f"the proposal is {found.state} already, by {found.decided_by}", mend="Look at it again.")
    return found


def _check_other(found: Version, by: str) -> None:
    if not is_other_person(by, found.proposed_by):
        raise InputError("whoever proposed it does not decide about it", mend="Somebody else has to.")


def _decided(connection: Connection, found: Version, state: str, by: str, words: str, actor: Who) -> Version:
    own = update(_TABLE).where(_TABLE.c.id == found.id, _TABLE.c.state == PROPOSED)
    at = now(connection)  # to the microsecond: a run that began in the same second stays with what it began with
    try:
        done = connection.execute(
            own.values(state=state, decided_by=clean(by, 200), decided_at=at, note=clean(words, 4000))
        )
    except IntegrityError:
        raise ConflictError("another version was approved at the same time", mend="Look at it again.") from None
    if done.rowcount != 1:
        raise ConflictError("somebody else decided about it at the same time", mend="Look at it again.")
    made = find(connection, found.id)
    about = {"name": made.name, "sha256": made.sha256, "proposed_by": made.proposed_by, "note": made.note}
    note(connection, actor, f"golden {state}", str(made.id), about)
    return made


def _version(row: Row[Any]) -> Version:
    said = dict(row._mapping)
    return Version(**{"text": "", **said, "labels": json.loads(said["labels"])})
