"""The tables of notifications. No secret stands in them: a channel's definition says where its secrets are.

`store.notify` is all that uses them. Subscriptions and channels are never deleted, for the outbox knows them by number.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from auditor.store.tables import NUMBER, UtcDateTime


def _key() -> Any:
    return Field(default=None, primary_key=True, sa_type=NUMBER)


def _time(**more: Any) -> Any:
    return Field(sa_type=UtcDateTime, **more)


class NotifyChannel(SQLModel, table=True):
    """A way to somebody. What it says stands in `definition`, checked JSON (`notify.channels`)."""

    __tablename__ = "notify_channel"
    id: int | None = _key()
    name: str = Field(unique=True)
    definition: str
    state: str = "active"  # active | removed
    created_at: datetime = _time()
    changed_at: datetime = _time()


class NotifySubscription(SQLModel, table=True):
    """What goes to a channel (`notify.subscriptions`). What happened before `created_at` does not."""

    __tablename__ = "notify_subscription"
    id: int | None = _key()
    channel: int = Field(sa_type=NUMBER, foreign_key="notify_channel.id", index=True)
    definition: str
    state: str = "active"  # active | removed
    created_at: datetime = _time()
    changed_at: datetime = _time()


class NotifyOutbox(SQLModel, table=True):
    """What is, or was, to be told to one subscriber: once for each event, however often that is noticed.

    Rows with one `delivery` go out in one message, which has that id each time it is tried. `attempts` is the fencing
    token of a claim; the database's clock measures leases.
    """

    __tablename__ = "notify_outbox"
    __table_args__ = (
        Index("notify_outbox_once", "subscription", "event", unique=True),
        Index("notify_outbox_due", "state", "not_before"),
        Index("notify_outbox_delivery", "delivery"),
    )
    id: int | None = _key()
    subscription: int = Field(sa_type=NUMBER, foreign_key="notify_subscription.id")
    event: str  # its key
    kind: str
    told: str  # JSON (`notify.subscriptions.Told`)
    digest: bool = False
    state: str = "pending"  # pending | sending | sent | failed (tried again) | given up
    delivery: str = ""  # given at the first claim
    attempts: int = 0
    interrupted: bool = False  # a sender died while it had it: it may arrive twice
    not_before: datetime = _time()
    lease: datetime | None = _time(default=None)
    error: str = ""
    created_at: datetime = _time()
    changed_at: datetime = _time()


class NotifyNoticed(SQLModel, table=True):
    """A run whose events are in the outbox."""

    __tablename__ = "notify_noticed"
    run: int = Field(sa_type=NUMBER, primary_key=True, foreign_key="run.id")
    at: datetime = _time()
