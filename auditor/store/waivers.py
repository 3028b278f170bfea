"""Waivers: requested, approved, rejected, revoked. Each step is taken once, and stands in the journal."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from auditor.errors import InputError
from auditor.store.access.acting import Who, note
from auditor.store.engine import Store, now
from auditor.store.sql import clean, table_of
from auditor.store.tables import WaiverRow
from auditor.waivers import Bound, State, Waiver, WaiverError
from auditor.waivers.form import WaiverForm, plain

REMEMBERED = timedelta(days=90)  # after its end a waiver is listed for so long
_TABLE = table_of(WaiverRow)
_SEEN = (State.REQUESTED, State.APPROVED)
_KEPT = 20_000  # characters of a definition that is kept in memory


@dataclass(frozen=True, slots=True)
class StoredWaiver:
    """A waiver with its row's number, and when it was last changed."""

    id: int
    waiver: Waiver
    created_at: datetime
    changed_at: datetime


def request(connection: Connection, waiver: Waiver, actor: Who) -> Waiver:
    """Keep a new waiver that nobody approved yet; one without an id is given the next free one. Raises InputError."""
    at = now(connection).replace(microsecond=0)
    made = replace(waiver, requested_at=at, state=State.REQUESTED, approved_by="", approved_at=None)
    if at >= made.end.at:
        raise InputError(f"its end, {made.end.words}, has passed", mend="Name a later day.")
    if waiver.id:
        if not _insert(connection, made, at):
            raise InputError(f"there is a waiver {made.id} already", mend="Give another id, or none.")
    else:
        number = connection.scalar(select(func.count()).select_from(_TABLE)) or 0
        while not _insert(connection, made := replace(made, id=f"W-{(number := number + 1)}"), at):
            pass
    note(connection, actor, "waiver requested", made.id, plain(made))
    return made


def approve(connection: Connection, name: str, by: str, bound: Sequence[Bound], actor: Who) -> Waiver:
    """Accept what `bound` names. Raises InputError when somebody else has decided, or may not."""
    at = now(connection).replace(microsecond=0)
    return _step(connection, name, lambda one: one.approve(by, max(at, one.requested_at), bound), actor)


def reject(connection: Connection, name: str, by: str, why: str, actor: Who) -> Waiver:
    """Turn a request down. Raises InputError."""
    at = now(connection).replace(microsecond=0)
    return _step(connection, name, lambda one: one.reject(by, at, why), actor)


def revoke(connection: Connection, name: str, by: str, why: str, actor: Who) -> Waiver:
    """Take back a waiver, or a request. Raises InputError."""
    at = now(connection).replace(microsecond=0)
    return _step(connection, name, lambda one: one.revoke(by, at, why), actor)


def withdraw(connection: Connection, name: str, by: str, why: str, actor: Who) -> Waiver:
    """Take back a request that nobody has decided: whoever asked, and nobody else. Raises InputError."""
    at = now(connection).replace(microsecond=0)
    why = why or "withdrawn by who requested it"
    return _step(connection, name, lambda one: one.withdraw(by, at, why), actor, "withdrawn")


def find(connection: Connection, name: str, *, lock: bool = False) -> StoredWaiver:
    """The waiver of that id. Raises InputError with a near one."""
    query = select(_TABLE).where(_TABLE.c.name == clean(name, 100))
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is not None:
        return _stored(row)
    near = get_close_matches(name, connection.scalars(select(_TABLE.c.name)).all(), 1)
    mend = f"Did you mean {near[0]}?" if near else "`auditor waiver list` names them."
    raise InputError(f"there is no waiver {name[:100]!r}", mend=mend)


def listed(connection: Connection, *, states: Sequence[State] = (), rule: str = "") -> list[StoredWaiver]:
    """Every waiver, or those of some states or of one rule, in the order in which they were requested."""
    query = select(_TABLE).order_by(_TABLE.c.id)
    if states:
        query = query.where(_TABLE.c.state.in_([one.value for one in states]))
    if rule:
        query = query.where(_TABLE.c.rule == rule)
    return [_stored(row) for row in connection.execute(query)]


def ending(connection: Connection, within: timedelta) -> list[StoredWaiver]:
    """Approved ones that end within a time, or have ended: the next to end, or longest ended, first."""
    until = now(connection) + within
    found = [one for one in listed(connection, states=[State.APPROVED]) if one.waiver.end.at <= until]
    return sorted(found, key=lambda one: (one.waiver.end.at, one.id))


def waivers_in_force(store: Store, at: datetime) -> tuple[Waiver, ...]:
    """The waivers to hold a run of `at` against: `auditor.waivers` decides by then what each is worth.

    Requests and those that ended lately are among them, so that a report can say so; what was turned down or taken back
    by then is not.
    """
    with store.reading() as connection:
        query = select(_TABLE).where(
            or_(_TABLE.c.state.in_([one.value for one in _SEEN]), _TABLE.c.changed_at > at), _TABLE.c.created_at <= at
        )
        found = [_stored(row).waiver for row in connection.execute(query.order_by(_TABLE.c.id))]
    return tuple(one for one in found if one.state_at(at) in _SEEN and at < one.end.at + REMEMBERED)


def _insert(connection: Connection, waiver: Waiver, at: datetime) -> bool:
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {**_columns(waiver), "name": waiver.id, "rule": waiver.rule, "created_at": at, "changed_at": at}
    statement = build(_TABLE).values(values).on_conflict_do_nothing().returning(_TABLE.c.id)
    return connection.execute(statement).first() is not None


def _step(connection: Connection, name: str, step: Callable[[Waiver], Waiver], actor: Who, said: str = "") -> Waiver:
    """Take a step from the state that the waiver has in this very transaction, or not at all."""
    before = find(connection, name, lock=True)
    try:
        after = step(before.waiver)
    except WaiverError as problem:
        raise InputError(str(problem), mend=f"`auditor waiver show {before.waiver.id}` says how it stands.") from None
    own = (_TABLE.c.id == before.id, _TABLE.c.state == before.waiver.state.value)
    values = {**_columns(after), "changed_at": now(connection)}
    if connection.execute(update(_TABLE).where(*own).values(values)).rowcount != 1:
        raise InputError(f"somebody else decided about the waiver {name} at the same time", mend="Look at it again.")
    note(connection, actor, f"waiver {said or after.state}", after.id, plain(after))
    return after


def _columns(waiver: Waiver) -> dict[str, Any]:
    definition = plain(waiver)
    try:
        WaiverForm.model_validate(definition)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"the waiver cannot be kept: {where}: {first['msg']}", mend="Correct it.") from None
    return {
        "state": waiver.state.value,
        "definition": json.dumps(definition, sort_keys=True, ensure_ascii=True),
        "requested_by": clean(waiver.requested_by, 200),
        "approved_by": clean(waiver.approved_by, 200),
    }


def _stored(row: Row[Any]) -> StoredWaiver:
    read = _read if len(row.definition) <= _KEPT else _read.__wrapped__
    return StoredWaiver(row.id, read(row.definition), row.created_at, row.changed_at)


@lru_cache(maxsize=2000)  # lists read them all again each time; one never changes, its row gets another
def _read(definition: str) -> Waiver:
    return WaiverForm.model_validate(json.loads(definition)).waiver()
