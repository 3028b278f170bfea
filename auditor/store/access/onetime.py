"""Tokens that are good once: for the first admin, and for a new password."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, delete, select, update

from auditor.access import Grant, Role
from auditor.errors import InputError
from auditor.store.access import grants, users
from auditor.store.access.acting import Actor
from auditor.store.access.secret import ONCE, digest_of, new_secret
from auditor.store.access_tables import OneTimeToken
from auditor.store.engine import now
from auditor.store.sql import table_of

KEPT = timedelta(days=30)
_TABLE = table_of(OneTimeToken)


class Purpose(StrEnum):
    """What such a token is good for."""

    SETUP = "setup"
    PASSWORD = "password"  # noqa: S105  a word, no secret


LIVES = {Purpose.SETUP: timedelta(days=1), Purpose.PASSWORD: timedelta(hours=1)}


def setup_token(connection: Connection, actor: Actor) -> str | None:
    """A token to make the first admin with; None when there is a user. One made before is good no longer."""
    if not users.none_yet(connection):
        return None
    connection.execute(delete(_TABLE).where(_TABLE.c.purpose == Purpose.SETUP.value))
    secret = _make(connection, Purpose.SETUP, None)
    actor.note(connection, "one-time token made", "first admin")
    return secret


def password_token(connection: Connection, name: str, actor: Actor) -> str:
    """A token to set a user's password with; one made before is good no longer. Raises InputError."""
    user = users.find(connection, name, lock=True)
    connection.execute(delete(_TABLE).where(_TABLE.c.account == user.id))
    secret = _make(connection, Purpose.PASSWORD, user.id)
    actor.note(connection, "one-time token made", name, {"for": "a new password"})
    return secret


def first_admin(connection: Connection, secret: str, name: str, password_hash: str, actor: Actor) -> None:
    """Use a token to make the first admin. Raises InputError when it is not good, or when there is a user."""
    _use(connection, secret, Purpose.SETUP)
    if not users.none_yet(connection):
        raise _refused()
    users.add(connection, name, actor, password_hash=password_hash)
    grants.give(connection, name, Grant(Role.ADMIN), actor)


def check(connection: Connection, secret: str, purpose: Purpose) -> None:
    """Raise InputError when the token is not good; it is not used by that."""
    if connection.execute(select(_TABLE.c.digest).where(*_good(connection, secret, purpose))).first() is None:
        raise _refused()


def owner_of(connection: Connection, secret: str) -> users.User:
    """The user whose password the token sets, without using it. Raises InputError when it is not good."""
    good = _good(connection, secret, Purpose.PASSWORD)
    number = connection.execute(select(_TABLE.c.account).where(*good)).scalar()
    if number is None:
        raise _refused()
    return users.by_id(connection, number)


def new_password(connection: Connection, secret: str, password_hash: str, address: str, request: str = "") -> None:
    """Use a token to set its user's password. Raises InputError when it is not good."""
    user = owner_of(connection, secret)
    _use(connection, secret, Purpose.PASSWORD)
    actor = Actor(user.principal(), address, request)
    users.set_password(connection, user.name, password_hash, actor)


def _make(connection: Connection, purpose: Purpose, account: int | None) -> str:
    at, secret = now(connection), new_secret(ONCE)
    connection.execute(delete(_TABLE).where(_TABLE.c.created_at < at - KEPT))
    row = {"purpose": purpose.value, "account": account, "created_at": at, "expires_at": at + LIVES[purpose]}
    connection.execute(_TABLE.insert(), {"digest": digest_of(secret, ONCE), **row})
    return secret


def _use(connection: Connection, secret: str, purpose: Purpose) -> None:
    """Of several at once exactly one gets by: the others wait for its transaction, and then find the token used."""
    good = _good(connection, secret, purpose)
    if connection.execute(update(_TABLE).where(*good).values(used_at=now(connection))).rowcount != 1:
        raise _refused()


def _good(connection: Connection, secret: str, purpose: Purpose) -> tuple[ColumnElement[bool], ...]:
    at = now(connection)
    return (
        _TABLE.c.digest == (digest_of(secret, ONCE) or b""),
        _TABLE.c.purpose == purpose.value,
        _TABLE.c.used_at.is_(None),
        _TABLE.c.expires_at > at,
        _TABLE.c.created_at <= at + timedelta(minutes=5),
    )


def _refused() -> InputError:
    return InputError("this token is not good, or not any more", mend="Ask for a new one.")
