"""The outbox: what there is to tell to each subscriber, and what became of it.

A row is made once for each event and subscription. It is claimed with a lease by one sender at a time; a sender that
dies leaves it to the next, marked as interrupted: then it may arrive twice, under the same delivery id, but it arrives.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from auditor.notify.backoff import pause
from auditor.notify.subscriptions import Subscription, Told
from auditor.store import journal
from auditor.store.engine import now
from auditor.store.notify_tables import NotifyChannel, NotifyOutbox, NotifySubscription
from auditor.store.sql import clean, in_batches, insert_new, key_text, table_of

PENDING, SENDING, SENT, FAILED, GIVEN_UP = "pending", "sending", "sent", "failed", "given up"
STATES = (PENDING, SENDING, SENT, FAILED, GIVEN_UP)
LEASE = timedelta(minutes=5)  # longer than a sender can take (`notify.senders`)
TOGETHER = 500  # events of one digest
ACTOR = "notifications"
_TABLE, _CHANNEL, _SUBSCRIPTION = table_of(NotifyOutbox), table_of(NotifyChannel), table_of(NotifySubscription)


@dataclass(frozen=True, slots=True)
class Claim:
    """Rows that go out as one message. `again`: an earlier sender died with them in its hands."""

    delivery: str
    subscription: int
    attempt: int
    told: tuple[Told, ...]
    again: bool


def put(connection: Connection, subscription: int, wanted: Subscription, told: Iterable[Told]) -> None:
    """Keep what is to be told. An event that is there already stays as it stands."""
    at = now(connection)
    due = wanted.digest.after(at) if wanted.digest else at
    rows = [
        {
            "subscription": subscription,
            "event": key_text(one.key),
            "kind": one.kind.value,
            "told": one.model_dump_json(),
            "digest": wanted.digest is not None,
            "state": PENDING,
            "delivery": "",
            "attempts": 0,
            "interrupted": False,
            "not_before": due,
            "error": "",
            "created_at": at,
            "changed_at": at,
        }
        for one in told
    ]
    insert_new(connection, _TABLE, rows)


def known(connection: Connection, subscription: int, events: Iterable[str]) -> set[str]:
    """Which of some events the subscriber's part of the outbox has."""
    found: set[str] = set()
    for batch in in_batches({key_text(one): one for one in events}.items()):
        names = dict(batch)
        query = select(_TABLE.c.event).where(_TABLE.c.subscription == subscription, _TABLE.c.event.in_(names))
        found |= {names[event] for event in connection.scalars(query)}
    return found


def is_due(connection: Connection) -> bool:
    """Whether something waits to be sent: a look that takes no lock."""
    return connection.scalar(select(_TABLE.c.id).where(_free(now(connection))).limit(1)) is not None


def claim(connection: Connection) -> Claim | None:
    """The next message to go out, for this caller alone until its lease ends; None when nothing is due."""
    moment = now(connection)
    free = _free(moment)
    waiting = select(_TABLE.c.subscription, func.min(_TABLE.c.not_before)).where(free).group_by(_TABLE.c.subscription)
    for number, _ in connection.execute(waiting.order_by(func.min(_TABLE.c.not_before)).limit(100)).all():
        own = select(_SUBSCRIPTION.c.id).where(_SUBSCRIPTION.c.id == number).with_for_update(skip_locked=True)
        if connection.scalar(own) is None:
            continue  # another sender chooses among its rows
        if made := _taken(connection, number, free, moment):
            return made
    return None


def _taken(connection: Connection, subscription: int, free: ColumnElement[bool], moment: datetime) -> Claim | None:
    own = select(_TABLE).where(_TABLE.c.subscription == subscription, free)
    first = connection.execute(own.order_by(_TABLE.c.not_before, _TABLE.c.id).limit(1)).first()
    if first is None:
        return None
    rows: Sequence[Any] = [first]
    if first.delivery:
        rows = connection.execute(own.where(_TABLE.c.delivery == first.delivery).order_by(_TABLE.c.id)).all()
    elif first.digest:
        fresh = own.where(_TABLE.c.digest.is_(True), _TABLE.c.delivery == "").order_by(_TABLE.c.id)
        rows = connection.execute(fresh.limit(TOGETHER)).all()
    delivery = first.delivery or f"msg_{secrets.token_hex(12)}"
    again = any(row.interrupted or row.state == SENDING for row in rows)
    values = {
        "state": SENDING,
        "delivery": delivery,
        "attempts": first.attempts + 1,
        "interrupted": again,
        "lease": moment + LEASE,
        "changed_at": moment,
    }
    connection.execute(update(_TABLE).where(_TABLE.c.id.in_([row.id for row in rows])).values(values))
    told = tuple(Told.model_validate_json(row.told) for row in rows)
    return Claim(delivery, subscription, first.attempts + 1, told, again)


