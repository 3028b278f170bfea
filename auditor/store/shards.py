"""Pieces of a run, and who may work on one: claims with a lease and a fencing token.

A claim raises `attempt`, which is the claim's token. Whoever wakes up late has an old token, or finds the shard no
longer running: nothing of what he writes in the same transaction is kept. Leases are measured by the database's clock.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, update

from auditor.evidence.captures import canonical
from auditor.store.engine import now
from auditor.store.sql import clean, table_of
from auditor.store.tables import Shard

KINDS = ("collect", "judge", "render")
FAR = timedelta(hours=1)  # a time further ahead was written before the database's clock was set back: it counts as past
_TABLE = table_of(Shard)
_OTHER = _TABLE.alias("other")


class LostShardError(Exception):
    """Somebody else has the shard now, or it is over: what was about to be written is not wanted any more."""


class Key(NamedTuple):
    """Names a shard."""

    run: int
    kind: str
    number: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A shard that is ours until the lease ends. `items`: what is to be done, and what became of earlier claims."""

    key: Key
    attempt: int  # the fencing token
    items: Mapping[str, Any]
    lease: float  # seconds

    @property
    def returned(self) -> int:
        """How many earlier claims were handed back in order: they count as no attempt."""
        return int(self.items.get("returned", 0))


def claim(connection: Connection, key: Key, worker: str, lease: float) -> Claim | None:
    """The shard, if it waits or its worker's lease has ended; None means: leave it alone.

    Commit at once, so that others see it.
    """
    exclusive = connection.scalar(select(_TABLE.c.exclusive).where(_is(key)))
    if exclusive and connection.dialect.name == "postgresql":  # two claims under one name must see each other
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(exclusive, 0))))
    moment = now(connection)
    taken = exists().where(
        _OTHER.c.exclusive == _TABLE.c.exclusive,
        _OTHER.c.state == "running",
        ~_past(_OTHER.c.lease, moment),
        or_(_OTHER.c.run != _TABLE.c.run, _OTHER.c.kind != _TABLE.c.kind, _OTHER.c.number != _TABLE.c.number),
    )
    waits = and_(_TABLE.c.state == "pending", _past(_TABLE.c.not_before, moment))
    abandoned = and_(_TABLE.c.state == "running", _past(_TABLE.c.lease, moment))
    row = connection.execute(
        update(_TABLE)
        .where(_is(key), or_(waits, abandoned), or_(_TABLE.c.exclusive == "", ~taken))
        .values(
            state="running", lease=moment + timedelta(seconds=lease), attempt=_TABLE.c.attempt + 1, worker=clean(worker)
        )
        .returning(_TABLE.c["items"], _TABLE.c.attempt)
    ).first()
    return Claim(key, row[1], orjson.loads(row[0]), lease) if row else None


def renew(connection: Connection, claim: Claim, more: float = 0.0) -> None:
    """Put the lease's end off: the first statement of every transaction that writes for a claim.

    Its row lock keeps a rival's claim out until the commit. What is written is a time from before that, and a commit
    that came later than the lease would leave one that has ended: `more` seconds make up for it, until the next
    renewal. Raises LostShardError.
    """
    _change(connection, claim, lease=now(connection) + timedelta(seconds=claim.lease + more))


def note(connection: Connection, claim: Claim, items: Mapping[str, Any]) -> Claim:
    """Keep `items` with the shard, and the lease. Raises LostShardError."""
    lease = now(connection) + timedelta(seconds=claim.lease)
    _change(connection, claim, items=canonical(items).decode(), lease=lease)
    return replace(claim, items=items)


def finish(connection: Connection, claim: Claim) -> None:
    """The shard is done. Raises LostShardError."""
    _change(connection, claim, state="done", lease=None, worker="")


def fail(connection: Connection, claim: Claim, error: str) -> None:
    """The shard is over without a result, for this reason. Raises LostShardError."""
    _change(connection, claim, state="failed", lease=None, worker="", error=clean(error))


def hand_back(connection: Connection, claim: Claim, after: float = 0.0, *, counted: bool = False) -> None:
    """Somebody else may take the shard, in `after` seconds; unless `counted`, this claim is no attempt.

    Raises LostShardError.
    """
    later = now(connection) + timedelta(seconds=after) if after else None
    items = {**claim.items, "returned": claim.returned + (not counted)}
    _change(
        connection,
        claim,
        state="pending",
        lease=None,
        worker="",
        sent=None,
        not_before=later,
        items=canonical(items).decode(),
    )


def _change(connection: Connection, claim: Claim, **values: Any) -> None:
    held = and_(_is(claim.key), _TABLE.c.state == "running", _TABLE.c.attempt == claim.attempt)
    if connection.execute(update(_TABLE).where(held).values(**values)).rowcount != 1:
        raise LostShardError(f"shard {claim.key} was lost")


def expire(connection: Connection) -> int:
    """Put shards whose lease has ended back among those that wait; how many. Their tokens stay: see `renew`."""
    gone = and_(_TABLE.c.state == "running", _past(_TABLE.c.lease, now(connection)))
    return connection.execute(update(_TABLE).where(gone).values(state="pending", lease=None, sent=None)).rowcount


def take_due(connection: Connection, resend: float, limit: int = 500) -> list[Key]:
    """Shards that a message is wanted for now, marked as sent: each is given to one caller only.

    One that was sent more than `resend` seconds ago and still waits has lost its message.
    """
    moment = now(connection)
    late = moment - timedelta(seconds=resend)
    unsent = or_(_TABLE.c.sent.is_(None), _TABLE.c.sent < late, _TABLE.c.sent > moment + FAR)
    given = []
    for key in waiting(connection, KINDS, limit, unsent):
        mine = update(_TABLE).where(_is(key), _TABLE.c.state == "pending", unsent).values(sent=moment)
        if connection.execute(mine).rowcount:
            given.append(key)
    return given


def unsend(connection: Connection, keys: Iterable[Key]) -> None:
    """No message went out for these: the next sweep tries again."""
    for key in keys:
        connection.execute(update(_TABLE).where(_is(key), _TABLE.c.state == "pending").values(sent=None))


def waiting(
    connection: Connection, kinds: Collection[str], limit: int, only: ColumnElement[bool] | None = None
) -> list[Key]:
    """Shards that could be claimed now, oldest run first; one for each name that allows no second."""
    moment = now(connection)
    taken = exists().where(
        _OTHER.c.exclusive == _TABLE.c.exclusive, _OTHER.c.state == "running", ~_past(_OTHER.c.lease, moment)
    )
    query = (
        select(_TABLE.c.run, _TABLE.c.kind, _TABLE.c.number, _TABLE.c.exclusive)
        .where(
            _TABLE.c.state == "pending",
            _TABLE.c.kind.in_(kinds),
            _past(_TABLE.c.not_before, moment),
            or_(_TABLE.c.exclusive == "", ~taken),
        )
        .order_by(_TABLE.c.run, _TABLE.c.kind, _TABLE.c.number)
        .limit(limit)
    )
    found: list[Key] = []
    names: set[str] = set()
    for run, kind, number, exclusive in connection.execute(query if only is None else query.where(only)):
        if exclusive not in names:
            found.append(Key(run, kind, number))
        if exclusive:
            names.add(exclusive)
    return found


def _past(column: ColumnElement[Any], moment: datetime) -> ColumnElement[bool]:
    """Whether a time is over, or none is set."""
    return or_(column.is_(None), column < moment, column > moment + FAR)


def _is(key: Key) -> ColumnElement[bool]:
    return and_(_TABLE.c.run == key.run, _TABLE.c.kind == key.kind, _TABLE.c.number == key.number)
