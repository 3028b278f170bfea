"""Sessions of people with a browser: the secret in their cookie, its hash in the database.

A session ends after half an hour without a request, after twelve hours in any case, when its user signs out, is
disabled, gets other roles or another password. Signing in always makes a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update

from auditor.access import Via
from auditor.store.access.acting import Actor
from auditor.store.access.secret import digest_of, new_secret
from auditor.store.access.users import User, by_id
from auditor.store.access_tables import WebSession
from auditor.store.engine import Store, now
from auditor.store.sql import clean, table_of

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
TOUCH = timedelta(minutes=1)  # a request sooner after the last one is not written down
MOST = 20  # of one user at a time; the oldest goes
SKEW = timedelta(minutes=5)
_TABLE = table_of(WebSession)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session and whose it is. `secret` is the cookie's value."""

    user: User
    secret: str
    expires_at: datetime


def open_session(connection: Connection, user: User, actor: Actor, detail: Mapping[str, Any] | None = None) -> SignedIn:
    """A new session of the user, written into the journal with `detail`."""
    at, secret = now(connection), new_secret()
    tidy(connection)
    old = select(_TABLE.c.digest).where(_TABLE.c.account == user.id).order_by(_TABLE.c.seen_at.desc()).offset(MOST - 1)
    connection.execute(delete(_TABLE).where(_TABLE.c.digest.in_(connection.scalars(old).all())))
    row = {
        "digest": digest_of(secret),
        "account": user.id,
        "address": clean(actor.address, 100),
        "created_at": at,
        "seen_at": at,
        "expires_at": at + LONGEST,
    }
    connection.execute(_TABLE.insert(), row)
    actor.note(connection, "signed in", user.name, detail)
    return SignedIn(user, secret, at + LONGEST)


def signed_in(store: Store, secret: str) -> SignedIn | None:
    """Whose session this is, if it still goes on. Raises StoreError."""
    if (digest := digest_of(secret)) is None:
        return None
    with store.reading() as connection:
        at = now(connection)
        row = connection.execute(select(_TABLE).where(_TABLE.c.digest == digest)).first()
        if row is None or _over(row.created_at, row.seen_at, row.expires_at, at):
            return None
        user = by_id(connection, row.account)
    if not user.active:
        return None
    if abs(at - row.seen_at) >= TOUCH:
        with store.writing() as connection:  # only a row that is still there: who signs out meanwhile stays out
            connection.execute(update(_TABLE).where(_TABLE.c.digest == digest).values(seen_at=at))
    return SignedIn(user, secret, row.expires_at)


def end_session(connection: Connection, secret: str, actor: Actor) -> bool:
    """End a session; False if there was none."""
    gone = connection.execute(delete(_TABLE).where(_TABLE.c.digest == (digest_of(secret) or b""))).rowcount
    if gone:
        actor.note(connection, "signed out", actor.name)
    return bool(gone)


def drop(connection: Connection, secret: str) -> None:
    """End a session that another one takes the place of."""
    connection.execute(delete(_TABLE).where(_TABLE.c.digest == (digest_of(secret) or b"")))


def tidy(connection: Connection) -> None:
    """Leave out sessions that are over."""
    at = now(connection)
    over = (_TABLE.c.expires_at <= at) | (_TABLE.c.seen_at <= at - IDLE) | (_TABLE.c.created_at > at + SKEW)
    connection.execute(delete(_TABLE).where(over))


def session_actor(found: SignedIn, address: str, request: str = "") -> Actor:
    """Whom the journal is told of."""
    return Actor(found.user.principal(Via.SESSION, expires_at=found.expires_at), address, request)


def _over(created: datetime, seen: datetime, expires: datetime, at: datetime) -> bool:
    """A session from the future is over too: the clock was set back, and its end would be too far away."""
    return at >= expires or at - seen >= IDLE or created - at > SKEW