def sent(connection: Connection, claimed: Claim) -> bool:
    """It went out. False when the claim was lost meanwhile: then somebody else sends it too."""
    return _settle(connection, claimed, state=SENT, error="")


def failed(connection: Connection, claimed: Claim, why: str, chance: float, *, final: bool = False) -> bool:
    """It did not: it is tried again later, or given up. False when the claim was lost meanwhile."""
    later = None if final else pause(claimed.attempt, chance)
    if later is not None:
        return _settle(connection, claimed, state=FAILED, error=clean(why, 500), not_before=now(connection) + later)
    done = _settle(connection, claimed, state=GIVEN_UP, error=clean(why, 500))
    if done:
        detail = {"subscription": claimed.subscription, "attempts": claimed.attempt, "events": len(claimed.told)}
        journal.append(connection, ACTOR, "notification given up", claimed.delivery, detail)
    return done


def retry(connection: Connection, number: int) -> str | None:
    """Let the message of a row that was not sent be tried again now; its delivery id, None when there is none."""
    open_ones = (_TABLE.c.state.in_([FAILED, GIVEN_UP]), _TABLE.c.delivery != "")
    found = select(_TABLE.c.subscription, _TABLE.c.delivery).where(_TABLE.c.id == number, *open_ones)
    row = connection.execute(found.with_for_update()).first()
    if row is None:
        return None
    moment = now(connection)
    same = (_TABLE.c.subscription == row.subscription, _TABLE.c.delivery == row.delivery, *open_ones)
    values = {"state": FAILED, "not_before": moment, "lease": None, "changed_at": moment}
    connection.execute(update(_TABLE).where(*same).values(values))
    return str(row.delivery)


def drop(connection: Connection, subscription: int, why: str) -> int:
    """Give up what was not sent to a subscriber; how many events."""
    open_ones = and_(_TABLE.c.subscription == subscription, _TABLE.c.state.in_([PENDING, FAILED, SENDING]))
    values = {"state": GIVEN_UP, "error": why, "lease": None, "changed_at": now(connection)}
    return connection.execute(update(_TABLE).where(open_ones).values(values)).rowcount


def forget(connection: Connection, before: datetime) -> int:
    """Remove what was settled before then; how many events."""
    old = and_(_TABLE.c.state.in_([SENT, GIVEN_UP]), _TABLE.c.changed_at < before)
    return connection.execute(delete(_TABLE).where(old)).rowcount


def listed(
    connection: Connection, *, states: Sequence[str] = (), limit: int = 50, before: int | None = None
) -> list[Any]:
    """The latest rows, the newest first, with `channel`, the channel's name; `before` is the id to go on from."""
    query = (
        select(_TABLE, _CHANNEL.c.name.label("channel"))
        .join(_SUBSCRIPTION, _TABLE.c.subscription == _SUBSCRIPTION.c.id)
        .join(_CHANNEL, _SUBSCRIPTION.c.channel == _CHANNEL.c.id)
    )
    if states:
        query = query.where(_TABLE.c.state.in_(states))
    if before is not None:
        query = query.where(_TABLE.c.id < before)
    return list(connection.execute(query.order_by(_TABLE.c.id.desc()).limit(limit)).all())


def counts(connection: Connection) -> dict[str, int]:
    """How many events there are in each state."""
    query = select(_TABLE.c.state, func.count()).group_by(_TABLE.c.state)
    return {**dict.fromkeys(STATES, 0), **{state: int(count) for state, count in connection.execute(query)}}


def waited(connection: Connection) -> float:
    """Seconds for which the oldest event that is due has waited to be sent; 0 when nothing is due."""
    moment = now(connection)
    oldest = connection.scalar(select(func.min(_TABLE.c.not_before)).where(_free(moment)))
    return max(0.0, (moment - oldest).total_seconds()) if oldest is not None else 0.0


def _settle(connection: Connection, claimed: Claim, **values: Any) -> bool:
    mine = and_(_TABLE.c.delivery == claimed.delivery, _TABLE.c.state == SENDING, _TABLE.c.attempts == claimed.attempt)
    whole = {"lease": None, "changed_at": now(connection), **values}
    return connection.execute(update(_TABLE).where(mine).values(whole)).rowcount > 0


def _free(moment: datetime) -> ColumnElement[bool]:
    waits = and_(_TABLE.c.state.in_([PENDING, FAILED]), _TABLE.c.not_before <= moment)
    return or_(waits, and_(_TABLE.c.state == SENDING, _TABLE.c.lease < moment))
