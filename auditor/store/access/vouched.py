"""Signing in on the word of another service: who that is here, with the roles that its groups have at this moment.

A user is its identity (issuer and subject), never its name: who is called like somebody here gets another name.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from auditor.access import Grant, Principal
from auditor.errors import AuditorError, ConflictError
from auditor.store.access import attempts, grants, sessions, users
from auditor.store.access.acting import Actor
from auditor.store.access.sessions import SignedIn
from auditor.store.engine import Store
from auditor.store.sql import clean

NOBODY = "(single sign-on)"  # who was refused before it was known who
LONGEST_NAME = 60
_TRIES = 20  # name, name-2, ...; then a random one
_OTHER = re.compile(r"[^a-z0-9._@-]+", re.ASCII)


@dataclass
class NotAdmittedError(AuditorError):
    """Who is vouched for has no business here: "no-role", "disabled", "too-many-roles" or "conflict"."""

    reason: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody whom another service vouches for. `old` is the secret of a session that the new one takes the place of.

    `name` and `display` are what he calls himself; only a new user is called so.
    """

    issuer: str
    subject: str
    name: str
    display: str
    granted: frozenset[Grant]
    address: str
    request: str = ""
    old: str = field(default="", repr=False)

    @property
    def wish(self) -> str:
        """A name that a user can have, as near to the own as can be."""
        plain = _OTHER.sub("-", unicodedata.normalize("NFKC", self.name[:500]).lower()).strip("-._@")
        return plain[:LONGEST_NAME].rstrip("-._@") or "user"


def admit(store: Store, arrival: Arrival) -> SignedIn:
    """A new session. Raises NotAdmittedError, StoreError. Whom no group lets in is not made a user."""
    for _ in range(3):
        try:
            return _admitted(store, arrival)
        except ConflictError:  # two arrive for the first time at once, or want the same name
            continue
    raise NotAdmittedError("conflict")


def refused(store: Store, reason: str, issuer: str, address: str, request: str, who: str = NOBODY) -> None:
    """Write into the journal that nobody was signed in, and why, in words of ours."""
    with store.writing() as connection:
        note_refusal(connection, reason, issuer, Actor(Principal(who), address, request))


def note_refusal(connection: Connection, reason: str, issuer: str, actor: Actor, subject: str = "") -> None:
    """The same within a transaction."""
    detail = {"issuer": issuer, "reason": reason, **({"subject": clean(subject, 255)} if subject else {})}
    actor.note(connection, "sign-in refused", actor.name, detail)


def _admitted(store: Store, arrival: Arrival) -> SignedIn:
    reason = ""
    with store.writing() as connection:
        grants.alone(connection)  # first, and the journal last: so do all others, and nobody waits in a circle
        user = users.by_identity(connection, arrival.issuer, arrival.subject)
        if user is not None and not user.active:
            reason = "disabled"
        elif len(arrival.granted) > grants.MOST:
            reason = "too-many-roles"
        elif not arrival.granted:
            reason = "no-role"
        if reason == "no-role" and user is not None:  # what he had by his groups of before is gone too
            grants.replace(connection, user.name, (), arrival.issuer, _actor(arrival, user))
        if not reason:
            return _opened(connection, arrival, user)
        who = _actor(arrival, user) if user else Actor(Principal(NOBODY), arrival.address, arrival.request)
        note_refusal(connection, reason, arrival.issuer, who, arrival.subject)
    raise NotAdmittedError(reason)


def _opened(connection: Connection, arrival: Arrival, user: users.User | None) -> SignedIn:
    attempts.succeeded_unnamed(connection, arrival.address)
    attempts.forget(connection)
    sessions.tidy(connection)
    if arrival.old:
        sessions.drop(connection, arrival.old)
    known = user or _new(connection, arrival)
    grants.replace(connection, known.name, arrival.granted, arrival.issuer, _actor(arrival, known))
    now = users.by_id(connection, known.id)
    return sessions.open_session(connection, now, _actor(arrival, now), {"issuer": arrival.issuer})


def _new(connection: Connection, arrival: Arrival) -> users.User:
    name = next((one for one in _names(arrival.wish) if not users.is_taken(connection, one)), None)
    made = name or f"{arrival.wish}-{secrets.token_hex(8)}"
    display = "".join(one for one in arrival.display[: users.LONGEST_LINE] if one.isprintable())
    actor = Actor(Principal(made), arrival.address, arrival.request)
    return users.add(connection, made, actor, display=display, external=(arrival.issuer, arrival.subject))


def _names(wish: str) -> Iterable[str]:
    yield wish
    yield from (f"{wish}-{number}" for number in range(2, _TRIES))


def _actor(arrival: Arrival, user: users.User) -> Actor:
    return Actor(user.principal(), arrival.address, arrival.request)
