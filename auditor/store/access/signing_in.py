"""Signing in with a name and a password. The answer and its time are the same whatever is wrong."""

from dataclasses import dataclass
from datetime import timedelta

from auditor.access import Principal
from auditor.access.passwords import LONGEST, normal
from auditor.errors import AuditorError
from auditor.store.access import attempts, hashing, sessions, users
from auditor.store.access.acting import Actor
from auditor.store.access.sessions import SignedIn
from auditor.store.engine import Store
from auditor.store.sql import clean

NOBODY = "(no such user)"  # what was typed is not kept: people type passwords into the wrong field


class RefusedError(AuditorError):
    """Name and password do not go together, or the user is disabled: it is not said which."""


@dataclass
class TooManyError(AuditorError):
    """Too many failed attempts: nothing is tried for so long."""

    wait: timedelta


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries from where; `old` is the secret of a session that the new one takes the place of, "" without one."""

    name: str
    password: str
    address: str
    request: str = ""
    old: str = ""


@dataclass(frozen=True, slots=True)
class Proved:
    """A user who knew the password, and the hash that is kept of it."""

    user: users.User
    kept: str


def sign_in(store: Store, attempt: Attempt) -> SignedIn:
    """A new session. Raises RefusedError, TooManyError, StoreError."""
    name = clean(attempt.name.strip().lower(), 200)
    proved = checked(store, name, attempt.password, attempt.address, attempt.request)
    with store.writing() as connection:
        attempts.succeeded(connection, name, attempt.address)
        attempts.forget(connection)
        if attempt.old:
            sessions.drop(connection, attempt.old)
        user = users.by_id(connection, proved.user.id)
        if not user.active or users.kept_hash(connection, name) != (user.id, proved.kept):  # changed a moment ago
            raise RefusedError
        return sessions.open_session(connection, user, Actor(user.principal(), attempt.address, attempt.request))


def checked(store: Store, name: str, password: str, address: str, request: str = "") -> Proved:
    """The active user of that name and password; counts as a failed attempt until told otherwise.

    Raises RefusedError, TooManyError, BusyError, StoreError.
    """
    with hashing.place():
        return _checked(store, name, password, address, request)


def _checked(store: Store, name: str, password: str, address: str, request: str) -> Proved:
    with store.writing() as connection:
        wait = attempts.begin(connection, name, address)
    if wait > timedelta(0):
        raise TooManyError(wait)
    with store.reading() as connection:
        kept = users.kept_hash(connection, name)
        user = users.by_id(connection, kept[0]) if kept else None
    plain = normal(password[: LONGEST + 1])
    fits = hashing.matches(kept[1] if kept else None, plain)
    if fits and user is not None and user.active and kept is not None and kept[1] is not None:
        return Proved(user, _renewed(store, user, kept[1], plain))
    with store.writing() as connection:
        who = Actor(Principal(user.name if user else NOBODY), address, request)
        who.note(connection, "sign-in refused", who.name)
    raise RefusedError


def _renewed(store: Store, user: users.User, kept: str, plain: str) -> str:
    """The hash under today's parameters: now the password is at hand."""
    if not hashing.outdated(kept):
        return kept
    newer = hashing.hashed(plain)
    with store.writing() as connection:
        users.rehash(connection, user.id, kept, newer)
    return newer
