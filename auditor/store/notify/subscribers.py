"""Channels and who is told what through them. Changes stand in the journal."""

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import orjson
from sqlalchemy import Connection, Row, insert, select, update

from auditor.errors import InputError, NotFoundError
from auditor.notify.channels import Channel, checked_channel, checked_name
from auditor.notify.subscriptions import Subscription, checked_subscription
from auditor.store.access.acting import Who, note
from auditor.store.engine import now
from auditor.store.notify.outbox import drop
from auditor.store.notify_tables import NotifyChannel, NotifySubscription
from auditor.store.sql import clean, table_of

ACTIVE, REMOVED = "active", "removed"
_CHANNEL, _SUBSCRIPTION = table_of(NotifyChannel), table_of(NotifySubscription)


@dataclass(frozen=True, slots=True)
class StoredChannel:
    """A channel as it stands."""

    id: int
    name: str
    channel: Channel
    state: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription as it stands, with the name of its channel."""

    id: int
    channel: str
    wanted: Subscription
    created_at: datetime


def add_channel(connection: Connection, name: str, channel: Channel, actor: Who) -> int:
    """Its number. A removed name is taken up again. Raises InputError for one that is in use."""
    at, plain = now(connection), channel.model_dump(mode="json")
    values = {"definition": orjson.dumps(plain).decode(), "state": ACTIVE, "changed_at": at}
    row = connection.execute(select(_CHANNEL).where(_CHANNEL.c.name == checked_name(name)).with_for_update()).first()
    if row is not None and row.state == ACTIVE:
        raise InputError(f"there is a channel {name} already", mend="Choose another name, or remove that one.")
    if row is None:
        fresh = {"name": name, "created_at": at, **values}
        number = int(connection.execute(insert(_CHANNEL).values(fresh).returning(_CHANNEL.c.id)).scalar_one())
    else:
        number = int(row.id)
        connection.execute(update(_CHANNEL).where(_CHANNEL.c.id == number).values(values))
    note(connection, actor, "notification channel added", name, plain)
    return number


def find_channel(connection: Connection, name: str) -> StoredChannel:
    """The channel of that name that is in use. Raises NotFoundError with a near name."""
    row = connection.execute(select(_CHANNEL).where(_CHANNEL.c.name == clean(name, 200), _in_use())).first()
    if row is not None:
        return _channel(row)
    near = get_close_matches(name, connection.scalars(select(_CHANNEL.c.name).where(_in_use())).all(), 1)
    mend = f"Did you mean {near[0]}?" if near else "`auditor notify channel list` names them."
    raise NotFoundError(f"there is no channel {name[:100]!r}", mend=mend)


def channels(connection: Connection) -> list[StoredChannel]:
    """Every channel in use, by name. Raises InputError for a definition that is none."""
    return [_channel(row) for row in connection.execute(select(_CHANNEL).where(_in_use()).order_by(_CHANNEL.c.name))]


def remove_channel(connection: Connection, name: str, actor: Who) -> int:
    """Take it and its subscriptions out of use; how many those were. What was not sent is not. Raises NotFoundError."""
    found, at = find_channel(connection, name), now(connection)
    numbers = [one.id for one in subscriptions(connection) if one.channel == found.name]
    for number in numbers:
        _end(connection, number, "the channel was removed", at)
    connection.execute(update(_CHANNEL).where(_CHANNEL.c.id == found.id).values(state=REMOVED, changed_at=at))
    note(connection, actor, "notification channel removed", found.name, {"subscriptions": numbers})
    return len(numbers)


def subscribe(connection: Connection, channel: str, wanted: Subscription, actor: Who) -> int:
    """The number of a subscription: what happens from this second on goes to the channel. Raises NotFoundError."""
    found, at = find_channel(connection, channel), now(connection)
    plain = wanted.model_dump(mode="json")
    values = {
        "channel": found.id,
        "definition": orjson.dumps(plain).decode(),
        "state": ACTIVE,
        "created_at": at.replace(microsecond=0),  # ends of runs have whole seconds
        "changed_at": at,
    }
    query = insert(_SUBSCRIPTION).values(values).returning(_SUBSCRIPTION.c.id)
    number = int(connection.execute(query).scalar_one())
    note(connection, actor, "notification subscribed", found.name, {"subscription": number, **plain})
    return number


def unsubscribe(connection: Connection, number: int, actor: Who) -> Subscribed:
    """Take a subscription out of use; what it was. What was not sent is not. Raises NotFoundError."""
    found = next((one for one in subscriptions(connection) if one.id == number), None)
    if found is None:
        raise NotFoundError(f"there is no subscription {number}", mend="`auditor notify list` numbers them.")
    _end(connection, number, "the subscription was removed", now(connection))
    note(connection, actor, "notification unsubscribed", found.channel, {"subscription": number})
    return found


def subscriptions(connection: Connection) -> list[Subscribed]:
    """Every subscription in use, by number. Raises InputError for a definition that is none."""
    query = (
        select(_SUBSCRIPTION, _CHANNEL.c.name)
        .join(_CHANNEL, _SUBSCRIPTION.c.channel == _CHANNEL.c.id)
        .where(_SUBSCRIPTION.c.state == ACTIVE, _in_use())
        .order_by(_SUBSCRIPTION.c.id)
    )
    return [
        Subscribed(row.id, row.name, checked_subscription(orjson.loads(row.definition)), row.created_at)
        for row in connection.execute(query)
    ]


def channel_of(connection: Connection, subscription: int) -> StoredChannel | None:
    """The channel of a subscription; None when either was removed."""
    query = (
        select(_CHANNEL)
        .join(_SUBSCRIPTION, _SUBSCRIPTION.c.channel == _CHANNEL.c.id)
        .where(_SUBSCRIPTION.c.id == subscription, _SUBSCRIPTION.c.state == ACTIVE, _in_use())
    )
    row = connection.execute(query).first()
    return _channel(row) if row is not None else None


def _end(connection: Connection, number: int, why: str, at: datetime) -> None:
    connection.execute(update(_SUBSCRIPTION).where(_SUBSCRIPTION.c.id == number).values(state=REMOVED, changed_at=at))
    drop(connection, number, why)


def _in_use() -> Any:
    return _CHANNEL.c.state == ACTIVE


def _channel(row: Row[Any]) -> StoredChannel:
    return StoredChannel(row.id, row.name, checked_channel(orjson.loads(row.definition)), row.state)
